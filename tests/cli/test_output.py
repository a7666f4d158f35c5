"""Tables and JSON lines: they fit, break no name, and can be read by programs."""

import json

import pytest

from instraug_datasets.cli.output import count, print_json, print_message, print_table
from instraug_datasets.cli.table import format_facts, format_table
from tests.cli.running import run

ROWS = [("visual_relationship", "which of these", 5), ("ITM", "yes or no", 12)]


def test_a_table_has_aligned_columns():
    """Texts are left-aligned, numbers right-aligned, and nothing is drawn."""
    table = format_table(("task", "about", "n"), ROWS)
    assert table.header == "task                 about            n"
    assert table.body == "visual_relationship  which of these   5\nITM                  yes or no       12"


def test_columns_without_a_header_keep_their_own_cells():
    """Two columns may have the same header."""
    assert format_table(("", "n", ""), [("name", 5, "pip install x")]).body == "name  5  pip install x"


def test_cells_are_wrapped_between_words():
    """A narrower table breaks lines at blanks."""
    table = format_table(("task", "about", "n"), ROWS, width=33)
    assert table.body.splitlines() == [
        "visual_relationship  which of   5",
        "                     these",
        "ITM                  yes or    12",
        "                     no",
    ]


def test_columns_are_left_out_and_named_where_there_is_no_room():
    """Optional columns go first."""
    table = format_table(("task", "about", "n"), ROWS, width=24, optional=("about",))
    assert table.body == "visual_relationship   5\nITM                  12"
    assert table.omitted == ("about",)


def test_rows_are_listed_where_not_even_the_names_have_room():
    """A name is never broken, however narrow the terminal is."""
    assert format_table(("task", "about", "n"), ROWS[1:], width=8).body == "ITM\n  about: yes or no\n  n: 12"


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_tasks_fit_and_keep_their_names(capsys, monkeypatch, width):
    """`COLUMNS` limits every line but names; piped output has no control characters."""
    monkeypatch.setenv("COLUMNS", str(width))
    _, out, _ = run(capsys, "tasks", "multiinstruct")
    assert max(map(len, out.splitlines())) <= width
    assert "natural_language_visual_reasoning" in out
    assert out.isascii()
    assert "\x1b" not in out


def test_facts_are_wrapped_beside_their_names():
    """Facts of a source start in one column, and no word or address is broken."""
    facts = {"size": "22 GB", "download": "from https://example.org/a/long/address.zip by hand"}
    assert format_facts("gqa", facts, width=40).splitlines() == [
        "gqa",
        "  size:     22 GB",
        "  download: from",
        "            https://example.org/a/long/address.zip",
        "            by hand",
    ]
    assert format_facts("gqa", facts).splitlines()[2] == f"  download: {facts['download']}"


def test_json_has_no_numbers_that_json_lacks(capsys):
    """NaN and infinities are null, however deep."""
    print_json([{"a": float("nan"), "b": [float("inf"), 0.5], "c": {"d": float("-inf")}}])
    assert json.loads(capsys.readouterr().out) == {"a": None, "b": [None, 0.5], "c": {"d": None}}


def test_one_is_no_plural():
    """Nouns follow their number."""
    assert [count(number, "example") for number in (0, 1, 1200)] == ["0 examples", "1 example", "1,200 examples"]


def test_control_characters_reach_no_terminal(capsys, monkeypatch):
    """A text cannot move the cursor, recolour the screen or rename the window."""
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    print_table(("text", "n"), [("a\x1b[2Jb\x9b1m", 5)])
    print_message("c\x1b]0;title\x07")
    out, err = capsys.readouterr()
    assert r"a\x1b[2Jb\x9b1m" in out
    assert err == r"c\x1b]0;title\x07" + "\n"
