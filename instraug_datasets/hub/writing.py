"""Writes the shards that are not published as they were built."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from ..stream import InstructionAugmenter
from .files import PlannedFile
from .publication import Publication
from .rewriting import write_changed

__all__ = ["LocalWriter", "ShardWriter"]


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
