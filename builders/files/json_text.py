r"""Makes JSON readable that is valid except in some of its records: half a surrogate pair, NaN, or deep nesting.

Programs that cut texts by UTF-16 units write half of a character as an escape such as `\ud83d`. A parser that checks
escapes refuses the whole file for it, although one record is bad. So does one for the `NaN` that Python's `json` writes
by default, or for a value that is nested more deeply than it can follow. A byte order mark is passed over.
"""

from __future__ import annotations

import mmap
import re
from collections.abc import Callable
from typing import TypeVar

import msgspec

__all__ = [
    "BYTE_ORDER_MARK",
    "DECODE_ERRORS",
    "UNREADABLE_ESCAPE",
    "UNREADABLE_VALUE",
    "decode_leniently",
    "spoil_deep_values",
    "spoil_lone_surrogates",
    "spoil_numbers",
    "without_byte_order_mark",
]

T = TypeVar("T")

BYTE_ORDER_MARK = b"\xef\xbb\xbf"

DECODE_ERRORS = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What decoding raises; the last for JSON that is nested too deeply."""

UNREADABLE_ESCAPE = b"\xff" * 6
"""What stands for a lone surrogate: as long as its escape, and in no text."""

UNREADABLE_VALUE = b'"\xff\xff\xff"'
"""What stands for a value that JSON does not have: a text that is none, so that no field of a record accepts it."""

_MAX_DEPTH = 100
# A string without an end takes the rest, or every quote in it would be tried.
_STRING = rb'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\Z)'
_NUMBER = re.compile(_STRING + rb"|(-?(?:NaN|Infinity)\b)", re.DOTALL)
_NESTING = re.compile(_STRING + rb"|([\[{])|([\]}])", re.DOTALL)

_PAIR = rb"u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_LONE = rb"u[dD][89a-fA-F][0-9a-fA-F]{2}"
_ESCAPE = re.compile(rb"\\(?:" + _PAIR + rb"|(" + _LONE + rb")|.)", re.DOTALL)


def without_byte_order_mark(content: mmap.mmap | bytes) -> mmap.mmap | memoryview | bytes:
    """The content after a byte order mark, which is not copied."""
    return memoryview(content)[3:] if content[:3] == BYTE_ORDER_MARK else content


def spoil_lone_surrogates(content: mmap.mmap | memoryview | bytes) -> bytes:
    r"""A copy in which no lone surrogate is an escape, so that only the texts that have one cannot be read.

    Example:
        spoil_lone_surrogates(rb'["a\ud83d", "b"]')  # b'["a' + 6 * b"\xff" + b'", "b"]'
    """
    return _ESCAPE.sub(lambda found: UNREADABLE_ESCAPE if found[1] else found[0], content)


def spoil_numbers(content: mmap.mmap | memoryview | bytes) -> bytes:
    r"""A copy in which no number is `NaN` or `Infinity`, so that only the values that are cannot be read.

    Example:
        spoil_numbers(b'["NaN", NaN]')  # b'["NaN", "' + 3 * b"\xff" + b'"]'
    """
    return _NUMBER.sub(lambda found: UNREADABLE_VALUE if found[1] else found[0], content)


def spoil_deep_values(content: mmap.mmap | memoryview | bytes) -> bytes:
    """A copy without the arrays and objects more than 100 levels deep, so that only their records cannot be read."""
    kept, depth, end = list[bytes](), 0, 0
    for found in _NESTING.finditer(content):
        if found[1]:
            depth += 1
            if depth == _MAX_DEPTH + 1:
                kept += (bytes(content[end : found.start()]), UNREADABLE_VALUE)
        elif found[2]:
            if depth == _MAX_DEPTH + 1:
                end = found.end()
            depth -= 1
    return b"".join([*kept, bytes(content[end:]) if depth <= _MAX_DEPTH else b""])


def decode_leniently(content: mmap.mmap | memoryview | bytes, decoder: msgspec.json.Decoder[T]) -> T:
    """Decode JSON in which a lone surrogate, `NaN` or deep nesting only spoils the record that has it.

    Raises:
        msgspec.DecodeError: Raised if the content is not JSON, or not of the decoder's type.
        RecursionError: Raised if the content is nested too deeply and not JSON.
    """
    # One bad value is no reason to refuse a file; the record that has it raises when it is read. At most one of each
    # kind of mend is tried, as an error tells only of the first bad value.
    mends = [spoil_lone_surrogates, spoil_numbers, spoil_deep_values]
    while True:
        try:
            return decoder.decode(content)
        except DECODE_ERRORS as error:
            mend = next((each for each in mends if _may_help(each, error, content)), None)
            if mend is None:
                raise
        mends.remove(mend)
        content = mend(content)


def _may_help(mend: Callable[..., bytes], error: Exception, content: mmap.mmap | memoryview | bytes) -> bool:
    if isinstance(error, RecursionError):
        return mend is spoil_deep_values
    if isinstance(error, msgspec.ValidationError) or not isinstance(error, msgspec.DecodeError):
        return False
    if mend is spoil_numbers:
        return "invalid character" in str(error) and re.search(rb"NaN|Infinity", content) is not None
    return mend is spoil_lone_surrogates and _may_be_surrogate(error, content)


def _may_be_surrogate(error: msgspec.DecodeError, content: mmap.mmap | memoryview | bytes) -> bool:
    message = str(error)
    if "surrogate" in message or "escape" in message:
        return True
    # The parser expects the other half, for which there is no room at the end.
    return "truncated" in message and b"\\u" in bytes(content[-2 * len(UNREADABLE_ESCAPE) :])
