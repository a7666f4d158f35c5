"""Asking an engine: through the journal, each request once, whatever the engine sends back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from ..engines import Completion, Engine, Request
from ..errors import EngineError, InstrAugError
from .journal import Journal
from .parsing import LONGEST_REPLY
from .statistics import Tally

__all__ = ["Asker"]

_FLUSH_EVERY = 32
_HOPELESS = 8


class Asker:
    """Answers requests from the journal, and by an engine where it has nothing.

    Args:
        tally: Counts what is asked and what it costs.
        on_progress: Called after each completion.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        tally: Tally,
        journal: Journal | None = None,
        on_progress: Callable[[Tally], None] | None = None,
    ) -> None:
        self._engine = engine
        self._journal = journal
        self.tally = tally
        self._on_progress = on_progress or (lambda _: None)

    def ask(self, requests: Sequence[Request]) -> list[Completion]:
        """A completion for each request, in order; one that failed says so.

        Raises:
            EngineError: The engine raised, or failed at every one of many requests.
        """
        wanted = {request.key: request for request in requests}
        known = {} if self._journal is None else self._journal.completions
        answered = {key: known[key] for key in wanted if key in known}
        self.tally.resumed += len(answered)
        missing = [request for key, request in wanted.items() if key not in answered]
        for completion in self._keep(self._complete(missing)):
            answered.setdefault(completion.key, completion)
        _check_hope([answered.get(request.key) for request in missing])
        return [answered.get(key) or Completion(key, "", error="no completion came") for key in map(_key, requests)]

    def _keep(self, completions: Iterator[Completion]) -> Iterator[Completion]:
        """Hand completions on, in the journal before anything is made of them, even when the engine breaks off."""
        pending: list[Completion] = []
        try:
            for completion in completions:
                self.tally.count(completion)
                self._on_progress(self.tally)
                if completion.error is None:
                    pending.append(completion)
                if len(pending) >= _FLUSH_EVERY:
                    self._append(pending)
                yield completion
        finally:
            self._append(pending)

    def _append(self, pending: list[Completion]) -> None:
        completions = list(pending)
        pending.clear()  # first, so that a full disk is met once
        if self._journal is not None:
            self._journal.append(completions)

    def _complete(self, requests: Sequence[Request]) -> Iterator[Completion]:
        if not requests:
            return
        asked = {request.key for request in requests}
        try:
            for completion in self._engine.complete(requests):
                if completion.key not in asked:
                    raise EngineError(f"The engine {self._engine.name!r} answered a request that nobody made.")
                yield _tamed(completion)
        except InstrAugError:
            raise
        except Exception as error:
            # Engines are other people's code as well; one sentence names the engine for whatever they raise.
            raise EngineError(f"The engine {self._engine.name!r} failed: {type(error).__name__}: {error}") from error


def _key(request: Request) -> str:
    return request.key


def _tamed(completion: Completion) -> Completion:
    """The completion with a text that can be stored: not endless, and valid UTF-8."""
    text: object = completion.text
    if not isinstance(text, str):
        return replace(completion, text="", error=f"expected text, but got {type(text).__name__}")
    # What is no character becomes U+FFFD, which the filters know.
    return replace(completion, text=text[:LONGEST_REPLY].encode("utf-8", "surrogatepass").decode("utf-8", "replace"))


def _check_hope(completions: Iterable[Completion | None]) -> None:
    errors = [completion.error if completion else "no completion came" for completion in completions]
    if len(errors) >= _HOPELESS and all(errors):
        raise EngineError(f"The engine failed at all of {len(errors)} requests; the last failure: {errors[-1]}.")
