"""The page on data of one's own: its examples run and print what it says, and what it says is refused is refused."""

import contextlib
import io
import re
from pathlib import Path
from typing import Any

import pytest
from datasets import Dataset

from instraug_datasets import InstructionPool, Task, augment
from instraug_datasets.errors import ExampleError, TaskError
from instraug_datasets.records import FIELDS

PAGE = Path(__file__).parents[1] / "docs" / "custom_data.md"
TEXT = PAGE.read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(python|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def run(text: str) -> list[tuple[str, str]]:
    """Return the printed and the documented output of each code block; all blocks share one namespace."""
    names: dict[str, Any] = {}
    compared = []
    printed = ""
    for kind, content in BLOCK.findall(text):
        if kind == "python":
            with contextlib.redirect_stdout(io.StringIO()) as out:
                exec(compile(content, str(PAGE), "exec"), names)
            printed = out.getvalue()
        else:
            compared.append((printed, content))
    return compared


def test_the_page_prints_what_it_says() -> None:
    """Every example of the page runs in order and prints the documented output."""
    compared = run(TEXT)
    assert len(compared) == 5
    for printed, shown in compared:
        assert printed == shown


def test_the_page_names_every_field() -> None:
    """The documented table of fields matches the package."""
    table = TEXT.partition("| field |")[2].partition("\n\n")[0]
    named = re.findall(r"`(\w+)`", "".join(line.split("|")[1] for line in table.splitlines()[2:]))
    assert sorted(named) == sorted(FIELDS)


def test_an_instruction_that_hides_a_field_is_refused() -> None:
    """An instruction that lacks the question raises an error that names it."""
    with pytest.raises(TaskError, match=r"the instruction 'Look at the plant\.' lacks \{question\}"):
        Task(
            name="plant_care",
            benchmark="garden",
            category="VQA",
            fields=("question",),
            metric="exact_match",
            instructions=("Look at the plant.",),
        )


def test_a_column_that_is_not_mapped_is_named() -> None:
    """Without the mapping, the error names the missing column."""
    table = Dataset.from_dict({"qid": [1], "query": ["Why?"]})
    pool = InstructionPool.from_dict({"plant_care": ["{question}"]})
    with pytest.raises(ExampleError, match="no column 'unique_id'"):
        augment(table, pool, task="plant_care")
    with pytest.raises(ExampleError, match="question"):
        augment(table, pool, task="plant_care", columns={"unique_id": "qid"})[0]


def test_integer_ids_serve_as_they_are() -> None:
    """Integer ids give the same instructions as their decimal strings."""
    pool = InstructionPool.from_dict({"plant_care": [f"({number}) {{question}}" for number in range(9)]})
    numbers = Dataset.from_dict({"id": list(range(30)), "question": ["Why?"] * 30})
    digits = Dataset.from_dict({"id": [str(number) for number in range(30)], "question": ["Why?"] * 30})
    found = [augment(data, pool, task="plant_care", columns={"unique_id": "id"}) for data in (numbers, digits)]
    assert [row["prompt"] for row in found[0]] == [row["prompt"] for row in found[1]]
