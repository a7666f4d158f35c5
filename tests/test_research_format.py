"""The research format, with rows in our own words."""

import csv
import io
import re
from pathlib import Path

import pytest

from instraug_datasets.errors import PoolError
from instraug_datasets.records import FIELDS
from instraug_datasets.research_format import (
    EXPRESSIONS,
    ResearchPool,
    ResearchRow,
    parse_research_tsv,
    read_research_tsv,
)
from instraug_datasets.templates import parse

HEADER = ("task_name", "instructions", "origin", "length", "is_preserved")
OPTIONS = "{options_token} {split_token.join(options)}"


def tsv(*rows, header=HEADER):
    """Write a file like pandas: cells with tabs, quotes or line breaks are quoted."""
    file = io.StringIO(newline="")
    csv.writer(file, delimiter="\t", lineterminator="\n").writerows([header, *rows])
    return io.StringIO(file.getvalue(), newline="")


def only_text(instruction):
    (row,) = parse_research_tsv(tsv(("t", instruction, -1, 1, True))).rows
    return row.text


def test_rows_keep_task_text_and_the_meta_instruction_they_come_from():
    """Variants of any depth have their meta instruction as origin; rejected rows are counted."""
    pool = parse_research_tsv(
        tsv(
            ("GC", "Say what is inside {region_split_token.join(region)}.", -1, 5, True),
            ("VG", "Where is {text}?", -1, 3, True),
            ("VG", "Locate {text}.", 1, 2, True),
            ("VG", "Locate it.", 1, 2, False),
            ("VG", "Give the place of {text}.", "2.0", 5, True),
        )
    )
    assert pool == ResearchPool(
        rows=(
            ResearchRow("GC", "Say what is inside {region}.", None),
            ResearchRow("VG", "Where is {text}?", None),
            ResearchRow("VG", "Locate {text}.", "Where is {text}?"),
            ResearchRow("VG", "Give the place of {text}.", "Where is {text}?"),
        ),
        dropped=1,
    )


@pytest.mark.parametrize(
    ("instruction", "text"),
    [
        (f"Pick one.{OPTIONS}", "Pick one.\n\n{options}"),
        ("Pick one.{options_token} {split_token. join(options)}", "Pick one.\n\n{options}"),
        ("Pick one.{options_str}", "Pick one.\n\n{options}"),
        (
            "{question}{options_token}\n\nChoose from {split_token.join(options)}.",
            "{question}\n\nChoose from {options}.",
        ),
        ("Find the {meta_data['relation']} of {region[0]}.", "Find the {text} of {region}."),
        ('Goal: {meta_data["method"]}', "Goal: {question}"),
        ("{' '.join(dial_history)} Now: {question}", "{history} Now: {question}"),
        ("After {dial_history[-1]}", "After {history}"),
        (
            "Look at the {image_token}. {region_token} {split_token.join(region)}",
            "Look at the image. Regions:  {region}",
        ),
        ("One.[new_line]Two: {context}\n", "One.\nTwo: {context}"),
        ('Is "{text}" {{sic}} right?\tSay.', 'Is "{text}" {{sic}} right?\tSay.'),
    ],
)
def test_expressions_become_placeholders(instruction, text):
    """Every expression is replaced, and the surrounding text is unchanged."""
    assert only_text(instruction) == text


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_every_expression_gives_a_template(expression):
    """Every expression maps to a known placeholder."""
    assert set(parse(only_text(f"A {{{expression}}} b")).names) <= set(FIELDS)


@pytest.mark.parametrize(
    "instruction", ["Are {region[0]} and {region[1]} alike?", "Does {given_region} cover {region[0]}?"]
)
def test_boxes_named_one_by_one_are_counted_apart(instruction):
    """Instructions that {region} cannot express are skipped with their variants and counted."""
    pool = parse_research_tsv(tsv(("t", instruction, -1, 5, True), ("t", "Compare {region[0]}.", 0, 2, True)))
    assert pool == ResearchPool(rows=(), dropped=0, unsupported=2)


@pytest.mark.parametrize(
    ("instruction", "problem"),
    [
        ("Say {__import__('os').getcwd()}.", "unknown expression {__import__('os').getcwd()}"),
        ("Say {text!r}.", "unknown expression {text!r}"),
        ("Say {text.", "unbalanced brace"),
        ("Say text}.", "unbalanced brace"),
    ],
)
def test_anything_else_in_braces_is_an_error_that_names_the_line(instruction, problem):
    """Unknown expressions are not evaluated, but raise an error with file, line and expression."""
    lines = tsv(("t", "Two\nlines.", -1, 2, True), ("t", instruction, -1, 2, True))
    with pytest.raises(PoolError, match=r"^a\.tsv, line 4: ") as caught:
        parse_research_tsv(lines, name="a.tsv")
    assert problem in str(caught.value)


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (
            ("t", "Say.", "first", 1, True),
            "line 2: origin must be -1 or a zero-based row index, but got 'first'",
        ),
        (("t", "Say.", 7, 1, True), "line 2: origin 7 does not lead to a meta instruction"),
        (("t", "Say.", 0, 1, True), "line 2: origin 0 does not lead to a meta instruction"),
        (("t", "Say.", -1, 1, "maybe"), "line 2: is_preserved must be True or False, but got 'maybe'"),
        (("t", "Say.", -1), "line 2: the number of cells differs from the header"),
    ],
)
def test_malformed_rows_are_named(row, problem):
    """A malformed cell raises an error with its line."""
    with pytest.raises(PoolError, match=re.escape(problem)):
        parse_research_tsv(tsv(row))


def test_a_file_without_the_columns_is_refused():
    """The message names expected and missing columns."""
    with pytest.raises(
        PoolError, match=r"expected the tab-separated columns task_name, .*; missing: origin, is_preserved"
    ):
        parse_research_tsv(tsv(header=("task_name", "instructions")))


def test_a_file_is_read_from_disk(tmp_path: Path):
    """Line breaks and non-ASCII letters are preserved; errors name the path."""
    path = tmp_path / "pool.tsv"
    path.write_text(tsv(("t", "Décris:\n{text}", -1, 1, True)).getvalue(), encoding="utf-8")
    assert read_research_tsv(path).rows == (ResearchRow("t", "Décris:\n{text}", None),)
    path.write_text("", encoding="utf-8")
    with pytest.raises(PoolError, match=re.escape(str(path))):
        read_research_tsv(path)
