"""An engine that answers what it is told to: for tests, dry runs and functions of one's own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from ..errors import EngineError
from .base import Completion, Request

__all__ = ["MockEngine"]


class MockEngine:
    """Completes requests by a function, or with the answers of an iterable, in turn.

    Args:
        answers: From a request to its answer, or the answers themselves.
        name: What pools call the engine.
        model: What pools call the model.

    Example:
        >>> engine = MockEngine(lambda request: f"Please {request.text}")
        >>> expand("multiinstruct", engine, target=2)
    """

    def __init__(
        self, answers: Callable[[Request], str] | Iterable[str], *, name: str = "mock", model: str | None = None
    ) -> None:
        self.name = name
        self.model = model
        self._answer = answers if callable(answers) else _in_turn(answers)

    def complete(self, requests: Iterable[Request]) -> Iterator[Completion]:
        """One completion for each request, in order."""
        for request in requests:
            yield Completion(request.key, self._answer(request))


def _in_turn(answers: Iterable[str]) -> Callable[[Request], str]:
    remaining = iter(answers)

    def answer(_: Request) -> str:
        try:
            return next(remaining)
        except StopIteration:
            raise EngineError("The mock engine has no answers left; give it more, or a function.") from None

    return answer
