"""Generation with models of transformers: tiny ones, made here."""

from typing import Any

import pytest
import torch
from PIL import Image
from transformers import (
    AutoModelForImageTextToText,
    AutoProcessor,
    LlamaConfig,
    LlamaForCausalLM,
    T5Config,
    T5ForConditionalGeneration,
)

from instraug_datasets import InstructionPool
from instraug_datasets.errors import SettingError
from instraug_datasets.evaluation import TransformersGenerate, evaluate
from instraug_datasets.tiny_model import TinyCollator, save_checkpoint, tiny_model, tiny_processor

POOL = InstructionPool.from_dict({"color": ["Which color?", "Name the color of the picture in one word."]})
COLORS = ("red", "lime", "blue")


@pytest.fixture(autouse=True, scope="module")
def _one_thread():
    """Models of this size are slower with several threads, most of all on a busy machine."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def pictures():
    """Return one example per color, whose pictures are PIL images."""
    return [
        {
            "unique_id": color,
            "task": "color",
            "images": [Image.new("RGB", (40, 30), color)],
            "target": color,
        }
        for color in COLORS
    ]


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    """Train the tiny model on colors, save it, and load it with transformers' own classes."""
    model, collator = tiny_model(), TinyCollator()
    rows = [{**row, "prompt": each.text} for row in pictures() for each in POOL["color"]]
    batch = collator(rows)
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    for _ in range(60):
        model(**batch).loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    folder = tmp_path_factory.mktemp("checkpoint")
    save_checkpoint(folder, model)
    return AutoModelForImageTextToText.from_pretrained(folder), AutoProcessor.from_pretrained(folder)


def test_a_trained_model_is_right(checkpoint):
    """What the model learned is what evaluation finds, for any batch size: padding changes nothing."""
    model, processor = checkpoint
    results = [
        evaluate(model, pictures(), POOL, processor=processor, metric="exact_match", batch_size=size, name="tiny")
        for size in (1, 4)
    ]
    assert results[0].mean == 100
    assert results[0] == results[1]


def test_the_processor_reads_what_the_collator_reads():
    """Tokens and pixels of a checkpoint are those that the model was trained with."""
    examples = [{**row, "prompt": "Which ä\n color? 漢"} for row in pictures()]
    ours = TinyCollator()([{**example, "target": ""} for example in examples])
    turns: Any = [
        {"role": "user", "content": [{"type": "image"}, {"type": "text", "text": example["prompt"]}]}
        for example in examples
    ]
    processor = tiny_processor()
    text = [processor.apply_chat_template([turn], add_generation_prompt=True, tokenize=False) for turn in turns]
    theirs = processor(text=text, images=[example["images"][0] for example in examples], return_tensors="pt")
    assert torch.equal(theirs["input_ids"], ours["input_ids"][:, :-1])
    assert torch.allclose(theirs["pixel_values"], ours["pixel_values"])


def test_the_collator_takes_every_form_of_a_picture(tmp_path):
    """A decoded image, bytes, a path, and the same in a list: the same pixels."""
    image = Image.new("RGB", (40, 30), "red")
    image.save(tmp_path / "red.png")
    path, content = str(tmp_path / "red.png"), (tmp_path / "red.png").read_bytes()
    forms = [image, path, {"bytes": content, "path": None}, {"bytes": None, "path": path}, [image], [path]]
    batch = TinyCollator()([{"prompt": "Which?", "target": "red", "images": form} for form in forms])
    assert [torch.equal(batch["pixel_values"][0], each) for each in batch["pixel_values"]] == [True] * len(forms)


@pytest.mark.parametrize("family", ["decoder", "encoder-decoder"])
def test_models_of_text_alone_take_a_tokenizer(family):
    """The prompt is cut off from what decoders return; encoder-decoders return the reply alone."""
    tokenizer = tiny_processor().tokenizer
    torch.manual_seed(0)
    sizes: Any = {"vocab_size": 320, "pad_token_id": 0, "eos_token_id": 1}
    model: Any
    if family == "decoder":
        llama: Any = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
        model = LlamaForCausalLM(LlamaConfig(**sizes, **llama, bos_token_id=None))
    else:
        t5: Any = {"d_model": 16, "d_kv": 8, "d_ff": 16, "num_layers": 1, "num_heads": 2, "decoder_start_token_id": 0}
        model = T5ForConditionalGeneration(T5Config(**sizes, **t5))
    seen = []
    original = model.generate

    def generate(**inputs):
        seen.append(tokenizer.batch_decode(inputs["input_ids"], skip_special_tokens=True))
        return original(**inputs)

    model.generate = generate
    replies = TransformersGenerate(model=model, processor=tokenizer, max_new_tokens=3)(
        [{"prompt": "Say yes."}, {"prompt": "No?"}]
    )
    assert seen == [["Say yes.", "No?"]]
    assert len(replies) == 2
    assert not any("Say" in reply or "No?" in reply for reply in replies)


def test_a_model_needs_its_processor():
    """The error says what to pass."""
    with pytest.raises(SettingError, match=r"processor=, what AutoProcessor.from_pretrained gives"):
        evaluate(tiny_model(), pictures(), POOL)
