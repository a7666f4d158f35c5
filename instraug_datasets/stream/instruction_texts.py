"""The instructions of a pool, compiled for filling: whole batches at once, or one at a time.

A batch is filled without a Python loop over its rows. An instruction is a run of pieces, each a literal or a field, and
the runs of the chosen instructions are gathered by index, whatever mixture of tasks the batch holds.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ..errors import ExampleError
from ..records import FIELDS
from ..styles import OptionsStyle
from ..template_columns import NO_FIELD, iter_chunks, parse_column
from ..templates import Template, parse

__all__ = ["InstructionText", "InstructionTexts"]

_Numbers = npt.NDArray[np.int64]
_Codes = npt.NDArray[np.int32]
_LITERAL = 0
_OPTIONS = FIELDS.index("options")


class InstructionText(NamedTuple):
    """One instruction.

    Attributes:
        instruction_id: Its id in the pool.
        template: Its text.
    """

    instruction_id: str
    template: Template


class InstructionTexts:
    """All instructions of a pool, by row.

    Args:
        table: The pool's table.
        options_style: What it puts before the first option becomes part of the literal there.
    """

    def __init__(self, table: pa.Table, options_style: OptionsStyle) -> None:
        self.ids = table.column("instruction_id").combine_chunks()
        self._texts = table.column("text").combine_chunks()
        self._literals, self._codes, self._starts = _compiled(self._texts, options_style)
        # Which fields each instruction shows, as the bits of a number.
        bits = np.where(self._codes < 0, 1 << np.maximum(-1 - self._codes, 0), 0)
        self.fields = np.bitwise_or.reduceat(bits, self._starts[:-1])
        # Compiled when a single example first needs it: batches never do, and all of them weigh megabytes.
        self.one = cache(self._one)

    def _one(self, row: int) -> InstructionText:
        return InstructionText(self.ids[row].as_py(), parse(self._texts[row].as_py()))

    def filled(self, chosen: _Numbers, field_column: Callable[[str], pa.StringArray]) -> pa.StringArray:
        """The texts of instructions, one for each row, filled with the row's fields.

        Args:
            chosen: The instruction of each row.
            field_column: Gives a field of every row; null where there is nothing to show.

        Raises:
            ExampleError: A field that a row's instruction shows is null.
        """
        rows, codes, starts = self._runs(chosen)
        fields = int(np.bitwise_or.reduce(self.fields[chosen]))
        names = [name for i, name in enumerate(FIELDS) if fields >> i & 1]
        is_field = codes < 0
        literals = self._literals.take(pa.array(codes[~is_field]))
        # Where each field's column begins, by number of the field, behind the literals.
        begins = np.zeros(len(FIELDS), np.int64)
        begins[[FIELDS.index(name) for name in names]] = len(literals) + np.arange(len(names)) * len(chosen)
        places = np.cumsum(~is_field) - 1
        places[is_field] = begins[-1 - codes[is_field]] + rows[is_field]
        pieces = pa.concat_arrays([literals, *map(field_column, names)]).take(pa.array(places))
        if pieces.null_count:
            raise ExampleError(f"An instruction needs {' or '.join(names)}, which is null or missing.")
        return pc.binary_join(pa.ListArray.from_arrays(pa.array(starts, pa.int32()), pieces), "")

    def _runs(self, chosen: _Numbers) -> tuple[_Numbers, _Codes, _Numbers]:
        """The row and the code of every piece of the chosen instructions, and where the pieces of each row start."""
        firsts = self._starts[chosen]
        counts = self._starts[chosen + 1] - firsts
        starts = np.concatenate([[0], np.cumsum(counts)])
        rows = np.repeat(np.arange(len(chosen)), counts)
        return rows, self._codes[np.arange(starts[-1]) + (firsts - starts[:-1])[rows]], starts


def _compiled(texts: pa.StringArray, options_style: OptionsStyle) -> tuple[pa.StringArray, _Codes, _Codes]:
    """The distinct literals of all texts, the pieces of all texts, and where the pieces of each text start.

    A piece is the place of a literal, or `-1 - number of the field`. Literals of one pool repeat, and fewer of them
    stay in the processor's cache.
    """
    codes, counts, literals = [np.zeros(0, np.int32)], [np.zeros(1, np.int64)], [pa.array([], pa.string())]
    for chunk in iter_chunks(texts):
        parts, fields, starts = parse_column(chunk)
        is_before_options = pa.array(np.append(fields[1:], NO_FIELD) == _OPTIONS)
        parts = pc.if_else(is_before_options, pc.binary_join_element_wise(parts, options_style.before, ""), parts)
        is_literal = fields == NO_FIELD
        # Literals are left out where they are empty; an instruction has at least one piece.
        kept = ~is_literal | (pc.binary_length(parts).to_numpy() > 0)
        kept[starts[:-1]] |= np.diff(starts) == 1
        codes.append(np.where(is_literal, _LITERAL, -1 - fields.astype(np.int32))[kept])
        counts.append(np.add.reduceat(kept, starts[:-1], dtype=np.int64))
        literals.append(parts.filter(pa.array(kept & is_literal)))
    encoded = pa.concat_arrays(literals).dictionary_encode()
    numbers = np.concatenate(codes)
    numbers[numbers == _LITERAL] = encoded.indices.to_numpy()
    return encoded.dictionary, numbers, np.cumsum(np.concatenate(counts)).astype(np.int32)
