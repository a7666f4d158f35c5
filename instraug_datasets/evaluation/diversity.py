"""Diversity metrics: pure functions of the texts or embeddings of a task's instructions."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ..errors import DependencyError
from ..hashing import fold

__all__ = ["cosine_similarity", "distinct_n", "mean_cosine_distance", "self_bleu", "words"]

_WORD = re.compile(r"\{\w+\}|\w+(?:['\u2019]\w+)?")

Embeddings = npt.NDArray[np.floating]


def words(text: str) -> list[str]:
    """Return the words of an instruction in lower case; a placeholder counts as one word."""
    return _WORD.findall(text.lower())


def distinct_n(texts: Sequence[str], n: int) -> float:
    """Compute distinct-n: distinct n-grams / all n-grams, 0 to 1; higher is more diverse (arXiv 1510.03055).

    Example:
        >>> distinct_n(["name it", "name them"], 1)
        0.75
    """
    ngrams = [tuple(listed[i : i + n]) for listed in map(words, texts) for i in range(len(listed) - n + 1)]
    return len(set(ngrams)) / len(ngrams) if ngrams else 0.0


def self_bleu(texts: Sequence[str], *, sample: int = 30) -> float:
    """Compute self-BLEU: mean BLEU of each text against the others, 0 to 100; lower is more diverse (arXiv 1802.01886).

    Args:
        sample: Maximum number of texts, selected by hash; the cost is quadratic.

    Raises:
        DependencyError: Raised if sacrebleu is not installed.
    """
    try:
        from sacrebleu.metrics.bleu import BLEU
    except ImportError as error:
        raise DependencyError("Self-BLEU requires sacrebleu: pip install 'instraug-datasets[report]'.") from error
    chosen = sorted(set(texts), key=lambda text: fold("self-bleu", text))[:sample]
    if len(chosen) < 2:
        return 0.0
    bleu = BLEU(effective_order=True)
    scores = [bleu.sentence_score(text, [other for other in chosen if other is not text]).score for text in chosen]
    return float(np.mean(scores))


def mean_cosine_distance(embeddings: Embeddings) -> float:
    """Return the mean pairwise cosine distance, 0 to 2, of unit-length embeddings of shape `(n, d)`."""
    count = len(embeddings)
    if count < 2:
        return 0.0
    total = embeddings.sum(axis=0)
    return float(1 - (total @ total - count) / (count * (count - 1)))


def cosine_similarity(embeddings: Embeddings, origins: Embeddings) -> npt.NDArray[np.floating]:
    """Return each text's cosine similarity to its origin, shape `(n,)`, from unit-length embeddings `(n, d)`."""
    similarities: npt.NDArray[np.floating] = np.einsum("ij,ij->i", embeddings, origins)
    return similarities
