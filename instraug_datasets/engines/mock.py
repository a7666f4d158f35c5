"""An engine with predefined completions, for tests and for plain functions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from ..errors import EngineError
from .base import Completion, Request

__all__ = ["MockEngine"]


class MockEngine:
    """Completes requests with a function, or with the items of an iterable in order.

    Args:
        answers: A function from a request to its completion, or an iterable of completions.
        name: The engine's name in pools.
        model: The model's name in pools.

    Raises:
        EngineError: Raised by `complete` if the iterable is exhausted.

    Example:
        >>> engine = MockEngine(lambda request: f"Please {request.text}")
        >>> expand("multiinstruct", engine, target=2)
    """

    def __init__(
        self, answers: Callable[[Request], str] | Iterable[str], *, name: str = "mock", model: str | None = None
    ) -> None:
        self.name = name
        self.model = model
        self._answer = answers if callable(answers) else _from_iterable(answers)

    def complete(self, requests: Iterable[Request]) -> Iterator[Completion]:
        """Yield one completion per request, in order."""
        for request in requests:
            yield Completion(request.key, self._answer(request))


def _from_iterable(answers: Iterable[str]) -> Callable[[Request], str]:
    remaining = iter(answers)

    def answer(_: Request) -> str:
        try:
            return next(remaining)
        except StopIteration:
            raise EngineError("The mock engine has no answers left; provide more answers, or a function.") from None

    return answer
