"""The grammar engine: completes a request with one of the grammar's variants of its text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from ..base import Completion, Request
from .paraphrase import variants

__all__ = ["GrammarEngine"]


class GrammarEngine:
    """Completes a request with variant number `request.sample` of its text, or an empty text if there are fewer.

    Example:
        >>> pool = expand("multiinstruct", GrammarEngine(), target=10)
    """

    name = "grammar"
    model: str | None = None

    def complete(self, requests: Iterable[Request]) -> Iterator[Completion]:
        """Yield one completion per request, in order."""
        for request in requests:
            texts = _variants(request.text)
            text = texts[request.sample] if request.sample < len(texts) else ""
            yield Completion(request.key, text)


@lru_cache(maxsize=1024)
def _variants(text: str) -> tuple[str, ...]:
    return tuple(variants(text))
