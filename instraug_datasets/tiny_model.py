"""A tiny vision-language model that trains on a CPU in seconds, for the demo, examples and tests.

It has random weights, reads text as bytes and images at 32 x 32 pixels, and only demonstrates a training loop. For real
training, replace `tiny_model` by `AutoModelForImageTextToText` and `TinyCollator` by a collator that uses its
`AutoProcessor`. `python -m instraug_datasets.tiny_model FOLDER` writes it as a checkpoint that both load.
"""

from __future__ import annotations

import argparse
import io
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from .errors import DependencyError

try:
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import (
        ByT5Tokenizer,
        CLIPImageProcessorPil,
        CLIPVisionConfig,
        LlamaConfig,
        LlavaConfig,
        LlavaForConditionalGeneration,
        LlavaProcessor,
        PreTrainedTokenizerFast,
        Trainer,
        TrainingArguments,
    )
except ImportError as error:
    raise DependencyError(
        "Training requires torch and transformers: pip install 'instraug-datasets[train]'."
    ) from error

__all__ = ["TinyCollator", "one_thread", "save_checkpoint", "tiny_model", "tiny_processor", "train"]

_SIDE, _PATCH, _WIDTH = 32, 8, 64
_IMAGE_TOKEN = 300
_VOCABULARY = 320
_PATCHES = (_SIDE // _PATCH) ** 2
_IGNORED = -100
_PAD, _EOS, _UNK, _FIRST_BYTE = 0, 1, 2, 3
_IMAGE = "<image>"
_CHAT_TEMPLATE = """
{%- for turn in messages %}{% for part in turn.content -%}
{{ '<image>' if part.type == 'image' else part.text }}{% endfor %}{{ '\n' }}{% endfor -%}
"""


def tiny_model(seed: int = 0) -> LlavaForConditionalGeneration:
    """Return a randomly initialized LLaVA with about 200,000 parameters: a 2-layer CLIP encoder and a 2-layer Llama."""
    vision = CLIPVisionConfig(
        image_size=_SIDE,
        patch_size=_PATCH,
        hidden_size=_WIDTH,
        intermediate_size=2 * _WIDTH,
        num_hidden_layers=2,
        num_attention_heads=4,
        projection_dim=_WIDTH,
    )
    text = LlamaConfig(
        vocab_size=_VOCABULARY,
        hidden_size=_WIDTH,
        intermediate_size=2 * _WIDTH,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=2048,
    )
    config = LlavaConfig(
        vision_config=vision, text_config=text, image_token_index=_IMAGE_TOKEN, vision_feature_layer=-1
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return LlavaForConditionalGeneration(config)


def tiny_processor() -> LlavaProcessor:
    """Return a processor for `tiny_model`: bytes as tokens and 32 x 32 pixels, as `TinyCollator` has them."""
    return LlavaProcessor(  # type: ignore[no-untyped-call]
        CLIPImageProcessorPil(
            size={"height": _SIDE, "width": _SIDE}, do_center_crop=False, image_mean=[0.5] * 3, image_std=[0.5] * 3
        ),
        _byte_tokenizer(),
        patch_size=_PATCH,
        # CLIP's class token, which LLaVA leaves out.
        num_additional_image_tokens=1,
        vision_feature_select_strategy="default",
        chat_template=_CHAT_TEMPLATE,
    )


def save_checkpoint(folder: str | Path, model: LlavaForConditionalGeneration | None = None) -> None:
    """Write `tiny_model`, or one trained from it, with its processor, for `from_pretrained`.

    Example:
        >>> save_checkpoint("tiny")
        >>> AutoModelForImageTextToText.from_pretrained("tiny"), AutoProcessor.from_pretrained("tiny")
    """
    model = tiny_model() if model is None else model
    generation = model.generation_config
    generation.bos_token_id, generation.eos_token_id, generation.pad_token_id = None, _EOS, _PAD
    model.save_pretrained(folder)
    tiny_processor().save_pretrained(folder)


class TinyCollator:
    """Collates augmented examples into a batch for `tiny_model`.

    Args:
        longest: Maximum length of a prompt in bytes; longer prompts are truncated on the left.

    Example:
        >>> loader = DataLoader(stream, batch_size=8, collate_fn=TinyCollator())
    """

    def __init__(self, longest: int = 480) -> None:
        self.longest = longest
        self.tokenizer = ByT5Tokenizer()

    def __call__(self, examples: Sequence[Mapping[str, Any]]) -> dict[str, torch.Tensor]:
        """Return a batch with shapes `(examples, length)`, and `(examples, 3, 32, 32)` for `pixel_values`."""
        prompts = [self._encode(f"{example['prompt']}\n")[-self.longest :] for example in examples]
        targets = [[*self._encode(example["target"]), self.tokenizer.eos_token_id] for example in examples]
        ids = [[_IMAGE_TOKEN] * _PATCHES + p + t for p, t in zip(prompts, targets, strict=True)]
        labels = [[_IGNORED] * (len(i) - len(t)) + t for i, t in zip(ids, targets, strict=True)]
        return {
            "input_ids": _padded(ids, self.tokenizer.pad_token_id),
            "attention_mask": _padded([[1] * len(row) for row in ids], 0),
            "labels": _padded(labels, _IGNORED),
            "pixel_values": torch.stack([_pixels(_first_picture(example)) for example in examples]),
        }

    def _encode(self, text: str) -> list[int]:
        ids: list[int] = self.tokenizer.encode(text, add_special_tokens=False)
        return ids


def train(stream: Any, *, epochs: int, batch_size: int = 8, workers: int = 2) -> list[float]:
    """Train `tiny_model` on an augmented stream of known length.

    Returns:
        The mean loss of each epoch.
    """
    with tempfile.TemporaryDirectory() as folder, one_thread():
        trainer = Trainer(
            tiny_model(),
            TrainingArguments(
                output_dir=folder,
                num_train_epochs=epochs,
                per_device_train_batch_size=batch_size,
                dataloader_num_workers=workers,
                dataloader_pin_memory=torch.cuda.is_available(),
                remove_unused_columns=False,
                accelerator_config={"dispatch_batches": False},
                learning_rate=3e-3,
                logging_strategy="epoch",
                save_strategy="no",
                report_to="none",
            ),
            train_dataset=stream,
            data_collator=TinyCollator(),
        )
        trainer.train()
    return [float(entry["loss"]) for entry in trainer.state.log_history if "loss" in entry]


@contextmanager
def one_thread() -> Iterator[None]:
    """Use one torch thread: more do not speed up a model of this size, and compete on a busy machine."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _byte_tokenizer() -> PreTrainedTokenizerFast:
    """The bytes of `ByT5Tokenizer`, as a tokenizer that `AutoProcessor` can load, with a token for pictures."""
    alphabet = _byte_characters()
    vocabulary = {"<pad>": _PAD, "</s>": _EOS, "<unk>": _UNK, _IMAGE: _IMAGE_TOKEN}
    vocabulary |= {character: _FIRST_BYTE + byte for byte, character in enumerate(alphabet)}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer,
        pad_token="<pad>",
        eos_token="</s>",
        unk_token="<unk>",
        extra_special_tokens={"image_token": _IMAGE},
        padding_side="left",
    )


def _byte_characters() -> list[str]:
    """The character that stands for each byte in byte-level tokenizers: itself if visible, else one from 256 on."""
    visible = {*range(33, 127), *range(161, 173), *range(174, 256)}
    others = iter(range(256, 512))
    return [chr(byte if byte in visible else next(others)) for byte in range(256)]


def _padded(rows: Sequence[Sequence[int]], value: int) -> torch.Tensor:
    longest = max(len(row) for row in rows)
    return torch.tensor([[*row, *[value] * (longest - len(row))] for row in rows])


def _first_picture(example: Mapping[str, Any]) -> Any:
    images = example["images"]
    return images[0] if isinstance(images, list | tuple) else images


def _pixels(picture: Any) -> torch.Tensor:
    """Convert an image, decoded or not, or the path of one, to numbers in -1 ... 1."""
    if isinstance(picture, str):
        picture = Image.open(picture)
    elif isinstance(picture, Mapping):
        picture = Image.open(picture["path"] if picture["bytes"] is None else io.BytesIO(picture["bytes"]))
    pixels = np.asarray(picture.convert("RGB").resize((_SIDE, _SIDE)), np.float32)
    return torch.from_numpy(pixels / 127.5 - 1).permute(2, 0, 1)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Write a tiny model with random weights, as a checkpoint.")
    parser.add_argument("folder", help="where to write it")
    save_checkpoint(parser.parse_args().folder)
