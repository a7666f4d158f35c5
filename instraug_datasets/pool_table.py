"""The table of a pool: its columns, its order, and what makes it valid."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from .errors import PoolError, TemplateError, UnknownNameError, brief, several, shown
from .hashing import hash_texts
from .instructions import DECLARED_AXES, LABEL_PAIRS
from .instructions import instruction_id as make_id
from .records import FIELDS
from .template_columns import parse_column
from .templates import parse

__all__ = ["SCHEMA", "check_columns", "conform", "digest_of", "pool_error", "row_problems", "task_rows"]

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

_KNOWN_VALUES: Mapping[str, Sequence[str]] = {**DECLARED_AXES, "label_pairs": LABEL_PAIRS, "absent_fields": FIELDS}

_ADDED_COLUMNS = (*DECLARED_AXES, "absent_fields", "label_pairs")


def conform(table: pa.Table, *, name: str = "") -> pa.Table:
    """Validate a table and return it with the columns of `SCHEMA`, sorted.

    Args:
        name: What the table was read from, for messages.

    Raises:
        PoolError: Raised if the table is empty, has missing or unknown columns, or contains a duplicate or a malformed
            instruction; the message lists all such rows, which count from 0.
    """
    check_columns(table.column_names, name=name)
    if not table.num_rows:
        raise PoolError(f"{name or 'The pool'} is empty; expected at least one instruction.")
    columns = [
        _cast(table.column(field.name), field)
        if field.name in table.column_names
        else pa.nulls(table.num_rows, field.type)
        for field in SCHEMA
    ]
    conformed = pa.table(columns, schema=SCHEMA).combine_chunks()
    if not _is_sound(conformed):
        seen: set[str] = set()
        rows = (row for batch in conformed.to_batches(_CHUNK) for row in batch.to_pylist())
        problems = [
            f"row {number}: {problem}" for number, row in enumerate(rows) for problem in row_problems(row, seen)
        ]
        raise pool_error(problems, name)
    return _canonical(conformed)


def pool_error(problems: Sequence[str], name: str) -> PoolError:
    """The error about the problems of the pool that was read from `name`, if from anything."""
    if len(problems) == 1:
        return PoolError(f"{name or 'The pool'}, {problems[0]}")
    return PoolError(several(f"{name or 'The pool'} has {len(problems)} problems", problems))


def check_columns(names: Iterable[str], *, name: str) -> None:
    """Check the names of columns.

    Raises:
        PoolError: Raised if one is unknown, or a required one is missing.
    """
    found = list(names)
    unknown = [str(UnknownNameError("pool column", each, SCHEMA.names)) for each in found if each not in SCHEMA.names]
    if unknown:
        raise PoolError(f"{name}{': ' if name else ''}{' '.join(unknown)}")
    for field in SCHEMA:
        if not field.nullable and field.name not in found:
            raise PoolError(
                f"{name or 'The pool'} lacks the required column {field.name!r}; its columns are {shown(found)}."
            )


def _cast(column: pa.ChunkedArray, field: pa.Field) -> pa.ChunkedArray:
    try:
        cast = column.cast(field.type)
        cast.validate(full=True)  # a file may hold text that is not UTF-8
        return cast
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise PoolError(
            f"The pool's column {field.name!r} must be {field.type}, but is {column.type}: {brief(error)}"
        ) from error


def _is_sound(table: pa.Table) -> bool:
    """Whether no row has a problem; quick, whereas `row_problems` looks at each row by itself."""
    if any(table.column(field.name).null_count for field in SCHEMA if not field.nullable):
        return False
    for name, known in _KNOWN_VALUES.items():
        column = table.column(name).combine_chunks()
        values = column.flatten() if pa.types.is_list(column.type) else column
        if not {*values.unique().to_pylist()} <= {*known, None}:
            return False
    words = []
    for batch in table.select(["instruction_id", "task", "text"]).to_batches(max_chunksize=_CHUNK):
        ids, tasks, texts = (column.to_pylist() for column in batch.columns)
        try:
            parse_column(batch.column("text"))
        except (TemplateError, UnknownNameError):
            return False
        if ids != list(map(make_id, tasks, texts)):
            return False
        words.append(hash_texts(map(str.encode, ids), len(ids)))
    # Hashes first: a set of the ids themselves would take hundreds of megabytes.
    ordered = np.sort(np.concatenate(words))
    return not bool((ordered[:-1] == ordered[1:]).any()) or _ids_differ(table)


def _ids_differ(table: pa.Table) -> bool:
    return bool(pc.count_distinct(table.column("instruction_id")).as_py() == table.num_rows)


def row_problems(row: Mapping[str, Any], seen: set[str]) -> Iterator[str]:
    """What is wrong with a row that has the columns of `SCHEMA`.

    Args:
        seen: The ids of the rows before it; its own is added.
    """
    required = {field.name: row[field.name] for field in SCHEMA if not field.nullable}
    for name, value in required.items():
        if value is None:
            yield f"{name} must not be null."
    for name, known in _KNOWN_VALUES.items():
        for value in row[name] if isinstance(row[name], list) else [row[name]]:
            if value is not None and value not in known:
                yield str(UnknownNameError(name, value, known))
    if None not in required.values():
        yield from _text_problems(**required, seen=seen)


def _text_problems(*, instruction_id: str, task: str, text: str, seen: set[str]) -> Iterator[str]:
    expected = make_id(task, text)
    if instruction_id != expected:
        yield f"The id {shown(instruction_id)} does not match its task and text; expected {shown(expected)}."
    if expected in seen:
        yield f"The task {shown(task)} has this instruction twice: {shown(text)}."
    seen.add(expected)
    try:
        parse(text)
    except (TemplateError, UnknownNameError) as error:
        yield f"Task {shown(task)}: {error}"


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
