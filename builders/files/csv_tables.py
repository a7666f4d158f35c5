"""Rows of CSV and TSV files, which have to be read from the start: quoted cells hold line breaks."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

import msgspec

from instraug_datasets.errors import SourceError

from .json_tables import record_error, require_file
from .root import DataRoot

__all__ = ["CsvRows", "read_csv"]

T = TypeVar("T", bound=msgspec.Struct)

_MAX_CELL_LENGTH = 2**31 - 1  # the module's own limit is shorter than some articles


@dataclass(frozen=True, slots=True)
class CsvRows(Generic[T]):
    """The rows of a file that are good, and what is wrong with the others."""

    valid: list[T]
    errors: list[SourceError]


def read_csv(root: DataRoot, file: str, *, kind: type[T], tabs: bool = False) -> CsvRows[T]:
    """The rows of a CSV file with a header; of every row only the columns that `kind` names are kept.

    Args:
        tabs: Whether cells are parted by tabs and never quoted, instead of by commas and quoted where need be.

    Raises:
        MissingFilesError: The file is not there.
        SourceError: It is no text in UTF-8, is cut off inside a quoted cell, or its header lacks a column.
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
    """Every row with the number of the line that it ends on; a cell that is missing is None."""
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
            raise SourceError(f"the header {', '.join(header)!r} lacks the column", file=file, field=column)


@contextmanager
def _allow_long_cells() -> Iterator[None]:
    before = csv.field_size_limit(_MAX_CELL_LENGTH)
    try:
        yield
    finally:
        csv.field_size_limit(before)
