"""Reads large JSON arrays and JSON Lines files part by part, in constant memory.

Of an array, only the place of every block is kept, a part of its text that is a whole number of elements. The parser
confirms that: between brackets, a text that starts with an element is an array only if it ends with one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple, overload

import msgspec

from instraug_datasets.lazy_numpy import np

from .json_tables import read_json, require_file
from .json_text import BYTE_ORDER_MARK, DECODE_ERRORS, decode_leniently
from .memory_map import ByteReader, map_file
from .root import DataRoot

__all__ = [
    "BLOCK_SIZE",
    "JsonBlocks",
    "Line",
    "count_elements",
    "iter_lines",
    "open_reader",
    "read_first_blocks",
    "read_json_blocks",
]

BLOCK_SIZE = 1 << 18
_GROWTH = 4
_MAX_CUTS = 64
"""The places at which a block may end that are tried before more text is read."""

_MIN_HEADS = 2
"""A file is large if it is more than this many times as long as its first blocks."""

_SPACE = b" \t\r\n"
_MAX_SPACE = 64
_FIRST_KEY = re.compile(rb'\{\s*"[^"\\]*"')
_RAWS = msgspec.json.Decoder(list[msgspec.Raw])


class Line(NamedTuple):
    """A line of a file, with the positions of its first byte and of the byte after its last."""

    start: int
    stop: int
    text: bytes


class JsonBlocks(Sequence[msgspec.Raw]):
    """The elements of a JSON array as JSON; those of one block at a time are in memory.

    Args:
        starts: The position of the first byte of each block.
        stops: The position after the last byte of each block.
        counts: The number of elements of each block.
    """

    def __init__(self, reader: ByteReader, starts: Sequence[int], stops: Sequence[int], counts: Sequence[int]) -> None:
        self._reader, self._starts, self._stops = reader, starts, stops
        self._firsts = np.cumsum([0, *counts])
        self._last: tuple[int, list[msgspec.Raw]] | None = None

    def __len__(self) -> int:
        return int(self._firsts[-1])

    @overload
    def __getitem__(self, index: int) -> msgspec.Raw: ...
    @overload
    def __getitem__(self, index: slice) -> list[msgspec.Raw]: ...
    def __getitem__(self, index: int | slice) -> msgspec.Raw | list[msgspec.Raw]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        if not 0 <= index < len(self):
            raise IndexError(index)
        block = int(np.searchsorted(self._firsts, index, side="right")) - 1
        return self._elements(block)[index - int(self._firsts[block])]

    def __iter__(self) -> Iterator[msgspec.Raw]:
        return chain.from_iterable(map(self._elements, range(len(self._starts))))

    def _elements(self, block: int) -> list[msgspec.Raw]:
        # Elements are mostly read in order. A tuple, because another thread may read another block meanwhile.
        last = self._last
        if last is None or last[0] != block:
            text = self._reader.read(self._starts[block], self._stops[block])
            self._last = last = block, decode_leniently(b"[" + text + b"]", _RAWS)
        return last[1]


def open_reader(root: DataRoot, file: str) -> ByteReader:
    """A reader of a declared file.

    Raises:
        MissingFilesError: Raised if the file is missing.
    """
    return ByteReader(map_file(require_file(root, file)))


def count_elements(text: bytes) -> int | None:
    """The number of elements of an array; None if the text is not an array."""
    try:
        return len(decode_leniently(text, _RAWS))
    except DECODE_ERRORS:
        return None


def read_json_blocks(
    root: DataRoot, file: str, *, count: Callable[[bytes], int | None] = count_elements
) -> Sequence[msgspec.Raw]:
    """The elements of a file that is one JSON array, as `read_json` gives them, but in constant memory.

    Args:
        count: Like `count_elements`; called with possible blocks, and so with every block once if it counts them.

    Raises:
        MissingFilesError: Raised if the file is missing.
        SourceError: Raised if the file is not a JSON array.
    """
    reader = open_reader(root, file)
    try:
        starts, stops, counts = zip(*_iter_blocks(reader, count), strict=True)
    except _NotInBlocksError:
        # Not an array of objects, or not JSON: the whole file tells.
        return read_json(root, file, kind=list[msgspec.Raw])
    return JsonBlocks(reader, starts, stops, counts)


def read_first_blocks(
    root: DataRoot, file: str, *, size: int, count: Callable[[bytes], int | None] = count_elements
) -> JsonBlocks | None:
    """The first elements of a large local file, from about `size` bytes.

    Args:
        count: As in `read_json_blocks`.

    Returns:
        The elements; None if the file is remote or small, or if `read_json_blocks` has to tell what it is, as after a
        download that ended too early.

    Raises:
        MissingFilesError: Raised if the file is missing.
    """
    if not require_file(root, file).local:
        return None  # it is copied as a whole, before anything of it is read
    reader = open_reader(root, file)
    if len(reader) <= _MIN_HEADS * size or not _ends_with_bracket(reader):
        return None
    blocks = []
    try:
        for block in _iter_blocks(reader, count):
            blocks.append(block)
            if block[1] >= size:
                break
    except _NotInBlocksError:
        return None
    return JsonBlocks(reader, *zip(*blocks, strict=True))


def _ends_with_bracket(reader: ByteReader) -> bool:
    return reader.read(len(reader) - _MAX_SPACE, len(reader)).rstrip(_SPACE).endswith(b"]")


def iter_lines(reader: ByteReader) -> Iterator[Line]:
    """The lines of a JSON Lines file that are not blank."""
    start, size = _after_mark(reader), BLOCK_SIZE
    while start < len(reader):
        text = reader.read(start, start + size)
        is_last = start + len(text) == len(reader)
        # Between a carriage return and its line feed there is a blank line, which counts for nothing.
        stop = len(text) if is_last else 1 + max(text.rfind(b"\n"), text.rfind(b"\r"))
        yield from _lines(text[:stop], start)
        start, size = start + stop, BLOCK_SIZE if stop else size * _GROWTH


def _lines(text: bytes, start: int) -> Iterator[Line]:
    for line in text.splitlines(keepends=True):
        content = line.rstrip(b"\r\n")
        if content.strip():
            yield Line(start, start + len(content), content)
        start += len(line)


class _NotInBlocksError(Exception):
    """The file cannot be cut into blocks."""


def _iter_blocks(reader: ByteReader, count: Callable[[bytes], int | None]) -> Iterator[tuple[int, int, int]]:
    """The start, stop and number of elements of every block.

    Raises:
        _NotInBlocksError: Raised if the file cannot be cut into blocks.
    """
    start, size = _after_bracket(reader), BLOCK_SIZE
    key = _first_key(reader.read(start, start + size))
    while start + size < len(reader):
        text = reader.read(start, start + size)
        for stop, following in _cuts(text, key):
            found = count(b"[" + text[:stop] + b"]")
            if found is not None:
                yield start, start + stop, found
                start, size = start + following, BLOCK_SIZE
                break
        else:
            size *= _GROWTH
    text = reader.read(start, len(reader)).rstrip(_SPACE)
    found = count(b"[" + text)
    if found is None:
        raise _NotInBlocksError
    yield start, start + len(text) - 1, found


def _cuts(text: bytes, key: bytes) -> Iterator[tuple[int, int]]:
    """The places where one object may end and another starts, the last one first."""
    following, tried = text.rfind(key), 0
    while following > 0 and tried < _MAX_CUTS:
        before = text[max(following - _MAX_SPACE, 0) : following].rstrip(_SPACE)
        if before.endswith(b","):
            tried += 1
            yield max(following - _MAX_SPACE, 0) + len(before) - 1, following
        following = text.rfind(key, 0, following)


def _first_key(text: bytes) -> bytes:
    """How the first object starts; most others start in the same way."""
    found = _FIRST_KEY.match(text.lstrip(_SPACE))
    return found[0] if found else b"{"


def _after_bracket(reader: ByteReader) -> int:
    start = _after_mark(reader)
    text = reader.read(start, start + BLOCK_SIZE)
    if not text.lstrip(_SPACE).startswith(b"["):
        raise _NotInBlocksError
    return start + text.index(b"[") + 1


def _after_mark(reader: ByteReader) -> int:
    return len(BYTE_ORDER_MARK) if reader.read(0, len(BYTE_ORDER_MARK)) == BYTE_ORDER_MARK else 0
