"""What the demo ends with: fresh wordings beside meta instructions only, on wordings that neither model saw."""

import re

import pytest
from typer.testing import CliRunner

from instraug_datasets.builders.demo import shared_pictures
from instraug_datasets.cli.commands import app
from instraug_datasets.demonstration import Drawn, compare_wordings


def drawn(key, number):
    """Pictures and their examples."""
    pictures = [shared_pictures.demo_picture(key, each) for each in range(number)]
    rows = shared_pictures.examples(pictures, key=key)
    return Drawn(rows, shared_pictures.places(pictures), shared_pictures.names(pictures))


@pytest.fixture(scope="module")
def small():
    """Enough to train something, in a second."""
    return drawn("named", 40), drawn("train", 30), drawn("test", 8)


def test_the_same_arguments_give_the_same_figures(small):
    """Twice in one process; another seed gives others."""
    first = compare_wordings(*small, epochs=3)
    assert compare_wordings(*small, epochs=3) == first
    assert compare_wordings(*small, epochs=3, seed=1) != first


def test_only_the_wordings_differ(small):
    """Meta instructions are five per task; with a fresh one in every epoch, an example has three."""
    original, cycle = compare_wordings(*small, epochs=3)
    assert (original.strategy, original.wordings) == ("original", 5)
    assert cycle.strategy == "cycle"
    assert 30 < cycle.wordings <= 90


def test_tasks_with_the_same_fields_have_different_answers():
    """So that a model which ignores the wording is right once in each group."""
    rows = drawn("test", 8).rows
    groups = {(row["picture"], row["text"], str(row["region"])) for row in rows}
    assert len(rows) == 8 * len(shared_pictures.TASKS)
    assert len(groups) == 2 * 8
    for group in groups:
        targets = [row["target"] for row in rows if (row["picture"], row["text"], str(row["region"])) == group]
        assert len(set(targets)) == len(targets)


def test_the_demo_ends_with_a_gain_on_unseen_wordings():
    """The command as `make demo` runs it; the claim below the table is what the table shows."""
    result = CliRunner().invoke(app, ["demo", "--part", "comparison"])
    assert result.exit_code == 0, result.output
    (meta,) = re.findall(r"^meta instructions only +5 +([\d.]+) +([\d.]+)$", result.stdout, re.MULTILINE)
    (fresh,) = re.findall(r"^a fresh wording every epoch +\d+ +([\d.]+) +([\d.]+)$", result.stdout, re.MULTILINE)
    assert float(fresh[1]) > float(meta[1]) + 5
    assert "only the wording tells what is asked" in result.output
