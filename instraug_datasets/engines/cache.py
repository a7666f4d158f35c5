"""Completions kept by request, so that no request is paid for twice."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path

from ..errors import EngineError
from .base import Completion, Engine, Request

__all__ = ["CachedEngine"]

_COMMIT_EVERY = 32


class CachedEngine:
    """Wraps an engine with a cache on disk (SQLite), shared by all runs that name the same file.

    Engines and models do not mix: the cache tells them apart. Failures are not kept.

    Args:
        engine: What is asked where the cache has nothing.
        path: The file; made if it is not there.

    Raises:
        EngineError: The file is not a cache, or cannot be written.
    """

    def __init__(self, engine: Engine, path: str | Path) -> None:
        self.engine = engine
        self.path = Path(path)
        self.name = engine.name
        self.model = engine.model
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._database = sqlite3.connect(self.path, check_same_thread=False)
            self._database.execute(
                "CREATE TABLE IF NOT EXISTS completions (engine TEXT, model TEXT, key TEXT, text TEXT, "
                "prompt_tokens INTEGER, completion_tokens INTEGER, PRIMARY KEY (engine, model, key))"
            )
        except (OSError, sqlite3.Error) as error:
            raise EngineError(f"Cannot use {self.path} as a cache: {error}. Name another file.") from error

    def complete(self, requests: Iterable[Request]) -> Iterator[Completion]:
        """One completion for each request: those of the cache first, at no cost in tokens."""
        missing = []
        for request in requests:
            cached = self._get(request.key)
            if cached is None:
                missing.append(request)
            else:
                yield cached
        if missing:
            yield from self._ask(missing)

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def _ask(self, requests: list[Request]) -> Iterator[Completion]:
        try:
            for number, completion in enumerate(self.engine.complete(requests), 1):
                if completion.error is None:
                    self._put(completion)
                if number % _COMMIT_EVERY == 0:
                    self._database.commit()
                yield completion
        finally:
            self._database.commit()

    def _get(self, key: str) -> Completion | None:
        row = self._database.execute(
            "SELECT text FROM completions WHERE engine = ? AND model = ? AND key = ?",
            (self.name, self.model or "", key),
        ).fetchone()
        return None if row is None else Completion(key, row[0])

    def _put(self, completion: Completion) -> None:
        # What cannot be stored as UTF-8 is no usable text, and is asked for again.
        if not _is_storable(completion.text):
            return
        self._database.execute(
            "INSERT OR REPLACE INTO completions VALUES (?, ?, ?, ?, ?, ?)",
            (
                self.name,
                self.model or "",
                completion.key,
                completion.text,
                completion.prompt_tokens,
                completion.completion_tokens,
            ),
        )


def _is_storable(text: object) -> bool:
    try:
        return isinstance(text, str) and text.encode() is not None
    except UnicodeEncodeError:
        return False
