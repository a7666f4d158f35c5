"""A blind reading of a pool: a sheet of rendered instructions in random order to grade by hand, and its rates.

The sheet is a CSV file, for a spreadsheet or an editor. Who reads it sees a prompt and its answer, and writes `good`,
`stiff` (understandable, but nobody would put it so) or `bad` (wrong, unclear, or the answer does not follow) under
`grade`.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from statistics import NormalDist
from typing import Any, NamedTuple

from ..errors import ExampleError, PoolError, UnknownNameError
from ..hashing import fold
from ..instructions import Instruction
from ..pool import InstructionPool
from ..stream import InstructionAugmenter

__all__ = ["GRADES", "Rate", "read_sheet", "review_rates", "review_sheet"]

GRADES = ("good", "stiff", "bad")
_COLUMNS = ("number", "task", "prompt", "answer", "grade", "note", "instruction_id")

Examples = Callable[[str], Iterable[Mapping[str, Any]]]


class Rate(NamedTuple):
    """How often a grade was given.

    Attributes:
        given, total: How many of how many.
        low, high: The Wilson score interval at 95 %, 0 to 1.
    """

    given: int
    total: int
    low: float
    high: float

    @classmethod
    def of(cls, count: int, total: int) -> Rate:
        """The rate of `count` in `total`."""
        z = NormalDist().inv_cdf(0.975)
        center = (count + z * z / 2) / (total + z * z)
        spread = z * (count * (total - count) / total + z * z / 4) ** 0.5 / (total + z * z)
        return cls(count, total, max(0.0, center - spread), min(1.0, center + spread))


def review_sheet(pool: InstructionPool, examples: Examples, *, sample: int = 200, seed: int = 0) -> str:
    """Render a random sample of a pool's instructions, each on an example that it fits.

    Meta instructions of a pool that has variants are not sampled; neither are instructions of tasks without examples.

    Args:
        examples: Gives the examples of a task; an empty iterable if there are none.
        sample: Number of instructions at most.
        seed: Determines the sample and its order.

    Returns:
        The sheet as CSV with the columns number, task, prompt, answer, grade, note and instruction_id.

    Example:
        >>> sheet = review_sheet(InstructionPool.load("multiinstruct"), lambda task: rows[task], sample=50)
    """
    listed = [each for instructions in pool.values() for each in instructions]
    variants = [each for each in listed if each.origin is not None] or listed
    ordered = sorted(variants, key=lambda each: fold("review", seed, each.instruction_id))
    sink = io.StringIO(newline="")
    writer = csv.DictWriter(sink, _COLUMNS, lineterminator="\n")
    writer.writeheader()
    known: dict[str, list[Mapping[str, Any]]] = {}
    written = 0
    for each in ordered:
        if written == sample:
            break
        if each.task not in known:
            known[each.task] = list(examples(each.task))
        row = _rendered(each, known[each.task], seed)
        if row is not None:
            written += 1
            writer.writerow({"number": written, **row})
    return sink.getvalue()


def _rendered(each: Instruction, examples: Sequence[Mapping[str, Any]], seed: int) -> dict[str, str] | None:
    """The instruction on the first example that it fits, in an order of its own; None if it fits none."""
    alone = InstructionAugmenter(InstructionPool.from_instructions([each]), seed=seed)
    for example in sorted(examples, key=lambda row: fold("review", each.instruction_id, row["unique_id"])):
        try:
            prompt = alone(example)["prompt"]
        except ExampleError:
            continue
        return {
            "task": each.task,
            "prompt": prompt,
            "answer": str(example.get("target") or ""),
            "instruction_id": each.instruction_id,
        }
    return None


def read_sheet(text: str, *, place: str = "the sheet") -> list[dict[str, str]]:
    """Read a graded sheet; rows without a grade are left out.

    Raises:
        PoolError: Raised if a column is missing, or no row has a grade.
        UnknownNameError: Raised if a grade is unknown.
    """
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))
    missing = [name for name in ("grade", "instruction_id") if not rows or name not in rows[0]]
    if missing:
        raise PoolError(f"{place} lacks the columns {', '.join(missing)}; expected {', '.join(_COLUMNS)}.")
    graded = [row for row in rows if (row["grade"] or "").strip()]
    if not graded:
        raise PoolError(f"{place} has no grades yet; write {', '.join(GRADES)} in the column 'grade'.")
    return [{**row, "grade": _grade(row["grade"])} for row in graded]


def _grade(text: str) -> str:
    found = [grade for grade in GRADES if grade.startswith(text.strip().lower())]
    if len(found) != 1:
        raise UnknownNameError("grade", text, GRADES)
    return found[0]


def review_rates(rows: Sequence[Mapping[str, str]]) -> Iterator[tuple[str, Rate]]:
    """Yield the rate of every grade in rows of `read_sheet`.

    Example:
        >>> {grade: f"{rate.given / rate.total:.1%}" for grade, rate in review_rates(read_sheet(text))}
    """
    counts = Counter(row["grade"] for row in rows)
    return ((grade, Rate.of(counts[grade], len(rows))) for grade in GRADES)
