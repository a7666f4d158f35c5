"""A blind reading: the sheet, and what is read back from it."""

import csv
import io

import pytest

from instraug_datasets import InstructionPool
from instraug_datasets.errors import PoolError, UnknownNameError
from instraug_datasets.evaluation.review import Rate, read_sheet, review_rates, review_sheet
from instraug_datasets.pool import Instruction

META = Instruction(task="match", text="Pick one.\n\n{options}")
VARIANTS = [
    Instruction(task="match", text="Do they agree?\n\n{options}", origin=META.instruction_id, label_pairs=("yes_no",)),
    Instruction(
        task="match", text="True or false?\n\n{options}", origin=META.instruction_id, label_pairs=("true_false",)
    ),
    Instruction(task="match", text="Your choice?\n{options}", origin=META.instruction_id),
    Instruction(task="other", text="Say something.", origin="other/x"),
]
POOL = InstructionPool.from_instructions([META, *VARIANTS])
ROWS = {
    "match": [
        {"unique_id": f"m/{i}", "task": "match", "options": options, "target": options[0]}
        for i, options in enumerate([["yes", "no"], ["no", "yes"]])
    ],
}


def sheet(**settings):
    """Return the rows of a sheet."""
    return list(csv.DictReader(io.StringIO(review_sheet(POOL, lambda task: ROWS.get(task, []), **settings))))


def test_a_sheet_shows_prompts_and_answers():
    """Each sampled variant is rendered on an example that it fits; others, meta instructions too, are left out."""
    rows = sheet()
    assert {row["instruction_id"] for row in rows} == {VARIANTS[0].instruction_id, VARIANTS[2].instruction_id}
    assert [row["number"] for row in rows] == ["1", "2"]
    for row in rows:
        assert "[Options]: " in row["prompt"]
        assert row["answer"] in ("yes", "no")
        assert (row["grade"], row["note"]) == ("", "")


def test_a_sample_depends_on_the_seed_alone():
    """The same seed gives the same sheet; `sample` limits it."""
    assert sheet(seed=1) == sheet(seed=1)
    assert len(sheet(sample=1)) == 1
    assert len({tuple(row["instruction_id"] for row in sheet(seed=seed)) for seed in range(8)}) > 1


def graded(*grades):
    """Return a sheet with these grades."""
    return "number,grade,instruction_id\n" + "".join(f"{i},{grade},match/x\n" for i, grade in enumerate(grades))


def test_grades_become_rates_with_intervals():
    """Grades may be shortened; rows without one do not count. The interval is Wilson's."""
    rates = dict(review_rates(read_sheet(graded("good", "G", "stiff", "bad", "", "good"))))
    assert [(grade, rate.given, rate.total) for grade, rate in rates.items()] == [
        ("good", 3, 5),
        ("stiff", 1, 5),
        ("bad", 1, 5),
    ]
    # Wilson (1927), 4 of 200 at 95 %.
    rate = Rate.of(4, 200)
    assert (round(rate.low, 4), round(rate.high, 4)) == (0.0078, 0.0503)
    assert Rate.of(0, 10).low == 0


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("", PoolError, "grade"),
        ("a,b\n1,2\n", PoolError, "grade, instruction_id"),
        (graded("", ""), PoolError, "no grades yet"),
        (graded("god"), UnknownNameError, "good"),
    ],
)
def test_a_sheet_that_is_none_is_refused(text, error, message):
    """Missing columns, no grades and unknown grades are named."""
    with pytest.raises(error, match=message):
        read_sheet(text)
