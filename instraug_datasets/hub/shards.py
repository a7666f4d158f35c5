"""Built shards: what is in a folder that `instraug build` wrote, or in one of the same layout."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from datasets import Features

from ..errors import PublicationError, UnknownNameError
from ..records import FEATURES
from ..storage import read_parquet

__all__ = ["BuiltShard", "read_shards"]

_NAME = re.compile(r"(?P<split>.+)-(?P<number>\d{5})-of-(?P<count>\d{5})\.parquet")


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltShard:
    """One Parquet file of one split of one task.

    Attributes:
        size: In bytes.
        rows: The number of examples by source.
    """

    file: Path
    task: str
    split: str
    size: int
    rows: Mapping[str, int]

    def __hash__(self) -> int:
        return hash(self.file)


def read_shards(folder: str | Path, tasks: Iterable[str] | None = None) -> list[BuiltShard]:
    """The shards of a folder `<task>/<split>-00000-of-0000N.parquet`, in order.

    Args:
        tasks: The tasks to take; None for all.

    Raises:
        PublicationError: If the folder holds no shards, a split lacks one, or a file has other columns than `FEATURES`.
        UnknownNameError: If the folder has no shards of a task.
    """
    folder = Path(folder)
    files = sorted(file for file in folder.glob("[!.]*/*.parquet") if not file.name.startswith("."))
    known = dict.fromkeys(file.parent.name for file in files)
    if not known:
        raise PublicationError(
            f"The folder {str(folder)!r} holds no built tasks. Expected <task>/<split>-00000-of-00001.parquet, "
            "as `instraug build --output` writes them."
        )
    for task in tasks or ():
        if task not in known:
            raise UnknownNameError("built task", task, known, hint=f"`instraug build` writes tasks to {folder}.")
    wanted = set(known) if tasks is None else set(tasks)
    _check_complete([file for file in files if file.parent.name in wanted])
    return [_read(file) for file in files if file.parent.name in wanted]


def _check_complete(files: Iterable[Path]) -> None:
    numbers: dict[tuple[Path, str, int], set[int]] = {}
    for file in files:
        found = _NAME.fullmatch(file.name)
        if found is None:
            raise PublicationError(f"{file}: expected a name like train-00000-of-00001.parquet.")
        numbers.setdefault((file.parent, found["split"], int(found["count"])), set()).add(int(found["number"]))
    for (folder, split, count), present in numbers.items():
        if present != set(range(count)):
            raise PublicationError(
                f"{folder}: the split {split!r} has {len(present)} of {count} shards; build it again "
                "(`instraug build` goes on where it stopped)."
            )
    splits = [(folder, split) for folder, split, _ in numbers]
    for folder, split in splits:
        if splits.count((folder, split)) > 1:
            raise PublicationError(f"{folder}: the split {split!r} lies there in two versions; remove the old one.")


def _read(file: Path) -> BuiltShard:
    try:
        schema = pq.read_schema(file)
        if Features.from_arrow_schema(schema) != FEATURES:
            raise PublicationError(
                f"{file}: expected the columns {', '.join(FEATURES)} with their types, but found {schema.names}. "
                "Of data with other columns, augment(data, pool, columns={...}) shows the prompts in Python, and "
                "export() writes them for other frameworks: see docs/custom_data.md."
            )
        sources = read_parquet(file, ["source"]).column("source").value_counts()
    except pa.ArrowInvalid as error:
        raise PublicationError(f"{file}: not readable as Parquet: {error}; build it again.") from error
    found = _NAME.fullmatch(file.name)
    return BuiltShard(
        file=file,
        task=file.parent.name,
        split=found["split"] if found else "",
        size=file.stat().st_size,
        rows={str(each["values"]): each["counts"].as_py() for each in sources},
    )
