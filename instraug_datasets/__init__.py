"""Instruction tuning of multimodal models with a new wording of every instruction in every epoch (arXiv 2402.14492)."""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import TYPE_CHECKING, Any

from . import errors

if TYPE_CHECKING:
    from .callback import EpochCallback, InstructionLogCallback
    from .expansion import expand
    from .exports import export
    from .hub import attach_images
    from .loading import load_dataset
    from .mixing import mixture
    from .pool import InstructionPool
    from .published_pools import augment
    from .recipe import from_recipe
    from .stream import InstructionAugmenter, bake
    from .tasks import Task

    __version__: str

__all__ = [
    "EpochCallback",
    "InstructionAugmenter",
    "InstructionLogCallback",
    "InstructionPool",
    "Task",
    "__version__",
    "attach_images",
    "augment",
    "bake",
    "errors",
    "expand",
    "export",
    "from_recipe",
    "load_dataset",
    "mixture",
]

# The modules are imported on first use: `datasets` alone takes two seconds, which `instraug --help` need not wait for.
_MODULES = {
    "EpochCallback": "callback",
    "InstructionAugmenter": "stream",
    "InstructionLogCallback": "callback",
    "InstructionPool": "pool",
    "Task": "tasks",
    "attach_images": "hub",
    "augment": "published_pools",
    "bake": "stream",
    "expand": "expansion",
    "export": "exports",
    "from_recipe": "recipe",
    "load_dataset": "loading",
    "mixture": "mixing",
}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        value: Any = version("instraug-datasets")
    elif name in _MODULES:
        value = getattr(_imported(_MODULES[name]), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def _imported(module: str) -> ModuleType:
    try:
        return importlib.import_module(f".{module}", __name__)
    except ImportError as error:
        from .doctor import refuse_unsupported_versions

        refuse_unsupported_versions(error)
        raise


def __dir__() -> list[str]:
    return sorted(__all__)
