"""Completes requests from the journal or by the engine, and validates what the engine returns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from ..engines import Completion, Engine, Request
from ..errors import EngineError, InstrAugError
from .journal import Journal
from .parsing import MAX_REPLY_CHARACTERS
from .statistics import Statistics

__all__ = ["CompletionClient"]

_FLUSH_INTERVAL = 32
_MIN_FAILURES = 8


class CompletionClient:
    """Completes requests from the journal, and by the engine those that the journal lacks.

    Args:
        statistics: Updated with the number of completions and tokens.
        on_progress: Called after each completion.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        statistics: Statistics,
        journal: Journal | None = None,
        on_progress: Callable[[Statistics], None] | None = None,
    ) -> None:
        self._engine = engine
        self._journal = journal
        self.statistics = statistics
        self._on_progress = on_progress or (lambda _: None)

    def complete(self, requests: Sequence[Request]) -> list[Completion]:
        """Return one completion per request, in order; failed ones carry an error.

        Raises:
            EngineError: Raised if the engine raises, or if every one of at least 8 requests fails.
        """
        by_key = {request.key: request for request in requests}
        known = {} if self._journal is None else self._journal.completions
        completed = {key: known[key] for key in by_key if key in known}
        self.statistics.resumed += len(completed)
        missing = [request for key, request in by_key.items() if key not in completed]
        for completion in self._record(self._request_completions(missing)):
            completed.setdefault(completion.key, completion)
        _check_failures([completed.get(request.key) for request in missing])
        return [
            completed.get(key) or Completion(key, "", error="the engine returned no completion")
            for key in map(_key, requests)
        ]

    def _record(self, completions: Iterator[Completion]) -> Iterator[Completion]:
        """Pass completions on, and write them to the journal in batches, even if the engine stops early."""
        pending: list[Completion] = []
        try:
            for completion in completions:
                self.statistics.count(completion)
                self._on_progress(self.statistics)
                if completion.error is None:
                    pending.append(completion)
                if len(pending) >= _FLUSH_INTERVAL:
                    self._append(pending)
                yield completion
        finally:
            self._append(pending)

    def _append(self, pending: list[Completion]) -> None:
        completions = list(pending)
        pending.clear()  # first, so that a full disk raises only once
        if self._journal is not None:
            self._journal.append(completions)

    def _request_completions(self, requests: Sequence[Request]) -> Iterator[Completion]:
        if not requests:
            return
        expected = {request.key for request in requests}
        try:
            for completion in self._engine.complete(requests):
                if completion.key not in expected:
                    raise EngineError(f"The engine {self._engine.name!r} returned a completion for an unknown request.")
                yield _sanitized(completion)
        except InstrAugError:
            raise
        except Exception as error:
            # Engines may be third-party code and raise anything; every error names the engine.
            raise EngineError(f"The engine {self._engine.name!r} failed: {type(error).__name__}: {error}") from error


def _key(request: Request) -> str:
    return request.key


def _sanitized(completion: Completion) -> Completion:
    """Make the text storable: limited in length, and valid UTF-8."""
    text: object = completion.text
    if not isinstance(text, str):
        return replace(completion, text="", error=f"expected text, but got {type(text).__name__}")
    # Invalid characters become U+FFFD, which the filter `readable` drops.
    return replace(
        completion, text=text[:MAX_REPLY_CHARACTERS].encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    )


def _check_failures(completions: Iterable[Completion | None]) -> None:
    errors = [completion.error if completion else "the engine returned no completion" for completion in completions]
    if len(errors) >= _MIN_FAILURES and all(errors):
        raise EngineError(f"The engine failed all {len(errors)} requests; last error: {errors[-1]}.")
