"""Instruction tuning of multimodal models with a new wording of every instruction in every epoch (arXiv 2402.14492)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import errors
from .expansion import expand
from .hub import attach_images, augment
from .loading import load_dataset
from .mixture import mixture
from .pool import InstructionPool
from .stream import InstructionAugmenter, bake
from .tasks import Task

if TYPE_CHECKING:
    from .callback import EpochCallback

__all__ = [
    "EpochCallback",
    "InstructionAugmenter",
    "InstructionPool",
    "Task",
    "attach_images",
    "augment",
    "bake",
    "errors",
    "expand",
    "load_dataset",
    "mixture",
]


def __getattr__(name: str) -> Any:
    # The only name that needs transformers, which is an extra and slow to import.
    if name == "EpochCallback":
        from .callback import EpochCallback

        return EpochCallback
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
