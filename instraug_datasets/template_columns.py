"""Parses whole columns of instruction texts with Arrow, so that a pool of a million needs no object for each.

What a text means is up to `templates.parse`; texts with escaped braces or errors go through it one by one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from .errors import InstrAugError
from .records import FIELDS
from .templates import parse

__all__ = ["NO_FIELD", "TemplateColumn", "field_bits", "iter_chunks", "parse_column"]

NO_FIELD = -1
_CHUNK = 1 << 13
"""The texts that are parsed at once; more would only take more memory."""
_PLAIN = r"\A[^{}]*(?:\{\w+\}[^{}]*)*\z"
_FIELDS = pa.array(FIELDS)


class TemplateColumn(NamedTuple):
    """Parsed texts, flat: of each, its literals and names by turns, beginning and ending with a literal.

    Attributes:
        parts: The literals with unescaped braces, and the names.
        fields: The number in `records.FIELDS` of a name; `NO_FIELD` for a literal.
        starts: The first part of every text, shape `(texts + 1,)`.
    """

    parts: pa.StringArray
    fields: npt.NDArray[np.int8]
    starts: npt.NDArray[np.int64]


def parse_column(texts: pa.StringArray) -> TemplateColumn:
    """Parse instruction texts; the same as `templates.parse` of each.

    Raises:
        TemplateError: Raised if a text is malformed.
        UnknownNameError: Raised if a placeholder is unknown.

    Example:
        >>> parse_column(pa.array(["{question} Answer:"])).parts.to_pylist()
        ['', 'question', ' Answer:']
    """
    lists = pc.split_pattern(pc.replace_substring(texts, "}", "{"), "{")
    odd = np.flatnonzero(~pc.match_substring_regex(texts, _PLAIN).to_numpy(zero_copy_only=False))
    if odd.size:
        rows = lists.to_pylist()
        for row in odd.tolist():
            try:
                rows[row] = _parts(texts[row].as_py())
            except InstrAugError:
                # The first text that is refused may be a plain one, with an unknown name.
                for text in texts.slice(0, row).to_pylist():
                    parse(text)
                raise
        lists = pa.array(rows, lists.type)
    starts = lists.offsets.to_numpy().astype(np.int64)
    parts = lists.values.slice(starts[0], starts[-1] - starts[0])
    starts -= starts[0]
    places = np.arange(len(parts)) - np.repeat(starts[:-1], np.diff(starts))
    names = np.flatnonzero(places & 1)
    found = pc.index_in(parts.take(pa.array(names)), value_set=_FIELDS)
    if found.null_count:
        unknown = names[found.is_null().index(True).as_py()]
        parse(texts[int(np.searchsorted(starts, unknown, side="right")) - 1].as_py())
    fields = np.full(len(parts), NO_FIELD, np.int8)
    fields[names] = found.to_numpy()
    return TemplateColumn(parts, fields, starts)


def _parts(text: str) -> list[str]:
    template = parse(text)
    parts = [template.literals[0]]
    for name, after in zip(template.names, template.literals[1:], strict=True):
        parts += (name, after)
    return parts


def field_bits(texts: pa.StringArray) -> npt.NDArray[np.int32]:
    """The fields that each text uses, as bits in the order of `records.FIELDS`.

    Example:
        >>> field_bits(pa.array(["{text} {question}", "Name it."])).tolist()
        [3, 0]
    """
    return np.concatenate([np.zeros(0, np.int32), *map(_bits_of, iter_chunks(texts))])


def _bits_of(texts: pa.StringArray) -> npt.NDArray[np.int32]:
    column = parse_column(texts)
    bits = np.where(column.fields == NO_FIELD, 0, np.left_shift(1, column.fields.clip(0), dtype=np.int32))
    found: npt.NDArray[np.int32] = np.bitwise_or.reduceat(bits, column.starts[:-1])
    return found


def iter_chunks(texts: pa.Array) -> Iterator[pa.Array]:
    """The parts of an array, each small enough to be turned into Python objects."""
    return (texts.slice(start, _CHUNK) for start in range(0, len(texts), _CHUNK))
