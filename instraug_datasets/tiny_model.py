"""A tiny vision-language model that trains on a CPU in seconds, for the demo, examples and tests.

It has random weights, reads text as bytes and images at 32 x 32 pixels, and only demonstrates a training loop. For real
training, replace `tiny_model` by `AutoModelForImageTextToText` and `TinyCollator` by a collator that uses its
`AutoProcessor`.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from PIL import Image

from .errors import DependencyError

try:
    import torch
    from transformers import (
        ByT5Tokenizer,
        CLIPVisionConfig,
        LlamaConfig,
        LlavaConfig,
        LlavaForConditionalGeneration,
        Trainer,
        TrainingArguments,
    )
except ImportError as error:
    raise DependencyError(
        "Training requires torch and transformers: pip install 'instraug-datasets[train]'."
    ) from error

__all__ = ["TinyCollator", "tiny_model", "train"]

_SIDE, _PATCH, _WIDTH = 32, 8, 64
_IMAGE_TOKEN = 300
_VOCABULARY = 320
_PATCHES = (_SIDE // _PATCH) ** 2
_IGNORED = -100


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
            "pixel_values": torch.stack([_pixels(example["images"][0]) for example in examples]),
        }

    def _encode(self, text: str) -> list[int]:
        ids: list[int] = self.tokenizer.encode(text, add_special_tokens=False)
        return ids


def train(stream: Any, *, epochs: int, batch_size: int = 8, workers: int = 2) -> list[float]:
    """Train `tiny_model` on an augmented stream of known length.

    Returns:
        The mean loss of each epoch.
    """
    with tempfile.TemporaryDirectory() as folder, _one_thread():
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
def _one_thread() -> Iterator[None]:
    """Use one torch thread: more do not speed up a model of this size, and compete on a busy machine."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _padded(rows: Sequence[Sequence[int]], value: int) -> torch.Tensor:
    longest = max(len(row) for row in rows)
    return torch.tensor([[*row, *[value] * (longest - len(row))] for row in rows])


def _pixels(picture: Any) -> torch.Tensor:
    """Convert an image, decoded or not, to numbers in -1 ... 1."""
    if isinstance(picture, Mapping):
        picture = Image.open(picture["path"] if picture["bytes"] is None else io.BytesIO(picture["bytes"]))
    pixels = np.asarray(picture.convert("RGB").resize((_SIDE, _SIDE)), np.float32)
    return torch.from_numpy(pixels / 127.5 - 1).permute(2, 0, 1)
