"""Reads CSV and TSV files; they are parsed as a whole, because quoted cells may contain line breaks."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

import msgspec

from instraug_datasets.errors import SourceError, shown

from .json_tables import record_error, require_file
from .root import DataRoot

__all__ = ["CsvRows", "read_csv"]

T = TypeVar("T", bound=msgspec.Struct)

_MAX_CELL_LENGTH = 2**31 - 1  # the default limit of the csv module is shorter than some articles


@dataclass(frozen=True, slots=True)
class CsvRows(Generic[T]):
    """The valid rows of a file, and the errors of the others."""

    valid: list[T]
    errors: list[SourceError]


def read_csv(root: DataRoot, file: str, *, kind: type[T], tabs: bool = False) -> CsvRows[T]:
    """Read a CSV file with a header, keeping the columns that are fields of `kind`.

    Args:
        kind: The `msgspec.Struct` to convert rows to.
        tabs: Whether cells are separated by tabs and never quoted (TSV), instead of by commas and quoted if necessary.

    Raises:
        MissingFilesError: If the file is missing.
        SourceError: If it is not UTF-8, ends inside a quoted cell, or its header lacks a column.
    """
    rows: list[T] = []
    errors: list[SourceError] = []
    for line, cells in _cells(root, file, kind, tabs=tabs):
        try:
            rows.append(msgspec.convert(cells, kind))
        except msgspec.ValidationError as error:
            errors.append(record_error(file, f"line {line}", error))
    return CsvRows(rows, errors)


def _cells(root: DataRoot, file: str, kind: type[T], *, tabs: bool) -> Iterator[tuple[int, dict[str, str]]]:
    """Every row with the number of its last line; missing cells are None."""
    columns = kind.__struct_encode_fields__
    with require_file(root, file).open() as stream, _allow_long_cells():
        text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
        reader = csv.DictReader(text, dialect=_TsvDialect if tabs else _CsvDialect)
        try:
            _check_header(file, columns, reader.fieldnames or ())
            for row in reader:
                yield reader.line_num, {column: row[column] for column in columns}
        except (csv.Error, UnicodeDecodeError) as error:
            raise SourceError(f"not readable as CSV: {error}", file=file, record=f"line {reader.line_num}") from error


class _CsvDialect(csv.excel):
    strict = True


class _TsvDialect(csv.excel_tab):
    quoting = csv.QUOTE_NONE


def _check_header(file: str, columns: Iterable[str], header: Collection[str]) -> None:
    for column in columns:
        if column not in header:
            raise SourceError(f"the header {shown(', '.join(header))} lacks the column", file=file, field=column)


@contextmanager
def _allow_long_cells() -> Iterator[None]:
    before = csv.field_size_limit(_MAX_CELL_LENGTH)
    try:
        yield
    finally:
        csv.field_size_limit(before)
