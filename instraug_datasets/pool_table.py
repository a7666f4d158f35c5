"""The table of a pool: its columns, its order, and what makes it valid."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from .errors import PoolError, TemplateError, UnknownNameError, brief, shown
from .hashing import hash_texts
from .instructions import DECLARED_AXES, LABEL_PAIRS, check_axis_values, instruction_id
from .records import FIELDS
from .template_columns import parse_column
from .templates import parse

__all__ = ["SCHEMA", "conform", "digest_of", "task_rows"]

SCHEMA = pa.schema(
    [
        pa.field("instruction_id", pa.string(), nullable=False),
        pa.field("task", pa.string(), nullable=False),
        pa.field("text", pa.string(), nullable=False),
        pa.field("origin", pa.string()),
        pa.field("parent", pa.string()),
        pa.field("engine", pa.string()),
        pa.field("model", pa.string()),
        pa.field("meta_prompt", pa.string()),
        pa.field("temperature", pa.float64()),
        pa.field("iteration", pa.int32()),
        pa.field("score", pa.float64()),
        pa.field("form", pa.string()),
        pa.field("register", pa.string()),
        pa.field("answer_form", pa.string()),
        pa.field("absent_fields", pa.list_(pa.string())),
        pa.field("label_pairs", pa.list_(pa.string())),
    ]
)
"""The columns of a pool, in order."""

_CHUNK = 1 << 14
"""The rows that are turned into Python objects at once."""

_ADDED_COLUMNS = (*DECLARED_AXES, "absent_fields", "label_pairs")


def conform(table: pa.Table) -> pa.Table:
    """Validate a table and return it with the columns of `SCHEMA`, sorted.

    Raises:
        PoolError: Raised if the table is empty, has missing or unknown columns, or contains a duplicate or a malformed
            instruction.
        UnknownNameError: Raised if a value of an axis of style or a kind of labels is unknown.
    """
    for name in table.column_names:
        if name not in SCHEMA.names:
            raise PoolError(f"Unknown pool column {shown(name)}; expected {', '.join(SCHEMA.names)}.")
    columns = []
    for field in SCHEMA:
        if field.name in table.column_names:
            columns.append(_cast(table.column(field.name), field))
        elif field.nullable:
            columns.append(pa.nulls(table.num_rows, field.type))
        else:
            names = shown(table.column_names)
            raise PoolError(f"The pool lacks the required column {field.name!r}; its columns are {names}.")
    if not table.num_rows:
        raise PoolError("The pool is empty; expected at least one instruction.")
    conformed = pa.table(columns, schema=SCHEMA).combine_chunks()
    _check_rows(conformed)
    for axis, values in DECLARED_AXES.items():
        check_axis_values(axis, conformed.column(axis).unique().to_pylist(), values)
    for name, known in (("label_pairs", LABEL_PAIRS), ("absent_fields", FIELDS)):
        check_axis_values(name, conformed.column(name).combine_chunks().flatten().unique().to_pylist(), known)
    return _canonical(conformed)


def _cast(column: pa.ChunkedArray, field: pa.Field) -> pa.ChunkedArray:
    if column.null_count and not field.nullable:
        row = column.is_null().index(True).as_py()
        raise PoolError(f"The pool's column {field.name!r} must not be null, but is null in row {row}.")
    try:
        cast = column.cast(field.type)
        cast.validate(full=True)  # a file may hold text that is not UTF-8
        return cast
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise PoolError(
            f"The pool's column {field.name!r} must be {field.type}, but is {column.type}: {brief(error)}"
        ) from error


def _check_rows(table: pa.Table) -> None:
    words = []
    for batch in table.select(["instruction_id", "task", "text"]).to_batches(max_chunksize=_CHUNK):
        ids, tasks, texts = (column.to_pylist() for column in batch.columns)
        for found, task, text in zip(ids, tasks, texts, strict=True):
            expected = instruction_id(task, text)
            if found != expected:
                raise PoolError(f"The id {shown(found)} does not match its task and text; expected {shown(expected)}.")
        try:
            parse_column(batch.column("text"))
        except (TemplateError, UnknownNameError):
            for task, text in zip(tasks, texts, strict=True):
                _check_text(task, text)
        words.append(hash_texts(map(str.encode, ids), len(ids)))
    # Hashes first: a set of the ids themselves would take hundreds of megabytes.
    ordered = np.sort(np.concatenate(words))
    if (ordered[:-1] == ordered[1:]).any():
        _check_duplicates(table)


def _check_duplicates(table: pa.Table) -> None:
    ids = table.column("instruction_id")
    counts = pc.value_counts(ids)
    place = pc.greater(counts.field("counts"), 1).index(True).as_py()
    if place >= 0:
        row = ids.index(counts.field("values")[place]).as_py()
        task, text = (table.column(name)[row].as_py() for name in ("task", "text"))
        raise PoolError(f"The pool contains a duplicate instruction of the task {shown(task)}: {shown(text)}.")


def _check_text(task: str, text: str) -> None:
    try:
        parse(text)
    except (TemplateError, UnknownNameError) as error:
        raise PoolError(f"Task {shown(task)}: {error}") from error


def _canonical(table: pa.Table) -> pa.Table:
    """Sort the rows by task, meta instructions first, then by id."""
    keys = [table.column("task"), table.column("origin").is_valid(), table.column("instruction_id")]
    if _are_ascending(keys):
        return table  # as saved pools are; another copy of a large one would double the memory
    named = pa.table(dict(zip("abc", keys, strict=True)))
    return table.take(pc.sort_indices(named, [(name, "ascending") for name in "abc"])).combine_chunks()


def _are_ascending(keys: Sequence[pa.ChunkedArray]) -> bool:
    """Whether each row comes after the one before it, by the first key in which they differ."""
    ascending = np.zeros(len(keys[0]) - 1, bool)
    for key in reversed(keys):
        first, second = key[:-1], key[1:]
        less, equal = (np.asarray(compare(first, second)) for compare in (pc.less, pc.equal))
        ascending = less | (equal & ascending)
    return bool(ascending.all())


def task_rows(table: pa.Table) -> dict[str, range]:
    """The rows of each task of a sorted table.

    Example:
        >>> task_rows(pool.to_table())["image_caption"]
        range(0, 154)
    """
    runs = pc.run_end_encode(table.column("task").combine_chunks())
    ends = runs.run_ends.to_pylist()
    starts = [0, *ends[:-1]]
    return {task: range(start, end) for task, start, end in zip(runs.values.to_pylist(), starts, ends, strict=True)}


def digest_of(table: pa.Table) -> str:
    """32 hexadecimal digits that identify the content of a table.

    What says nothing in the columns added later does not count: pools from before these columns keep their digests.
    """
    content = hashlib.sha256()
    for batch in table.to_batches(max_chunksize=_CHUNK):
        for row in batch.to_pylist():
            stated = {name: value for name, value in row.items() if value is not None or name not in _ADDED_COLUMNS}
            content.update(json.dumps(stated, ensure_ascii=False).encode() + b"\n")
    return content.hexdigest()[:32]
