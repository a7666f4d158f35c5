"""Chat turns to a vision-language model: `messages`, then `apply_chat_template`, then `processor(text, images)`.

    python examples/messages_to_processor.py

Processor and model are tiny and made here; yours come from `AutoProcessor` and `AutoModelForImageTextToText`.
"""

import numpy as np
import torch
from datasets import Dataset
from PIL import Image
from torch.utils.data import DataLoader
from toy_task import explain, show
from transformers import (
    ByT5Tokenizer,
    CLIPImageProcessorPil,
    CLIPVisionConfig,
    LlamaConfig,
    LlavaConfig,
    LlavaForConditionalGeneration,
    LlavaProcessor,
)

from instraug_datasets import InstructionPool, augment

EPOCHS = 2
SIDE, PATCH, WIDTH, IGNORED = 16, 8, 16, -100
POOL = InstructionPool.from_dict({"compare": ["{question}", "Look first. {question}", "{question} In a word."]})
TEMPLATE = (
    "{% for turn in messages %}{{ turn.role | upper }}: "
    "{% for part in turn.content %}{{ '<image>' if part.type == 'image' else part.text }}{% endfor %}{{ '\\n' }}"
    "{% endfor %}"
)


def questions() -> Dataset:
    """Examples with one picture, two, and none, and one that says where its picture stands."""
    texts = ["Which color?", "Same color?", "Is red a color?", "Here: <image> Is it blue?"]
    pictures = [[_picture(0)], [_picture(1), _picture(2)], [], [_picture(3)]]
    return Dataset.from_dict(
        {
            "unique_id": [f"pictures/{number}" for number in range(len(texts))],
            "task": ["compare"] * len(texts),
            "question": texts,
            "images": pictures,
            "target": ["black", "no", "yes", "no"],
        }
    )


def _picture(number: int) -> Image.Image:
    return Image.fromarray(np.full((20, 30, 3), 60 * number, np.uint8))


def make_processor() -> LlavaProcessor:
    """A processor whose tokens are bytes, and four image tokens for each picture."""
    return LlavaProcessor(
        image_processor=CLIPImageProcessorPil(size={"height": SIDE, "width": SIDE}, do_center_crop=False),
        tokenizer=ByT5Tokenizer(extra_ids=0, additional_special_tokens=["<image>"]),
        patch_size=PATCH,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
        chat_template=TEMPLATE,
    )


def make_model(processor: LlavaProcessor) -> LlavaForConditionalGeneration:
    """A LLaVA of random weights."""
    sizes = {"hidden_size": WIDTH, "intermediate_size": WIDTH, "num_hidden_layers": 1, "num_attention_heads": 2}
    vision = CLIPVisionConfig(image_size=SIDE, patch_size=PATCH, projection_dim=WIDTH, **sizes)
    text = LlamaConfig(vocab_size=len(processor.tokenizer), max_position_embeddings=512, **sizes)
    return LlavaForConditionalGeneration(
        LlavaConfig(
            vision_config=vision,
            text_config=text,
            image_token_index=processor.image_token_id,
            vision_feature_layer=-1,
        )
    )


def main() -> None:
    """Train, and print the text of every example as the model's tokens have it."""
    processor = make_processor()

    def collate(rows):
        # The two lines. All pictures of the batch are one list: those of a row stand where its turns say.
        texts = [processor.apply_chat_template(row["messages"], tokenize=False) for row in rows]
        pictures = [picture for row in rows for picture in row["images"]]
        batch = processor(text=texts, images=pictures or None, return_tensors="pt", padding=True)
        hidden = (batch["attention_mask"] == 0) | (batch["input_ids"] == processor.image_token_id)
        return {**batch, "labels": batch["input_ids"].masked_fill(hidden, IGNORED)}

    stream = augment(questions().to_iterable_dataset(), POOL, seed=42, output="messages")
    loader = DataLoader(stream, batch_size=4, collate_fn=collate)
    model = make_model(processor)
    explain("turns, four image tokens for each picture")
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for epoch in range(EPOCHS):
        print(f"Epoch {epoch}:")
        stream.set_epoch(epoch)
        for batch in loader:
            for tokens, mask in zip(batch["input_ids"], batch["attention_mask"], strict=True):
                show(processor.tokenizer.decode(tokens[mask == 1]))
            model(**batch).loss.backward()
            optimizer.step()
            optimizer.zero_grad()


if __name__ == "__main__":
    main()
