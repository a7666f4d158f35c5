"""The table of a pool: its columns, its order, and what makes it valid."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping

import pyarrow as pa

from .errors import PoolError, TemplateError, UnknownNameError
from .instructions import DECLARED_AXES, LABEL_PAIRS, check_axis_values, instruction_id
from .records import FIELDS
from .templates import parse

__all__ = ["SCHEMA", "conform", "digest_of"]

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
            raise PoolError(f"Unknown pool column {name!r}; expected {', '.join(SCHEMA.names)}.")
    columns = []
    for field in SCHEMA:
        if field.name in table.column_names:
            columns.append(_cast(table.column(field.name), field))
        elif field.nullable:
            columns.append(pa.nulls(table.num_rows, field.type))
        else:
            raise PoolError(f"The pool lacks the required column {field.name!r}; its columns are {table.column_names}.")
    if not table.num_rows:
        raise PoolError("The pool is empty; expected at least one instruction.")
    conformed = pa.table(columns, schema=SCHEMA).combine_chunks()
    _check_rows(conformed.select(["instruction_id", "task", "text"]).to_pylist())
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
        return column.cast(field.type)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise PoolError(
            f"The pool's column {field.name!r} must be {field.type}, but is {column.type}: {error}"
        ) from error


def _check_rows(rows: Iterable[Mapping[str, str]]) -> None:
    seen: set[str] = set()
    for row in rows:
        task, text = row["task"], row["text"]
        expected = instruction_id(task, text)
        if row["instruction_id"] != expected:
            raise PoolError(
                f"The id {row['instruction_id']!r} does not match its task and text; expected {expected!r}."
            )
        if expected in seen:
            raise PoolError(f"The pool contains a duplicate instruction of the task {task!r}: {text!r}.")
        seen.add(expected)
        try:
            parse(text)
        except (TemplateError, UnknownNameError) as error:
            raise PoolError(f"Task {task!r}: {error}") from error


def _canonical(table: pa.Table) -> pa.Table:
    """Sort the rows by task, meta instructions first, then by id."""
    variant = table.column("origin").is_valid()
    ordered = table.append_column("variant", variant).sort_by(
        [("task", "ascending"), ("variant", "ascending"), ("instruction_id", "ascending")]
    )
    return ordered.drop_columns(["variant"]).combine_chunks()


def digest_of(table: pa.Table) -> str:
    """32 hexadecimal digits that identify the content of a table.

    What says nothing in the columns added later does not count: pools from before these columns keep their digests.
    """
    content = hashlib.sha256()
    for row in table.to_pylist():
        stated = {name: value for name, value in row.items() if value is not None or name not in _ADDED_COLUMNS}
        content.update(json.dumps(stated, ensure_ascii=False).encode() + b"\n")
    return content.hexdigest()[:32]
