"""The base class of callbacks, which `transformers` brings."""

from __future__ import annotations

from ..errors import DependencyError

try:
    from transformers import TrainerCallback
except ImportError as error:
    raise DependencyError(
        "Callbacks need transformers, which is not installed: pip install 'instraug-datasets[train]'."
    ) from error

__all__ = ["TrainerCallback"]
