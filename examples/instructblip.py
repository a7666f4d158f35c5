"""InstructBLIP, whose two tokenizers read different texts: the Q-Former the instruction, the language model all of it.

    python examples/instructblip.py

Processor and model are tiny and made here; yours come from `from_pretrained`.
"""

from typing import Any

import numpy as np
import torch
from datasets import Dataset, Features, Image, List, Value
from PIL import Image as Picture
from torch.utils.data import DataLoader
from toy_task import POOL, explain, questions, show
from transformers import (
    BlipImageProcessorPil,
    ByT5Tokenizer,
    InstructBlipConfig,
    InstructBlipForConditionalGeneration,
    InstructBlipProcessor,
    OPTConfig,
)

from instraug_datasets import augment

EPOCHS = 2
SIDE, PATCH, WIDTH, QUERIES, IGNORED = 16, 8, 16, 2, -100


def with_pictures() -> Dataset:
    """The toy questions, each with a picture."""
    rows: list[dict[str, Any]] = [
        {**row, "images": [Picture.fromarray(np.full((20, 30, 3), 15 * number, np.uint8))]}
        for number, row in enumerate(questions(8))
    ]
    text = ("unique_id", "task", "question", "target")
    return Dataset.from_list(rows, features=Features({**dict.fromkeys(text, Value("string")), "images": List(Image())}))


def make_processor() -> InstructBlipProcessor:
    """A processor with two tokenizers of bytes; they differ as the real ones do."""
    return InstructBlipProcessor(
        image_processor=BlipImageProcessorPil(size={"height": SIDE, "width": SIDE}),
        tokenizer=ByT5Tokenizer(extra_ids=0),
        qformer_tokenizer=ByT5Tokenizer(extra_ids=10),
        num_query_tokens=QUERIES,
    )


def make_model(processor: InstructBlipProcessor) -> InstructBlipForConditionalGeneration:
    """An InstructBLIP of random weights."""
    sizes: dict[str, Any] = {
        "hidden_size": WIDTH,
        "intermediate_size": WIDTH,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
    }
    words, qformer_words = len(processor.tokenizer), len(processor.qformer_tokenizer)
    config = InstructBlipConfig(
        vision_config={"image_size": SIDE, "patch_size": PATCH, **sizes},
        qformer_config={"vocab_size": qformer_words, "encoder_hidden_size": WIDTH, **sizes},
        text_config=OPTConfig(
            vocab_size=words, ffn_dim=WIDTH, word_embed_proj_dim=WIDTH, max_position_embeddings=256, **sizes
        ).to_dict(),
        num_query_tokens=QUERIES,
        image_token_index=processor.tokenizer.convert_tokens_to_ids(str(processor.image_token)),
    )
    return InstructBlipForConditionalGeneration(config)


def main() -> None:
    """Train, and print what the language model and the Q-Former read of every example."""
    processor = make_processor()

    def collate(rows: list[dict[str, Any]]) -> dict[str, Any]:
        pictures = [row["images"][0] for row in rows]
        prompts = [row["prompt"] for row in rows]
        whole = [f"{row['prompt']} {row['target']}" for row in rows]
        batch = processor(images=pictures, text=whole, padding=True, return_tensors="pt")
        # The Q-Former must not see the answer that it helps to find.
        asked = processor(images=pictures, text=prompts, padding=True, return_tensors="pt")
        batch.update({name: asked[name] for name in ("qformer_input_ids", "qformer_attention_mask")})
        hidden = batch["attention_mask"] == 0
        for place, prompt in enumerate(processor.tokenizer(prompts, add_special_tokens=False)["input_ids"]):
            hidden[place, : QUERIES + len(prompt)] = True
        return {**batch, "labels": batch["input_ids"].masked_fill(hidden, IGNORED)}

    stream = augment(with_pictures().to_iterable_dataset(), POOL, seed=42)
    loader = DataLoader(stream, batch_size=4, collate_fn=collate)
    model = make_model(processor)
    explain("what the language model reads | what the Q-Former reads | what the loss is of")
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for epoch in range(EPOCHS):
        print(f"Epoch {epoch}:")
        stream.set_epoch(epoch)
        for batch in loader:
            for place in range(len(batch["input_ids"])):
                read = processor.tokenizer.decode(batch["input_ids"][place], skip_special_tokens=True)
                asked = processor.qformer_tokenizer.decode(batch["qformer_input_ids"][place], skip_special_tokens=True)
                labels = batch["labels"][place]
                answer = processor.tokenizer.decode(labels[labels != IGNORED], skip_special_tokens=True)
                show(f"{read} | {asked} |{answer}")
            model(**batch).loss.backward()
            optimizer.step()
            optimizer.zero_grad()


if __name__ == "__main__":
    main()
