"""Axes of style: what is read off a text, and the selection of instructions by styles."""

import numpy as np
import pytest

from instraug_datasets import InstructionPool
from instraug_datasets.axes import AXES, axis_value, checked_styles, field_order, select, style_counts
from instraug_datasets.errors import PoolError, SettingError, UnknownNameError
from instraug_datasets.pool import Instruction
from instraug_datasets.templates import parse

META = Instruction(task="vqa", text="Answer the question about the picture: {question}")
WRITTEN = [
    Instruction(task="vqa", text="Q: {question}\nA:", origin=META.instruction_id, form="completion", register="terse"),
    Instruction(task="vqa", text="What would you say? {question}", origin=META.instruction_id, form="question"),
    Instruction(task="vqa", text="{options}\n\n{question}", origin=META.instruction_id, form="bare"),
]
POOL = InstructionPool.from_instructions([META, *WRITTEN])


@pytest.mark.parametrize(
    ("axis", "text", "expected"),
    [
        ("length", "Caption:", "short"),
        ("length", "{question} {options}", "short"),
        ("length", "one two three four five six", "medium"),
        ("length", "word " * 15 + "{question}", "medium"),
        ("length", "word " * 39, "long"),
        ("length", "word " * 40, "very_long"),
        ("labels", "Describe the image: briefly.", "none"),
        ("labels", "Q: {question}\nA:", "question_answer"),
        ("labels", "Reply soon.\n\nQuestion: {question}", "question_answer"),
        ("labels", "Boxes in the image: {region}", "named"),
        ("labels", "Choices:\n{options}", "named"),
        ("labels", "**Question**\n{question}", "markdown"),
        ("labels", "## Task\nReply.", "markdown"),
        ("options_place", "{question}", "none"),
        ("options_place", "{options}\n\n{question}", "first"),
        ("options_place", "{options}", "last"),
        ("options_place", "{options}\n\nReply with one.", "first"),
        ("options_place", "{question}\n{options}", "last"),
        ("options_place", "Choose one of these: {options}", "last"),
        ("options_place", "Choose.\n{options}\n{question}", "first"),
        ("options_place", "Choose.\n{options}\nReply with one.", "middle"),
        ("options_place", "{question}\n{options}\nReply with one.", "middle"),
    ],
)
def test_what_is_read_off_a_text(axis, text, expected):
    """Length, labels and the place of the options follow from the text alone."""
    assert axis_value(Instruction(task="t", text=text), axis) == expected
    assert expected in AXES[axis]


def test_the_order_of_fields_is_that_of_the_text():
    """Fields are listed as they stand."""
    assert field_order(parse("{options} {question}")) == "options question"


def test_styles_select_instructions():
    """Only instructions with one of the values on every axis are left."""
    assert {each.text for each in select(POOL, {"form": ["question", "bare"]})["vqa"]} == {
        WRITTEN[1].text,
        WRITTEN[2].text,
    }
    assert [each.text for each in select(POOL, {"form": "completion", "labels": "question_answer"})["vqa"]] == [
        WRITTEN[0].text
    ]
    assert [each.text for each in select(POOL, {"length": "medium"})["vqa"]] == [META.text]


@pytest.mark.parametrize(
    ("styles", "error", "message"),
    [
        ({"forms": "question"}, UnknownNameError, "form"),
        ({"form": "questoin"}, UnknownNameError, "question"),
        ({"form": []}, SettingError, "form"),
        ({"form": None}, SettingError, "None"),
        ({"form": np.array([])}, SettingError, "form"),
        ({"form": np.array(["question", "questoin"])}, UnknownNameError, "questoin"),
        ({}, SettingError, "axes"),
        ("question", SettingError, "'question'"),
        ({"form": "role"}, PoolError, "role"),
    ],
)
def test_wrong_styles_are_refused(styles, error, message):
    """Unknown axes and values come with near matches; a selection of nothing is an error."""
    with pytest.raises(error, match=message):
        select(POOL, styles)


def test_equal_selections_have_one_form():
    """Order and repeats of axes and values do not matter, so that recipes and fingerprints are the same."""
    one = checked_styles({"length": ["short", "medium", "short"], "form": "question"})
    other = checked_styles({"form": ["question"], "length": ("medium", "short")})
    assert list(one.items()) == list(other.items())


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("form", "poem"),
        ("register", "rude"),
        ("answer_form", "song"),
        ("label_pairs", ("maybe",)),
        ("absent_fields", ("contxt",)),
    ],
)
def test_unknown_styles_are_refused_in_instructions_and_tables(column, value):
    """A pool has only declared values of an axis, whether it comes from instructions or from a table."""
    with pytest.raises(UnknownNameError, match=column):
        Instruction(task="vqa", text="{question}", **{column: value})
    table = POOL.to_table().to_pylist()
    table[1][column] = list(value) if isinstance(value, tuple) else value
    with pytest.raises(PoolError, match=f"row 1: Unknown {column}"):
        InstructionPool(InstructionPool.from_instructions([META]).to_table().from_pylist(table, POOL.to_table().schema))


def test_styles_are_counted_by_axis():
    """Every declared value is counted, unstated ones nowhere."""
    listed = [Instruction(task="t", text="Caption:"), Instruction(task="t", text="What is it?", form="question")]
    counts = style_counts(listed)
    assert counts["length"] == {"short": 2, "medium": 0, "long": 0, "very_long": 0}
    assert counts["form"]["question"] == 1
    assert sum(counts["form"].values()) == 1
