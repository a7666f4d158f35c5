"""The engine without a model: the answer to a request is one of the grammar's variants of its text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from ..base import Completion, Request
from .paraphrase import variants

__all__ = ["GrammarEngine"]


class GrammarEngine:
    """Completes a request with variant number `request.sample` of its text; with nothing when there are no more.

    Args:
        rules: The rule set: `train` or `heldout`.
    """

    name = "grammar"
    model: str | None = None

    def __init__(self, *, rules: str = "train") -> None:
        self.rules = rules

    def complete(self, requests: Iterable[Request]) -> Iterator[Completion]:
        """One completion for each request, in their order."""
        for request in requests:
            texts = _variants(request.text, self.rules)
            text = texts[request.sample] if request.sample < len(texts) else ""
            yield Completion(request.key, text)


@lru_cache(maxsize=1024)
def _variants(text: str, rules: str) -> tuple[str, ...]:
    return tuple(variants(text, rules=rules))
