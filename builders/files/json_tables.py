"""Random-access tables over raw JSON, whose records are decoded lazily.

A large file is mapped into memory, and its arrays are split into records without decoding them, so that half a gigabyte
of annotations takes a few tens of megabytes of Python objects.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Generic, TypeVar, overload

import msgspec

from instraug_datasets.errors import MissingFilesError, SourceError
from instraug_datasets.lazy_numpy import np

from .json_text import DECODE_ERRORS, UNREADABLE_ESCAPE, UNREADABLE_VALUE, decode_leniently, without_byte_order_mark
from .memory_map import map_file
from .root import DataRoot, Location
from .tables import UNREADABLE, UNREADABLE_KEY, IdArray, Table

if TYPE_CHECKING:
    pass

__all__ = [
    "ArrayTable",
    "JsonArray",
    "NonNegativeInt",
    "read_json",
    "read_json_lines",
    "read_text",
    "record_error",
    "require_file",
]


T = TypeVar("T")
R = TypeVar("R")

NonNegativeInt = Annotated[int, msgspec.Meta(ge=0, le=2**62)]
"""An id in a raw file; larger numbers would not fit an int64 index."""

_COLUMN_PART = 256
"""The records that are decoded together for columns."""


class JsonArray(Sequence[T]):
    """The records of one JSON array, each decoded and validated on access.

    Args:
        file: The logical path, for error messages.
        raws: The records as JSON.
        kind: The type of a record: a `msgspec.Struct` with the fields that are used.
        label: The name of a record in error messages, as in `label[index]`.
        names: Names to use in place of the index.
    """

    def __init__(
        self,
        file: str,
        raws: Sequence[Any],
        *,
        kind: type[T],
        label: str,
        names: Sequence[str] | IdArray | None = None,
    ) -> None:
        self.file, self._raws, self._label, self._names = file, raws, label, names
        self.kind: Any = kind
        decoder: Any = _decoder  # its cache would take a type for unhashable
        self._decoder: msgspec.json.Decoder[T] = decoder(kind)

    def __len__(self) -> int:
        return len(self._raws)

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> list[T]: ...
    def __getitem__(self, index: int | slice) -> T | list[T]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        try:
            return self._decoder.decode(self._raws[index])
        except DECODE_ERRORS as error:
            if UNREADABLE_VALUE in bytes(self._raws[index]):
                problem = "a number is NaN or Infinity, which JSON does not have, or a value is nested too deeply"
                raise SourceError(problem, file=self.file, record=self.name(index)) from error
            raise record_error(self.file, self.name(index), error) from error

    def raw(self, index: int) -> Any:
        """A record as JSON."""
        return self._raws[index]

    def select(self, indices: Iterable[int]) -> list[T]:
        """Several records, decoded at once.

        Raises:
            SourceError: If one of them cannot be read.
        """
        chosen = list(indices)
        try:
            rows: list[T] = _list_decoder(self.kind).decode(
                b"[" + b",".join([self._raws[index] for index in chosen]) + b"]"
            )
            return rows
        except DECODE_ERRORS:
            # One by one, so that the error names the record.
            return [self[index] for index in chosen]

    def name(self, index: int) -> str:
        """The name of a record in error messages."""
        return f"{self._label}[{index if self._names is None else self._names[index]}]"

    def columns(self, kind: type[msgspec.Struct]) -> list[IdArray]:
        """The fields of `kind` as columns, integers or their digits; all are `UNREADABLE` where a record lacks one."""
        part: JsonArray[Any] = JsonArray(self.file, self._raws, kind=kind, label=self._label)
        rows = np.full((len(self._raws), len(kind.__struct_fields__)), UNREADABLE, np.int64)
        for start in range(0, len(rows), _COLUMN_PART):
            indices = range(start, min(start + _COLUMN_PART, len(rows)))
            try:
                rows[start : indices.stop] = list(map(msgspec.structs.astuple, part.select(indices)))
            except SourceError:
                for index in indices:
                    rows[index] = part._integers(index)
        return list(np.ascontiguousarray(rows.T))

    def _integers(self, index: int) -> Any:
        try:
            record: Any = self[index]
            return msgspec.structs.astuple(record)
        except SourceError:
            return UNREADABLE


# Making a decoder takes longer than decoding a record, and every picture has an array of its own.
@cache
def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind)


@cache
def _list_decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(list[kind])


class ArrayTable(Table[R], Generic[T, R]):
    """A table with one record per element of a JSON array or line of a JSON Lines file.

    Args:
        key: The natural key of an element.
        make: Makes a record from its key and element.
    """

    def __init__(self, array: JsonArray[T], *, key: Callable[[T], str], make: Callable[[str, T], R]) -> None:
        self._array, self._key_of, self._make = array, key, make
        super().__init__(array.file, [self._natural_key(index) for index in range(len(array))])

    def _record(self, index: int) -> R:
        return self._make(self.key(index), self._array[index])

    def _natural_key(self, index: int) -> str:
        try:
            return self._key_of(self._array[index])
        except SourceError:
            return f"{UNREADABLE_KEY}{index}"


def read_json(root: DataRoot, file: str, *, kind: type[T]) -> T:
    """Read a JSON file as `kind`, whose large arrays should be typed `list[msgspec.Raw]`.

    Raises:
        MissingFilesError: If the file is missing.
        SourceError: If it is not JSON or does not match `kind`.
    """
    content = without_byte_order_mark(map_file(require_file(root, file)))
    try:
        return decode_leniently(content, msgspec.json.Decoder(kind))
    except DECODE_ERRORS as error:
        if isinstance(error, msgspec.ValidationError):
            raise record_error(file, "", error) from error
        raise SourceError(_syntax_problem(error, len(content)), file=file) from error


def read_json_lines(root: DataRoot, file: str, *, kind: type[T]) -> JsonArray[T]:
    """Read a JSON Lines file; blank lines are ignored.

    Raises:
        MissingFilesError: If the file is missing.
    """
    content = without_byte_order_mark(require_file(root, file).read())
    lines = [line for line in bytes(content).splitlines() if line.strip()]
    return JsonArray(file, lines, kind=kind, label="line")


def read_text(root: DataRoot, file: str) -> str:
    """Read a UTF-8 text file.

    Raises:
        MissingFilesError: If the file is missing.
        SourceError: If it is not UTF-8.
    """
    try:
        return require_file(root, file).read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceError(f"not UTF-8: {error}", file=file) from error


def require_file(root: DataRoot, file: str) -> Location:
    """The location of a declared file.

    Raises:
        MissingFilesError: If the file is missing.
    """
    location = root.find(file)
    if location is None:
        raise MissingFilesError(f"The raw file {file} is not in the data dir {root.url!r}.")
    return location


def _syntax_problem(error: Exception, size: int) -> str:
    if isinstance(error, RecursionError):
        return "the JSON is nested too deeply"
    if "truncated" in str(error):
        return f"the JSON ends too early, at byte {size}; download the file again"
    return f"not JSON: {error}"


def record_error(file: str, record: str, error: Exception) -> SourceError:
    """A `msgspec` error as a SourceError, with the field that its message names."""
    if isinstance(error, UnicodeDecodeError) and UNREADABLE_ESCAPE in error.object:
        return SourceError("a text has half of a surrogate pair, such as \\ud83d", file=file, record=record)
    if isinstance(error, RecursionError):
        return SourceError("the JSON is nested too deeply", file=file, record=record)
    problem, _, path = str(error).partition(" - at `$")
    absent = problem.split("`")[1] if problem.startswith("Object missing") else ""
    field = ".".join(part for part in (path.rstrip("`").lstrip("."), absent) if part)
    return SourceError(problem, file=file, record=record, field=field)
