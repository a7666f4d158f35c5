"""TRL's `SFTTrainer` on our columns, for `make test-full`: the text that each example gave the model, in order."""

from typing import Any

import numpy as np
import pytest
from datasets import Dataset, Features, Image, List, Value
from PIL import Image as Picture
from transformers import LlamaConfig, LlamaForCausalLM

from instraug_datasets import EpochCallback, InstructionAugmenter, InstructionPool, augment
from tests.examples.tiny_models import FAMILIES, SIZES, TEMPLATE, tokenizer

pytestmark = [pytest.mark.full, pytest.mark.filterwarnings("ignore")]
trl = pytest.importorskip("trl", reason="needs the extra `loops`", exc_type=ImportError)

EPOCHS = range(3)
POOL = InstructionPool.from_dict({"compare": ["{question}", "Look first. {question}", "{question} In a word."]})
QUESTIONS = ["Which color?", "Same color?", "Is red a color?", "Here: <image> Is it blue?"]
PICTURES = [1, 2, 0, 1]
ANSWERS = ["black", "no", "yes", "no"]


def _questions(*, pictures: bool = True) -> Dataset:
    """One picture, two, none, and one in the middle of the text; `text` is null, as where a task has none."""
    columns: dict[str, Any] = {
        "unique_id": [f"pictures/{number}" for number in range(4)],
        "task": ["compare"] * 4,
        "question": [each if pictures else each.replace("<image> ", "") for each in QUESTIONS],
        "text": [None] * 4,
        "target": ANSWERS,
    }
    features = Features(dict.fromkeys(columns, Value("string")))
    if pictures:
        gray = Picture.fromarray(np.full((20, 30, 3), 60, np.uint8))
        columns["images"], features["images"] = [[gray] * number for number in PICTURES], List(Image())
    return Dataset.from_dict(columns, features=features)


def _turns(epoch: int, picture: str, *, pictures: bool = True) -> list[tuple[str, str]]:
    """What each example says in an epoch, up to the answer, and the answer."""
    rows = map(InstructionAugmenter(POOL, epoch=epoch), _questions(pictures=pictures))
    said = [
        row["prompt"].replace("<image>", picture) if "<image>" in row["prompt"] else picture * number + row["prompt"]
        for row, number in zip(rows, PICTURES if pictures else [0] * 4, strict=True)
    ]
    return [(f"USER: {each}\nASSISTANT: ", answer) for each, answer in zip(said, ANSWERS, strict=True)]


def _trained(model: Any, processor: Any, data: Any, folder: Any, **options: Any) -> list[tuple[str, str]]:
    """Train; every text that the model received, and what of it the loss is of."""
    words, received = getattr(processor, "tokenizer", processor), []

    def receive(module: Any, args: Any, batch: dict[str, Any]) -> None:
        for ids, labels in zip(batch["input_ids"], batch["labels"], strict=True):
            kept = ids[ids != words.pad_token_id]
            received.append((words.decode(kept), words.decode(labels[labels != -100])))

    model.register_forward_pre_hook(receive, with_kwargs=True)
    callbacks = options.pop("callbacks", None)
    arguments = {
        "num_train_epochs": len(EPOCHS),
        "per_device_train_batch_size": 4,
        "gradient_checkpointing": False,
        "bf16": False,
        "use_cpu": True,
        "dataloader_pin_memory": False,
        "logging_strategy": "no",
        "save_strategy": "no",
        "report_to": "none",
        "disable_tqdm": True,
    }
    trl.SFTTrainer(
        model,
        trl.SFTConfig(output_dir=str(folder), **(arguments | options)),
        train_dataset=data,
        processing_class=processor,
        callbacks=callbacks,
    ).train()
    return received


TOKENS = {
    "LLaVA": "<image>" * 4,
    "Idefics3": "<fake_token_around_image><global-img><image><fake_token_around_image>",
    "Qwen2-VL": "<|vision_start|><|image_pad|><|image_pad|><|vision_end|>",
}
OUTPUTS: dict[str, dict[str, Any]] = {
    "messages": {},
    "messages, assistant only": {"assistant_only_loss": True},
    "prompt_completion": {},
}


def _learned(output: str, prompt: str, answer: str) -> tuple[str, str]:
    """An example's text, and what of it the loss is of."""
    whole = f"{prompt}{answer}</s>\n"
    return whole, {"messages": whole, "prompt_completion": f"{answer}</s>\n"}.get(output, f"{answer}</s>")


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("output", OUTPUTS)
def test_pictures_and_turns(output, family, tmp_path):
    """None, one and two pictures in a batch, each where its turn says; the loss is of what was asked for."""
    stream = augment(_questions().to_iterable_dataset(), POOL, output=output.partition(",")[0])
    received = _trained(*FAMILIES[family](), stream, tmp_path, max_length=None, **OUTPUTS[output])
    turns = [turns for epoch in EPOCHS for turns in _turns(epoch, TOKENS[family])]
    assert received == [_learned(output, *each) for each in turns]


@pytest.mark.parametrize("output", ["messages", "prompt_completion"])
def test_map_style_pictures_and_turns(output, tmp_path):
    """The callback brings the epoch; the trainer shuffles within it."""
    data = augment(_questions(), POOL, output=output)
    received = _trained(*FAMILIES["LLaVA"](), data, tmp_path, max_length=None, callbacks=[EpochCallback()])
    passes = [sorted(received[begin : begin + 4]) for begin in range(0, len(received), 4)]
    expected = [sorted(_learned(output, *turns) for turns in _turns(epoch, TOKENS["LLaVA"])) for epoch in EPOCHS]
    assert passes == expected


def _language_model() -> tuple[Any, Any]:
    words = tokenizer()
    words.chat_template = TEMPLATE
    return LlamaForCausalLM(LlamaConfig(vocab_size=len(words), pad_token_id=0, **SIZES)), words


@pytest.mark.parametrize("output", OUTPUTS)
def test_turns_without_pictures(output, tmp_path):
    """A stream that the trainer tokenizes on its way follows the epochs; max_length would hide how long it is."""
    stream = augment(_questions(pictures=False).to_iterable_dataset(), POOL, output=output.partition(",")[0])
    received = _trained(*_language_model(), stream, tmp_path, max_length=None, **OUTPUTS[output])
    turns = [turns for epoch in EPOCHS for turns in _turns(epoch, "", pictures=False)]
    assert received == [_learned(output, *each) for each in turns]


def test_packed_turns(tmp_path):
    """Several examples in a sequence; packing hides the length, so that the steps have to be stated."""
    stream = augment(_questions(pictures=False).to_iterable_dataset(), POOL, output="messages")
    options = {"packing": True, "packing_strategy": "wrapped", "max_length": 60, "max_steps": 9}
    received = _trained(*_language_model(), stream, tmp_path, per_device_train_batch_size=1, **options)
    turns = [turns for epoch in EPOCHS for turns in _turns(epoch, "", pictures=False)]
    everything = "".join(_learned("messages", *each)[0] for each in turns)
    found = "".join(text for text, _ in received)
    assert everything.startswith(found)
    assert len(found) > len(everything) // 3 * 2
