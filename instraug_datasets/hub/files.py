"""The shards of a publication: where each goes, and what is done to it before."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from .licences import LEFT_OUT, REFERENCES
from .naming import shard_path
from .publication import Publication
from .repository import RemoteFile
from .rewriting import Change
from .shards import BuiltShard

__all__ = ["PlannedFile", "is_there", "plan_files"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedFile:
    """One shard of a publication.

    Attributes:
        path: Where it goes.
        change: What is done to the built shard before; nothing for most.
        rows: How many examples it then has.
    """

    path: str
    shard: BuiltShard
    change: Change
    rows: int

    @property
    def size(self) -> int | None:
        """Its size in bytes; None for a shard that has yet to be written."""
        return None if self.change else self.shard.size


def _sha256(shard: BuiltShard) -> str:
    """The SHA-256 of a built shard."""
    digest = hashlib.sha256()
    with shard.file.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def is_there(file: PlannedFile, remote: RemoteFile | None) -> bool:
    """Whether the repository has an unchanged shard already; only one of the same size is read for that."""
    if remote is None or file.change or remote.size != file.shard.size:
        return False
    return remote.sha256 == _sha256(file.shard)


def plan_files(publication: Publication) -> tuple[tuple[PlannedFile, ...], tuple[tuple[str, str], ...]]:
    """The shards to publish, and the splits (with their tasks) of which nothing is left."""
    files: list[PlannedFile] = []
    empty: list[tuple[str, str]] = []
    for (task, split), shards in _by_split(publication.shards).items():
        role = publication.role(task)
        changes = [(shard, *_change(publication, shard)) for shard in shards]
        kept = [(shard, change, rows) for shard, change, rows in changes if rows]
        if not kept:
            empty.append((task, split))
        files += [
            PlannedFile(path=shard_path(role, task, split, number, len(kept)), shard=shard, change=change, rows=rows)
            for number, (shard, change, rows) in enumerate(kept)
        ]
        if publication.augmented and role == "train" and split == "train":
            files += _augmented_files(publication, task, kept)
    return tuple(files), tuple(empty)


def _augmented_files(
    publication: Publication, task: str, kept: list[tuple[BuiltShard, Change, int]]
) -> Iterator[PlannedFile]:
    """One epoch after the other, each in the order of the source: so that pictures are stored once."""
    name, count = publication.augmented, publication.variants * len(kept)
    for number in range(count):
        epoch, place = divmod(number, len(kept))
        shard, change, rows = kept[place]
        yield PlannedFile(
            path=shard_path(name, task, name, number, count),
            shard=shard,
            change=replace(change, epoch=epoch),
            rows=rows,
        )


def _by_split(shards: Iterable[BuiltShard]) -> dict[tuple[str, str], list[BuiltShard]]:
    grouped: dict[tuple[str, str], list[BuiltShard]] = {}
    for shard in shards:
        grouped.setdefault((shard.task, shard.split), []).append(shard)
    return grouped


def _change(publication: Publication, shard: BuiltShard) -> tuple[Change, int]:
    """What is done to a shard, and how many examples it then has."""
    outcomes = {source: publication.clearances[source].outcome for source in shard.rows}
    dropped = frozenset(source for source, outcome in outcomes.items() if outcome == LEFT_OUT)
    referred = frozenset(source for source, outcome in outcomes.items() if outcome == REFERENCES)
    rows = sum(count for source, count in shard.rows.items() if source not in dropped)
    return Change(dropped=dropped, referred=referred), rows
