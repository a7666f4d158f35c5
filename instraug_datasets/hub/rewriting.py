"""Shards that are not published as they were built: without some sources, without pictures, or with prompts."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from datasets import Features, Value
from datasets.arrow_writer import ParquetWriter

from ..errors import OutputError
from ..records import FEATURES
from ..stream import InstructionAugmenter

__all__ = ["AUGMENTED_FEATURES", "Change", "write_changed"]

AUGMENTED_FEATURES = Features({**FEATURES, "prompt": Value("string"), "instruction_id": Value("string")})

UrlOf = Callable[[str, str], str | None]
"""From a source and the name of a picture to its address, where that is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is done to the rows of a shard.

    Attributes:
        dropped: The sources whose examples are left out.
        referred: The sources whose pictures are left out: `images` keeps their number, and `meta` gets their names.
        epoch: The epoch whose prompts are added; None for none.
    """

    dropped: frozenset[str] = frozenset()
    referred: frozenset[str] = frozenset()
    epoch: int | None = None

    def __bool__(self) -> bool:
        return bool(self.dropped or self.referred or self.epoch is not None)


def write_changed(
    source: Path, target: Path, change: Change, *, url_of: UrlOf, augmenter: InstructionAugmenter | None = None
) -> None:
    """Write a changed shard, a row group at a time, in the way that `datasets` writes the shards it pushes.

    Pictures stay in the order and the chunks of the source, so that a store that cuts files by content keeps them once.

    Raises:
        OutputError: If the file cannot be written.
    """
    features = FEATURES if change.epoch is None else AUGMENTED_FEATURES
    try:
        with pq.ParquetFile(source) as file, ParquetWriter(path=str(target), features=features) as writer:
            for table in _changed(file, change, url_of, augmenter):
                writer.write_table(table, writer_batch_size=max(1, table.num_rows))
            writer.finalize()
    except OSError as error:
        raise OutputError(f"Cannot write {target}: {error}. Set TMPDIR to a folder with more room.") from error


def _changed(
    file: pq.ParquetFile, change: Change, url_of: UrlOf, augmenter: InstructionAugmenter | None
) -> Iterator[pa.Table]:
    for group in range(file.metadata.num_row_groups):
        table = file.read_row_group(group)
        if change.dropped:
            table = table.filter(pc.invert(pc.is_in(table.column("source"), pa.array(sorted(change.dropped)))))
        if change.referred:
            table = _with_references(table, change.referred, url_of)
        if augmenter is not None and change.epoch is not None:
            table = _with_prompts(table, augmenter, change.epoch)
        if table.num_rows:
            yield table.cast((FEATURES if change.epoch is None else AUGMENTED_FEATURES).arrow_schema)


def _with_prompts(table: pa.Table, augmenter: InstructionAugmenter, epoch: int) -> pa.Table:
    ids = pc.binary_join_element_wise(table.column("unique_id"), f"#{epoch}", "")
    augmenter.set_epoch(epoch)
    augmented = augmenter(table).select(AUGMENTED_FEATURES.arrow_schema.names)
    return augmented.set_column(augmented.column_names.index("unique_id"), "unique_id", ids)


def _with_references(table: pa.Table, referred: frozenset[str], url_of: UrlOf) -> pa.Table:
    sources = table.column("source").to_pylist()
    names = _picture_names(table)
    hidden = [source in referred for source in sources]
    metas = [
        _with_names(meta, source, pictures, url_of) if hide else meta
        for meta, source, pictures, hide in zip(table.column("meta").to_pylist(), sources, names, hidden, strict=True)
    ]
    kind = table.schema.field("images").type
    table = table.set_column(table.column_names.index("meta"), "meta", pa.array(metas, pa.string()))
    return table.set_column(table.column_names.index("images"), "images", _without_pictures(table, hidden, kind))


def _picture_names(table: pa.Table) -> list[list[str]]:
    images = table.column("images").combine_chunks()
    paths = pa.ListArray.from_arrays(images.offsets, images.values.field("path"))
    return [list(each or ()) for each in paths.to_pylist()]


def _without_pictures(table: pa.Table, hidden: list[bool], kind: pa.DataType) -> pa.Array:
    """The column of pictures, with a null for each picture of the rows that may not have them."""
    images = table.column("images")
    if not all(hidden):
        return pa.array(
            [[None] * len(row or ()) if hide else row for row, hide in zip(images.to_pylist(), hidden, strict=True)],
            kind,
        )
    counts = pc.fill_null(pc.list_value_length(images), 0).to_pylist()
    return pa.array([[None] * count for count in counts], kind)


def _with_names(meta: str | None, source: str, pictures: list[str], url_of: UrlOf) -> str:
    known: dict[str, Any] = json.loads(meta or "{}")
    known["pictures"] = [_reference(name, url_of(source, name)) for name in pictures]
    return json.dumps(known, ensure_ascii=False, sort_keys=True)


def _reference(name: str, url: str | None) -> dict[str, str]:
    return {"file_name": name, **({"url": url} if url else {})}
