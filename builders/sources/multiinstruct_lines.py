"""The lines of a file of processed instances by task: positions and hashes in memory, texts read when they are used."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, overload

import msgspec

from instraug_datasets.hashing import Words, hash_text
from instraug_datasets.lazy_numpy import np

from ..files.json_blocks import iter_lines, open_reader
from ..files.memory_map import ByteReader
from ..files.root import DataRoot
from ..files.tables import IdArray

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["IndexedLines", "LineColumns", "TaskLines", "index_lines"]


class _Head(msgspec.Struct):
    unique_id: str
    task_name: str


class _Id(msgspec.Struct):
    unique_id: str


class _Task(msgspec.Struct):
    task_name: str


_decode_head = msgspec.json.Decoder(_Head).decode
_decode_id = msgspec.json.Decoder(_Id).decode
_decode_task = msgspec.json.Decoder(_Task).decode
_ERRORS = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class LineColumns(NamedTuple):
    """Lines as columns, one entry each.

    Attributes:
        numbers: The number of the line among those that are not blank.
        starts: The position of its first byte.
        stops: The position after its last byte.
        hashes: The hash of its content.
        readable: Whether it has a `unique_id`.
    """

    numbers: IdArray
    starts: IdArray
    stops: IdArray
    hashes: Words
    readable: npt.NDArray[np.int8]


class IndexedLines:
    """The lines of a file by task, of which only positions and hashes are in memory."""

    def __init__(self, reader: ByteReader) -> None:
        self._columns: dict[str | None, tuple[array[int], ...]] = {}
        for number, line in enumerate(iter_lines(reader)):
            task, name = _task_and_name(line.text)
            row = number, line.start, line.stop, hash_text(line.text.decode(errors="replace")), name is not None
            columns = self._columns.setdefault(task, tuple(map(array, "qqqQb")))
            for column, value in zip(columns, row, strict=True):
                column.append(value)

    def of(self, task: str) -> LineColumns:
        """The lines of a task, followed by those of no task."""
        found = [self._columns[name] for name in (task, None) if name in self._columns]
        columns = zip(*found, strict=True) if found else ((array(kind),) for kind in "qqqQb")
        return LineColumns(*(np.concatenate(column) for column in columns))


class TaskLines(Sequence[bytes]):
    """The lines of one task, read when they are used."""

    def __init__(self, reader: ByteReader, columns: LineColumns) -> None:
        self._reader, self._columns = reader, columns
        self._counters = _count_repeated(columns.hashes)

    @property
    def numbers(self) -> IdArray:
        """The numbers of the lines in the file."""
        return self._columns.numbers

    @property
    def readable(self) -> npt.NDArray[np.bool_]:
        """Whether each line has a `unique_id`."""
        return self._columns.readable.astype(bool)

    def key(self, index: int) -> str:
        """A unique key: the line's id and the hash of its content, with a counter if its content is repeated."""
        _, name = _task_and_name(self[index])
        key = f"{'unreadable' if name is None else name}-{int(self._columns.hashes[index]):016x}"
        return f"{key}-{self._counters[index]}" if index in self._counters else key

    def __len__(self) -> int:
        return len(self._columns.numbers)

    @overload
    def __getitem__(self, index: int) -> bytes: ...
    @overload
    def __getitem__(self, index: slice) -> list[bytes]: ...
    def __getitem__(self, index: int | slice) -> bytes | list[bytes]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        return self._reader.read(int(self._columns.starts[index]), int(self._columns.stops[index]))


@lru_cache(maxsize=2)
def index_lines(root: DataRoot, file: str, stamp: str) -> IndexedLines:
    """The lines of a file, cached until the file changes, because it holds all tasks."""
    return IndexedLines(open_reader(root, file))


def _task_and_name(line: bytes) -> tuple[str | None, str | None]:
    """The task and the `unique_id` of a line; None for what cannot be read."""
    try:
        head = _decode_head(line)
        return head.task_name, head.unique_id
    except _ERRORS:
        pass
    return _or_none(lambda: _decode_task(line).task_name), _or_none(lambda: _decode_id(line).unique_id)


def _or_none(read: Callable[[], str]) -> str | None:
    try:
        return read()
    except _ERRORS:
        return None


def _count_repeated(hashes: Words) -> dict[int, int]:
    """By index of a line whose content occurred before: which occurrence it is, from 2."""
    order = np.argsort(hashes, kind="stable")
    ordered, counters = hashes[order], dict[int, int]()
    for place in (np.flatnonzero(ordered[1:] == ordered[:-1]) + 1).tolist():
        counters[int(order[place])] = counters.get(int(order[place - 1]), 1) + 1
    return counters
