"""Makes JSON files readable of which one record, or only the first bytes, are not JSON.

Python's `json.dump` writes text with half of a UTF-16 surrogate pair as an escape that is not valid JSON, and some
editors begin a file with a byte order mark. Neither should cost the other records.
"""

from __future__ import annotations

import re
from mmap import mmap

from .memory_map import map_file
from .root import Location

__all__ = ["BYTE_ORDER_MARK", "is_lone_surrogate", "mark_lone_surrogates", "without_mark"]

BYTE_ORDER_MARK = b"\xef\xbb\xbf"

_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?P<lone>u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)
_MARK = b"\xff" * len(rb"\ud800")
"""Takes the place of a lone surrogate: no UTF-8, so that it fails where the text is used, and only there."""


def without_mark(content: mmap | bytes) -> mmap | bytes | memoryview:
    """The content of a file after its byte order mark, if it has one; nothing is copied."""
    return (
        memoryview(content)[len(BYTE_ORDER_MARK) :] if content[: len(BYTE_ORDER_MARK)] == BYTE_ORDER_MARK else content
    )


def mark_lone_surrogates(location: Location) -> mmap | bytes:
    """The content of a file in which lone surrogates are marked; only the changed pages are held in memory."""
    content = map_file(location, writable=True)
    if isinstance(content, bytes):
        return content
    # Positions first: a mapping cannot be changed while a search holds it.
    for start in [match.start() for match in _ESCAPE.finditer(content) if match["lone"]]:
        content[start : start + len(_MARK)] = _MARK
    return content


def is_lone_surrogate(error: Exception) -> bool:
    """Whether an error of `msgspec` is due to a lone surrogate, marked or not."""
    if isinstance(error, UnicodeDecodeError):
        return _MARK in error.object
    return "surrogate" in str(error) or "hex escape" in str(error)
