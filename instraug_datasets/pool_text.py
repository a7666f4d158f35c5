"""Pools as text that people edit: JSON lines, CSV, TSV and YAML, written and read again.

Ids are made anew when a file is read, so that a text may be edited; lineage follows.
"""

from __future__ import annotations

import csv
import io
import itertools
import json
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

import pyarrow as pa
import yaml

from .errors import PoolError, brief, shown
from .instructions import instruction_id
from .pool_table import SCHEMA
from .safe_yaml import parse_yaml

__all__ = ["TEXT_FORMATS", "format_pool", "parse_pool"]

Row = dict[str, Any]

_DUMPER: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def format_pool(table: pa.Table, suffix: str) -> str:
    """The text of a pool's table in one of `TEXT_FORMATS`.

    Example:
        >>> format_pool(pool.to_table(), ".csv").splitlines()[0][:25]
        'instruction_id,task,text,'
    """
    return TEXT_FORMATS[suffix][0](table.to_pylist())


def parse_pool(text: str, *, name: str) -> pa.Table:
    """The table of a pool as text; the suffix of `name` is one of `TEXT_FORMATS`.

    Raises:
        PoolError: Raised if the text is malformed, lacks a text or task, or has a value of another type.
    """
    suffix = next(each for each in TEXT_FORMATS if name.endswith(each))
    try:
        rows = TEXT_FORMATS[suffix][1](text)
    except (ValueError, yaml.YAMLError, csv.Error) as error:
        raise PoolError(f"{name}: {brief(error)}") from error
    if not rows:
        raise PoolError(f"{name} has no instructions.")
    for place, row in enumerate(rows, start=1):
        for column in ("task", "text"):
            if not isinstance(row.get(column), str):
                raise PoolError(f"{name}, instruction {place}: {column} must be text, but is {shown(row.get(column))}.")
    try:
        return _table(_with_new_ids(rows))
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise PoolError(f"{name}: {brief(error)}") from error


def _with_new_ids(rows: list[Row]) -> list[Row]:
    ids = {row["instruction_id"]: instruction_id(row["task"], row["text"]) for row in rows if row.get("instruction_id")}
    return [
        {
            **row,
            "instruction_id": instruction_id(row["task"], row["text"]),
            **{name: ids.get(row[name], row[name]) for name in ("origin", "parent") if row.get(name)},
        }
        for row in rows
    ]


def _table(rows: list[Row]) -> pa.Table:
    columns = dict.fromkeys(name for row in rows for name in row)
    types = {name: SCHEMA.field(name).type for name in columns if name in SCHEMA.names}
    return pa.table({name: pa.array([row.get(name) for row in rows], types.get(name)) for name in columns})


def _format_json_lines(rows: Iterable[Row]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _parse_json_lines(text: str) -> list[Row]:
    return [_mapping(json.loads(line)) for line in text.split("\n") if line.strip()]


def _format_table(rows: Iterable[Row], delimiter: str) -> str:
    sink = io.StringIO(newline="")
    writer = csv.DictWriter(sink, SCHEMA.names, delimiter=delimiter, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: " ".join(value) if isinstance(value, list) else value for name, value in row.items()}
                     for row in rows)  # fmt: skip
    return sink.getvalue()


def _parse_table(text: str, delimiter: str) -> list[Row]:
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows = []
    for row in reader:
        if None in row or None in row.values():
            raise ValueError(f"line {reader.line_num} has another number of cells than the header")
        rows.append({name: _cell(name, value) for name, value in row.items()})
    return rows


def _cell(name: str, text: str) -> Any:
    """The value of a cell; an empty one is null."""
    if not text and name != "text":
        return None
    kind = SCHEMA.field(name).type if name in SCHEMA.names else pa.string()
    if pa.types.is_list(kind):
        return text.split()
    try:
        return float(text) if pa.types.is_floating(kind) else int(text) if pa.types.is_integer(kind) else text
    except ValueError:
        raise ValueError(f"{name} must be a number, but is {shown(text)}") from None


def _format_yaml(rows: Iterable[Row]) -> str:
    tasks = {
        task: [{name: value for name, value in row.items() if value is not None and name != "task"} for row in listed]
        for task, listed in itertools.groupby(rows, key=lambda row: str(row["task"]))
    }
    return str(yaml.dump(tasks, Dumper=_DUMPER, sort_keys=False, allow_unicode=True, width=120))


def _parse_yaml(text: str) -> list[Row]:
    document = parse_yaml(text)
    if not isinstance(document, Mapping) or not all(isinstance(listed, list) for listed in document.values()):
        raise ValueError("expected task names, each with a list of instructions (a file of tasks is for `expand`)")
    return [
        {"task": task, **({"text": each} if isinstance(each, str) else _mapping(each))}
        for task, listed in document.items()
        for each in listed
    ]


def _mapping(value: Any) -> Row:
    if not isinstance(value, Mapping):
        raise ValueError(f"expected the columns of an instruction, but got {shown(value)}")
    return dict(value)


TEXT_FORMATS: Mapping[str, tuple[Callable[[Iterable[Row]], str], Callable[[str], list[Row]]]] = MappingProxyType(
    {
        ".jsonl": (_format_json_lines, _parse_json_lines),
        ".csv": (lambda rows: _format_table(rows, ","), lambda text: _parse_table(text, ",")),
        ".tsv": (lambda rows: _format_table(rows, "\t"), lambda text: _parse_table(text, "\t")),
        ".yaml": (_format_yaml, _parse_yaml),
    }
)
"""How pools are written and read, by the suffix of the file."""
