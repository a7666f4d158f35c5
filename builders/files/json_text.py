r"""Makes JSON readable that is valid except for its text: a byte order mark, or half of a surrogate pair.

Programs that cut texts by UTF-16 units write half of a character as an escape such as `\ud83d`. A parser that checks
escapes refuses the whole file for it, although one record is bad.
"""

from __future__ import annotations

import mmap
import re
from typing import TypeVar

import msgspec

__all__ = [
    "BYTE_ORDER_MARK",
    "DECODE_ERRORS",
    "UNREADABLE_ESCAPE",
    "decode_leniently",
    "spoil_lone_surrogates",
    "without_byte_order_mark",
]

T = TypeVar("T")

BYTE_ORDER_MARK = b"\xef\xbb\xbf"

DECODE_ERRORS = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What decoding raises; the last for JSON that is nested too deeply."""

UNREADABLE_ESCAPE = b"\xff" * 6
"""What stands for a lone surrogate: as long as its escape, and in no text."""

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


def decode_leniently(content: mmap.mmap | memoryview | bytes, decoder: msgspec.json.Decoder[T]) -> T:
    """Decode JSON in which a lone surrogate only spoils the text that has it.

    Raises:
        msgspec.DecodeError: Raised if the content is not JSON, or not of the decoder's type.
    """
    try:
        return decoder.decode(content)
    except msgspec.DecodeError as error:
        if isinstance(error, msgspec.ValidationError) or not _may_be_surrogate(error, content):
            raise
        # One bad text is no reason to refuse a file; the record that has it raises when it is read.
        return decoder.decode(spoil_lone_surrogates(content))


def _may_be_surrogate(error: msgspec.DecodeError, content: mmap.mmap | memoryview | bytes) -> bool:
    message = str(error)
    if "surrogate" in message or "escape" in message:
        return True
    # The parser expects the other half, for which there is no room at the end.
    return "truncated" in message and b"\\u" in bytes(content[-2 * len(UNREADABLE_ESCAPE) :])
