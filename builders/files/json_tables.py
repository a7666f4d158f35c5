"""Random-access tables over raw JSON, whose records are decoded lazily.

A large file is mapped into memory, and its arrays are split into records without decoding them, so that half a gigabyte
of annotations takes a few tens of megabytes of Python objects.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Generic, Protocol, TypeAlias, TypeVar, overload

import msgspec

from instraug_datasets.errors import ExampleError, InstrAugError, MissingFilesError, SourceError
from instraug_datasets.lazy_numpy import np

from .json_text import DECODE_ERRORS, UNREADABLE_ESCAPE, UNREADABLE_VALUE, decode_leniently, without_byte_order_mark
from .memory_map import map_file
from .repeated_keys import repeated_keys
from .root import DataRoot, Location

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = [
    "UNREADABLE",
    "ArrayTable",
    "IdArray",
    "JsonArray",
    "ListTable",
    "NonNegativeInt",
    "Table",
    "group_by_value",
    "indices_of",
    "read_json",
    "read_json_lines",
    "read_text",
    "record_error",
    "require_file",
]


class Keyed(Protocol):
    """A record with a natural key."""

    @property
    def key(self) -> str: ...


T = TypeVar("T")
R = TypeVar("R")
K = TypeVar("K", bound=Keyed)

NonNegativeInt = Annotated[int, msgspec.Meta(ge=0, le=2**62)]
"""An id in a raw file; larger numbers would not fit an int64 index."""

IdArray: TypeAlias = "npt.NDArray[np.int64]"

UNREADABLE = -1
"""The id of a record that cannot be decoded; reading the record raises the error."""

_UNREADABLE_KEY = "unreadable-"

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


class Table(Sequence[R], Generic[R]):
    """The records of one split of a source, by position.

    A subclass implements `_record`. A bad record raises only when it is accessed, and so does not affect others.

    Args:
        file: The logical path, for error messages.
        keys: The natural key of every record; accessing a record whose key is a duplicate raises ExampleError.
        orphans: Errors of raw records that belong to no record of the table; their positions follow the records.
    """

    def __init__(self, file: str, keys: Sequence[str] | IdArray, *, orphans: Iterable[InstrAugError] = ()) -> None:
        self.file, self._keys, self._orphans = file, keys, tuple(orphans)
        self._duplicates = repeated_keys(np.asarray(keys), unreadable=UNREADABLE)

    def __len__(self) -> int:
        return len(self._keys) + len(self._orphans)

    @overload
    def __getitem__(self, index: int) -> R: ...
    @overload
    def __getitem__(self, index: slice) -> list[R]: ...
    def __getitem__(self, index: int | slice) -> R | list[R]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        if not 0 <= index < len(self):
            raise IndexError(index)
        if index >= len(self._keys):
            raise self._orphans[index - len(self._keys)]
        if index in self._duplicates:
            raise ExampleError(f"{self.file}: the id {self.key(index)} occurs more than once.")
        return self._record(index)

    def key(self, index: int) -> str:
        """The natural key of a record, without decoding the record."""
        return str(self._keys[index]) if index < len(self._keys) else f"stray-{index - len(self._keys)}"

    def count_early(self) -> int:
        """The number of first records that can be read at once, without reading more of the file."""
        return len(self)

    def count_unreadable(self) -> int:
        """The number of records that are known to be unreadable without decoding the others."""
        keys = np.asarray(self._keys)
        numbered = (
            keys == UNREADABLE if keys.dtype.kind == "i" else np.char.startswith(keys.astype(str), _UNREADABLE_KEY)
        )
        return int(np.count_nonzero(numbered)) + len(self._orphans)

    def get_or_none(self, index: int) -> R | None:
        """The record, or None if it cannot be read."""
        try:
            return self[index]
        except (SourceError, ExampleError):
            return None

    def _record(self, index: int) -> R:
        raise NotImplementedError


class ListTable(Table[K]):
    """A table of records in memory, such as those of a text file that is parsed as a whole."""

    def __init__(self, file: str, records: Sequence[K], *, orphans: Iterable[InstrAugError] = ()) -> None:
        super().__init__(file, [record.key for record in records], orphans=orphans)
        self._records = records

    def _record(self, index: int) -> K:
        return self._records[index]


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
            return f"{_UNREADABLE_KEY}{index}"


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


def indices_of(ids: IdArray, wanted: IdArray) -> IdArray:
    """The first index of each of `wanted` in `ids`, or -1."""
    if not len(ids):
        return np.full(len(wanted), -1, np.int64)
    order = np.argsort(ids, kind="stable")
    indices = order[np.searchsorted(ids, wanted, sorter=order).clip(max=len(ids) - 1)]
    return np.where(ids[indices] == wanted, indices, -1)


def group_by_value(values: IdArray) -> Iterator[tuple[int, IdArray]]:
    """Each distinct value, ascending, with the indices at which it occurs."""
    order = np.argsort(values, kind="stable")
    distinct, starts = np.unique(values[order], return_index=True)
    yield from zip(distinct.tolist(), np.split(order, starts[1:]), strict=True)


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
