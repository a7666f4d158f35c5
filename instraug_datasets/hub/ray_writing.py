"""Writes the shards of a publication on a Ray cluster; what is lost with a machine is written again on another one."""

from __future__ import annotations

import tempfile
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InstrAugError, OutputError
from ..ray_cluster import RayError, RayTaskError, ray, total_resources
from .files import PlannedFile
from .publication import Publication
from .writing import LocalWriter

__all__ = ["RayWriter"]

_MAX_RETRIES = 5
"""How often a shard is written again after its process or machine was lost."""

_AHEAD = 2
"""Shards per CPU that are being written or wait to be uploaded."""


class RayWriter:
    """Writes shards as tasks of Ray, each on one CPU, some ahead of what is asked for.

    The machines must have the built shards at the same path. Ray's object store brings the written ones here.
    """

    def __init__(self, publication: Publication) -> None:
        self._prompts = publication.prompts
        self._publication = ray.put(replace(publication, shards=()))
        self._expected: deque[PlannedFile] = deque()
        self._started: dict[PlannedFile, Any] = {}

    def expect(self, publication: Publication, files: Sequence[PlannedFile]) -> None:
        """Write these shards next, in this order, and those with prompts anew if the settings of these have changed."""
        if publication.prompts != self._prompts:
            self._prompts, self._publication = publication.prompts, ray.put(replace(publication, shards=()))
            self._started = {file: task for file, task in self._started.items() if file.change.epoch is None}
        self._expected = deque(file for file in files if file not in self._started)

    def write(self, file: PlannedFile, target: Path) -> None:
        """Write a shard with its changes to a file here.

        Raises:
            OutputError: Raised if the file cannot be written, or its task is lost again and again.
        """
        limit = _AHEAD * total_resources().get("CPU", 1)
        while self._expected and (file not in self._started or len(self._started) < limit):
            following = self._expected.popleft()
            self._started[following] = _written.remote(self._publication, following)
        content = _result(self._started.pop(file), file)
        try:
            target.write_bytes(content)
        except OSError as error:
            raise OutputError(f"Cannot write {target}: {error}. Set TMPDIR to a folder with more room.") from error


def _result(reference: Any, file: PlannedFile) -> Any:
    try:
        return ray.get(reference)
    except RayTaskError as error:
        raise error.cause if isinstance(error.cause, InstrAugError) else error from None
    except RayError as error:
        raise OutputError(f"Ray could not write {file.path}: {error}") from error


def _write(publication: Publication, file: PlannedFile) -> Any:
    """The bytes of the shard, in an array: Ray hands those on without a copy."""
    with tempfile.TemporaryDirectory(prefix="instraug-") as folder:
        target = Path(folder) / "shard.parquet"
        LocalWriter(publication).write(file, target)
        return np.fromfile(target, np.uint8)


_written: Any = ray.remote(num_cpus=1, max_retries=_MAX_RETRIES)(_write)
