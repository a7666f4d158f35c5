"""How different the instructions of a task are from one another: pure functions of their texts or embeddings."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ..errors import DependencyError
from ..hashing import fold

__all__ = ["distinct", "self_bleu", "similarity", "spread", "words"]

_WORD = re.compile(r"\{\w+\}|\w+(?:['\u2019]\w+)?")

Vectors = npt.NDArray[np.floating]


def words(text: str) -> list[str]:
    """The words of an instruction in lower case; a placeholder counts as one."""
    return _WORD.findall(text.lower())


def distinct(texts: Sequence[str], n: int) -> float:
    """Distinct-n: different runs of `n` words over all runs, 0 ... 1; higher is more varied (arXiv 1510.03055)."""
    runs = [tuple(listed[i : i + n]) for listed in map(words, texts) for i in range(len(listed) - n + 1)]
    return len(set(runs)) / len(runs) if runs else 0.0


def self_bleu(texts: Sequence[str], *, sample: int = 30) -> float:
    """Self-BLEU: the mean BLEU of a text against the others, 0 ... 100; lower is more varied (arXiv 1802.01886).

    Args:
        sample: At most so many texts are compared, chosen by their hash: the cost grows with the square.

    Raises:
        DependencyError: sacrebleu is not installed.
    """
    try:
        from sacrebleu.metrics.bleu import BLEU
    except ImportError as error:
        raise DependencyError(
            "Self-BLEU needs sacrebleu, which is not installed: pip install 'instraug-datasets[report]'."
        ) from error
    chosen = sorted(set(texts), key=lambda text: fold("self-bleu", text))[:sample]
    if len(chosen) < 2:
        return 0.0
    bleu = BLEU(effective_order=True)
    scores = [bleu.sentence_score(text, [other for other in chosen if other is not text]).score for text in chosen]
    return float(np.mean(scores))


def spread(vectors: Vectors) -> float:
    """The mean cosine distance between two different texts, 0 ... 2, from embeddings of length 1, shape `(n, d)`."""
    count = len(vectors)
    if count < 2:
        return 0.0
    total = vectors.sum(axis=0)
    return float(1 - (total @ total - count) / (count * (count - 1)))


def similarity(vectors: Vectors, origins: Vectors) -> npt.NDArray[np.floating]:
    """Each text's cosine to its origin, shape `(n,)`, from embeddings of length 1, shapes `(n, d)`."""
    similar: npt.NDArray[np.floating] = np.einsum("ij,ij->i", vectors, origins)
    return similar
