"""A persistent cache of completions."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import EngineError
from .base import Completion, Engine, Request

__all__ = ["CachedEngine"]

_COMMIT_INTERVAL = 32

# SQLite quotes a damaged file in its messages, which then are not UTF-8.
_ERRORS = (OSError, sqlite3.Error, UnicodeDecodeError)


class CachedEngine:
    """An engine with a cache on disk (SQLite) that several runs can share.

    Entries are keyed by engine, model and request. Failed requests are not cached.

    Args:
        engine: Completes the requests that are not cached.
        path: The cache file; created if missing.

    Raises:
        EngineError: Raised if the file is not a cache or cannot be written.

    Example:
        >>> engine = CachedEngine(load_engine("inference", model="Qwen/Qwen3-32B"), "completions.sqlite")
        >>> pool = expand("multiinstruct", engine)
    """

    def __init__(self, engine: Engine, path: str | Path) -> None:
        self.engine = engine
        self.path = Path(path)
        self.name = engine.name
        self.model = engine.model
        with self._explained():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._database = sqlite3.connect(self.path, check_same_thread=False)
            self._database.execute(
                "CREATE TABLE IF NOT EXISTS completions (engine TEXT, model TEXT, key TEXT, text TEXT, "
                "prompt_tokens INTEGER, completion_tokens INTEGER, PRIMARY KEY (engine, model, key))"
            )

    def complete(self, requests: Iterable[Request]) -> Iterator[Completion]:
        """Yield one completion per request, cached ones first; those report no tokens.

        Raises:
            EngineError: Raised if the file is damaged or cannot be written.
        """
        missing = []
        for request in requests:
            cached = self._get(request.key)
            if cached is None:
                missing.append(request)
            else:
                yield cached
        if missing:
            yield from self._complete(missing)

    def close(self) -> None:
        """Close the cache file."""
        self._database.close()

    def _complete(self, requests: list[Request]) -> Iterator[Completion]:
        try:
            for number, completion in enumerate(self.engine.complete(requests), 1):
                if completion.error is None:
                    self._put(completion)
                if number % _COMMIT_INTERVAL == 0:
                    self._commit()
                yield completion
        finally:
            self._commit()

    def _commit(self) -> None:
        with self._explained():
            self._database.commit()

    def _get(self, key: str) -> Completion | None:
        with self._explained():
            row = self._database.execute(
                "SELECT text FROM completions WHERE engine = ? AND model = ? AND key = ?",
                (self.name, self.model or "", key),
            ).fetchone()
        # SQLite holds values of any type in any column.
        return Completion(key, row[0]) if row is not None and isinstance(row[0], str) else None

    def _put(self, completion: Completion) -> None:
        # A text that is not valid UTF-8 is unusable, so it is not cached.
        if not _is_storable(completion.text):
            return
        row = (
            *(self.name, self.model or "", completion.key, completion.text),
            *(completion.prompt_tokens, completion.completion_tokens),
        )
        with self._explained():
            self._database.execute("INSERT OR REPLACE INTO completions VALUES (?, ?, ?, ?, ?, ?)", row)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except _ERRORS as error:
            raise EngineError(f"Cannot use {self.path} as a cache: {error}. Choose another file.") from error


def _is_storable(text: object) -> bool:
    try:
        return isinstance(text, str) and text.encode() is not None
    except UnicodeEncodeError:
        return False
