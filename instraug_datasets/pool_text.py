"""Pools as text that people edit: JSON lines, CSV, TSV and YAML, written and read again.

Ids are made anew when a file is read, so that a text may be edited; lineage follows.
"""

from __future__ import annotations

import csv
import io
import itertools
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import pyarrow as pa
import yaml

from .errors import PoolError, brief, shown
from .instructions import instruction_id
from .pool_table import SCHEMA, check_columns, conform, pool_error, row_problems
from .safe_yaml import line_numbers, parse_yaml, yaml_problem

__all__ = ["TEXT_FORMATS", "format_pool", "parse_pool"]

Row = dict[str, Any]


class Entry(NamedTuple):
    """An instruction in a file: its place, its columns, and what is wrong if they cannot be read."""

    place: str
    row: Row
    problem: str = ""


_EXPECTED = {
    pa.string(): "text",
    pa.float64(): "a number",
    pa.int32(): "a whole number",
    pa.list_(pa.string()): "a list",
}

_SafeDumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_WIDE = 1_000_000
"""A line for each text."""


class _Quoted(str):
    """A text in quotes, whatever it is, so that it may be edited to contain any character but these."""

    __slots__ = ()


class _Dumper(_SafeDumper):  # type: ignore[misc]
    """Writes `_Quoted` texts in double quotes."""


_Dumper.add_representer(
    _Quoted, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", str(text), style='"')
)


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
        PoolError: Raised if the text is malformed or no pool; the message lists all instructions that are invalid, with
            their lines.
    """
    suffix = next(each for each in TEXT_FORMATS if name.endswith(each))
    try:
        entries = list(TEXT_FORMATS[suffix][1](text))
    except yaml.YAMLError as error:
        raise PoolError(f"{name}: invalid YAML: {yaml_problem(error)}") from error
    except ValueError as error:
        raise PoolError(f"{name}: {brief(error)}") from error
    if not entries:
        raise PoolError(f"{name} has no instructions.")
    rows = [each.row for each in entries if not each.problem]
    if rows:
        check_columns(dict.fromkeys(["instruction_id", *(column for row in rows for column in row)]), name=name)
    failure = None
    if len(rows) == len(entries):
        try:
            return conform(_table(_with_new_ids(rows)))
        except (PoolError, LookupError, ValueError, TypeError, AttributeError, OverflowError) as error:
            failure = error  # explained below, row by row
    problems = [f"{each.place}: {problem}" for each, problem in _problems(entries)]
    raise pool_error(problems or [brief(failure)], name) from failure


def _problems(entries: Iterable[Entry]) -> Iterator[tuple[Entry, str]]:
    seen: set[str] = set()
    for each in entries:
        found = [each.problem] if each.problem else list(_misfits(each.row))
        for problem in found or row_problems(_identified(each.row), seen):
            yield each, problem


def _misfits(row: Row) -> Iterator[str]:
    """What is wrong with the types of values."""
    for column, value in row.items():
        kind = SCHEMA.field(column).type
        if column == "instruction_id":
            continue
        try:
            pa.scalar(value, kind)
        except (ValueError, TypeError, OverflowError):
            yield f"{column} must be {_EXPECTED[kind]}, but is {shown(value)}."


def _identified(row: Row) -> Row:
    values = dict.fromkeys(SCHEMA.names) | row
    if values["task"] is not None and values["text"] is not None:
        values["instruction_id"] = instruction_id(values["task"], values["text"])
    return values


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


def _parse_json_lines(text: str) -> Iterator[Entry]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        place = f"line {number}"
        try:
            yield _entry(place, json.loads(line))
        except json.JSONDecodeError as error:
            yield Entry(place, {}, f"invalid JSON: {error.msg} (column {error.colno}).")


def _format_table(rows: Iterable[Row], delimiter: str) -> str:
    sink = io.StringIO(newline="")
    writer = csv.DictWriter(sink, SCHEMA.names, delimiter=delimiter, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: " ".join(value) if isinstance(value, list) else value for name, value in row.items()}
                     for row in rows)  # fmt: skip
    return sink.getvalue()


def _parse_table(text: str, delimiter: str) -> Iterator[Entry]:
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for row in reader:
            place = f"line {reader.line_num}"
            if None in row or None in row.values():
                yield Entry(place, {}, "it has another number of cells than the header.")
            else:
                yield Entry(place, {name: _cell(name, value) for name, value in row.items()})
    except csv.Error as error:
        yield Entry(f"line {reader.line_num}", {}, f"{error}.")


def _cell(name: str, text: str) -> Any:
    """The value of a cell, or its text if it is not what the column holds; an empty one is null."""
    if not text and name != "text":
        return None
    kind = SCHEMA.field(name).type if name in SCHEMA.names else pa.string()
    if pa.types.is_list(kind):
        return text.split()
    try:
        return float(text) if pa.types.is_floating(kind) else int(text) if pa.types.is_integer(kind) else text
    except ValueError:
        return text


def _format_yaml(rows: Iterable[Row]) -> str:
    tasks = {
        task: [_yaml_row(row) for row in listed]
        for task, listed in itertools.groupby(rows, key=lambda row: str(row["task"]))
    }
    return str(yaml.dump(tasks, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDE))


def _yaml_row(row: Row) -> Row:
    """The columns of an instruction that are not null, but for the task, below which it stands."""
    values = {name: value for name, value in row.items() if value is not None and name != "task"}
    return {**values, "text": _Quoted(values["text"])}


def _parse_yaml(text: str) -> Iterator[Entry]:
    document = parse_yaml(text)
    if not isinstance(document, Mapping):
        raise ValueError(f"expected task names, each with a list of instructions, but got {shown(document)}")
    if isinstance(document.get("tasks"), Mapping):
        raise ValueError("this is a file of tasks, of which `instraug expand` makes a pool")
    lines = line_numbers(text)
    for task, listed in document.items():
        if not isinstance(listed, list):
            problem = f"the task {shown(task)} must have a list of instructions, but has {shown(listed)}."
            yield Entry(f"line {lines.get((task,), 1)}", {}, problem)
            continue
        for place, each in enumerate(listed):
            line = lines.get((task, place), 1)
            yield _entry(f"line {line}", {"text": each} if isinstance(each, str) else each, task=task)


def _entry(place: str, value: Any, **columns: Any) -> Entry:
    if isinstance(value, Mapping):
        return Entry(place, {**columns, **value})
    return Entry(place, {}, f"expected the columns of an instruction, but got {shown(value)}.")


TEXT_FORMATS: Mapping[str, tuple[Callable[[Iterable[Row]], str], Callable[[str], Iterable[Entry]]]] = MappingProxyType(
    {
        ".jsonl": (_format_json_lines, _parse_json_lines),
        ".csv": (lambda rows: _format_table(rows, ","), lambda text: _parse_table(text, ",")),
        ".tsv": (lambda rows: _format_table(rows, "\t"), lambda text: _parse_table(text, "\t")),
        ".yaml": (_format_yaml, _parse_yaml),
    }
)
"""How pools are written and read, by the suffix of the file."""
