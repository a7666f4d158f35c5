"""Writes the shards that are not published as they were built."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from ..errors import SettingError, UnknownNameError
from ..stream import InstructionAugmenter
from .files import PlannedFile
from .publication import Publication
from .rewriting import write_changed

__all__ = ["RUNNERS", "LocalWriter", "ShardWriter", "open_writer"]

RUNNERS = ("local", "ray")
"""Where changed shards are written: here, or on a Ray cluster."""


class ShardWriter(Protocol):
    """Writes the changed shards of a publication."""

    def expect(self, publication: Publication, files: Sequence[PlannedFile]) -> None:
        """Learn which shards `write` will be called for, in which order, and the settings of their prompts."""

    def write(self, file: PlannedFile, target: Path) -> None:
        """Write a shard with its changes to a file here."""


class LocalWriter:
    """Writes each shard in this process, when it is asked for."""

    def __init__(self, publication: Publication) -> None:
        self._publication = publication
        self._augmenters: dict[str, InstructionAugmenter] = {}

    def expect(self, publication: Publication, files: Sequence[PlannedFile]) -> None:
        """Take the settings of prompts from now on."""
        if publication.prompts != self._publication.prompts:
            self._augmenters.clear()
        self._publication = publication

    def write(self, file: PlannedFile, target: Path) -> None:
        """Write a shard with its changes.

        Raises:
            OutputError: Raised if the file cannot be written.
        """
        write_changed(file.shard.file, target, file.change, url_of=self._url_of, augmenter=self._augmenter(file))

    def _url_of(self, source: str, picture: str) -> str | None:
        return self._publication.clearances[source].url_of(picture)

    def _augmenter(self, file: PlannedFile) -> InstructionAugmenter | None:
        if file.change.epoch is None:
            return None
        task = file.shard.task
        if task not in self._augmenters:
            self._augmenters[task] = self._publication.augmenter(task)
        return self._augmenters[task]


@contextmanager
def open_writer(publication: Publication, runner: str, address: str | None) -> Iterator[ShardWriter]:
    """What writes the changed shards of a publication while it is published.

    Args:
        runner: One of `RUNNERS`.
        address: That of the Ray cluster; None for the one that this machine is part of, or a new one.

    Raises:
        UnknownNameError: If the runner is unknown.
        SettingError: If an address is given without Ray, or no cluster is there.
    """
    if runner not in RUNNERS:
        raise UnknownNameError("runner", runner, RUNNERS)
    if runner == RUNNERS[0]:
        if address is not None:
            raise SettingError(f"address is that of a Ray cluster ({address!r}): it needs runner='ray'.")
        yield LocalWriter(publication)
        return
    from ..ray_cluster import connected
    from .ray_writing import RayWriter

    with connected(address):
        yield RayWriter(publication)
