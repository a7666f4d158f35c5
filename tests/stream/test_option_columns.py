"""Options and their targets in whole prompts: shuffled, held in place, followed, refused, and read back."""

import re
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from datasets import Dataset
from hypothesis import example, given, settings
from hypothesis import strategies as st

from instraug_datasets import InstructionAugmenter, InstructionPool, augment
from instraug_datasets.errors import ExampleError
from instraug_datasets.option_order import shown_order
from instraug_datasets.stream.option_columns import choices_of
from tests import strategies

POOL = InstructionPool.from_dict({"t": ["Which one barks? {options}"], "free": ["Which one barks?"]})
KEYED = {"unique_id": "x", "task": "t", "options": ["cat", "dog", "cow", "All of the above"], "target": "B"}


def _shown(row: dict[str, Any], *, epoch: int = 0, **options: Any) -> tuple[str, str]:
    """The prompt and the answer, the same from a table, a batch and an example."""
    augmenter = InstructionAugmenter(POOL, output="messages", **options)
    found = augmenter.example(row, epoch)["messages"]
    assert augmenter.table(pa.Table.from_pylist([row]), epoch)["messages"].to_pylist() == [found]
    return found[0]["content"][0]["text"], found[1]["content"][0]["text"]


def test_a_key_follows_its_option():
    """Whole prompts of four epochs, and the letter of the dog in each: pinned."""
    assert [_shown(KEYED, epoch=epoch, options_style="letters") for epoch in range(4)] == [
        ("Which one barks? (a) cow (b) dog (c) cat (d) All of the above", "B"),
        ("Which one barks? (a) dog (b) cat (c) cow (d) All of the above", "A"),
        ("Which one barks? (a) cat (b) cow (c) dog (d) All of the above", "C"),
        ("Which one barks? (a) dog (b) cow (c) cat (d) All of the above", "A"),
    ]


@example(lists=[["(a. cat", "(b. dog", "(c. cow"], ["(1: cat", "(2: dog"]], word=1)
@given(st.lists(st.none() | strategies.option_lists | strategies.special_lists, max_size=8), strategies.words)
@settings(max_examples=200)
def test_columns_are_ordered_as_single_lists_are(lists, word):
    """Whatever stands in them, in whatever slice: `choices_of` and `shown_order` give the same places."""
    words = np.arange(len(lists) + 1, dtype=np.uint64) * np.uint64(3) + np.uint64(word)
    column = pa.array([["A. x", "B. y"], *lists], pa.list_(pa.string()))[1:]
    choices = choices_of(column, words[1:], shuffle=True)
    rows = [choices.row(row) for row in range(len(lists))]
    assert rows == [(each or [], shown_order(each or [], int(w))) for each, w in zip(lists, words[1:], strict=True)]
    assert choices.shown().to_pylist() == [[options[place] for place in order] for options, order in rows]


def test_the_order_of_the_data():
    """Without shuffling nothing moves, and a key is right as it is, in any output."""
    options: dict[str, Any] = {"options_style": "letters", "shuffle_options": False}
    asked = "Which one barks? (a) cat (b) dog (c) cow (d) All of the above"
    assert {_shown(KEYED, epoch=epoch, **options) for epoch in range(9)} == {(asked, "B")}
    augmenter = InstructionAugmenter(POOL, **options)
    assert augmenter(KEYED)["prompt"] == asked
    assert augmenter(pa.Table.from_pylist([KEYED]))["prompt"].to_pylist() == [asked]


def test_options_that_name_others_by_key_are_not_shuffled():
    """What "Both A and B" means stays what it was."""
    row = {**KEYED, "options": ["cat", "dog", "cow", "Both A and B"], "target": "Both A and B"}
    asked = "Which one barks? (a) cat (b) dog (c) cow (d) Both A and B"
    shown = {_shown(row, epoch=epoch, options_style="letters") for epoch in range(9)}
    assert shown == {(asked, "Both A and B")}


@pytest.mark.parametrize(
    ("row", "options", "message"),
    [
        (
            KEYED,
            {},
            "the target 'B' is the key of an option, and the options are shuffled: output='messages' and "
            "output='prompt_completion' give it the key that the prompt shows, shuffle_options=False keeps the order.",
        ),
        (
            {**KEYED, "target": "bird"},
            {},
            "the target 'bird' is none of the options ['cat', 'dog', 'cow', 'All of the above'], nor several of them, "
            "nor the key of one (a letter, or a number from 1); check_targets=False allows any text.",
        ),
        (
            {**KEYED, "target": "E"},
            {"output": "messages"},
            "the target 'E' is none of the options ['cat', 'dog', 'cow', 'All of the above'], nor several of them, nor "
            "the key of one (a letter, or a number from 1); check_targets=False allows any text.",
        ),
        (
            {**KEYED, "options": ["a||||b", "c"], "target": "c"},
            {},
            "The option 'a||||b' contains '||||', which separates options in this style: it would read as two. Choose "
            "another options_style, or change the option.",
        ),
    ],
)
def test_what_would_be_wrong_is_refused(row, options, message):
    """The message names the example, the value, and both ways out; the same for every kind of data."""
    rows = [row, {**row, "unique_id": "other", "task": "free"}]
    augmenter = InstructionAugmenter(POOL, **options)
    for examples in (row, {name: [each[name] for each in rows] for name in row}, pa.Table.from_pylist(rows)):
        with pytest.raises(ExampleError, match=f"^Example 'x' of the task 't': {re.escape(message)}$"):
            augmenter(examples)
    for source in (Dataset.from_list(rows), Dataset.from_list(rows).to_iterable_dataset()):
        with pytest.raises(ExampleError, match=re.escape(message)):
            list(augment(source, POOL, **options))


def test_targets_beside_options_may_be_free():
    """`check_targets=False` is for answers that explain; keys are followed even so."""
    free = {**KEYED, "target": "The dog does, since cats do not bark."}
    assert _shown(free, check_targets=False)[1] == free["target"]
    assert _shown(KEYED, check_targets=False) == _shown(KEYED)


def test_a_target_is_only_compared_with_options_that_are_shown():
    """An instruction without options asks an open question."""
    row = {**KEYED, "task": "free", "target": "bird"}
    assert _shown(row) == ("Which one barks?", "bird")
    assert InstructionAugmenter(POOL)(row)["prompt"] == "Which one barks?"


def test_the_order_shown_is_read_back():
    """With it, the score of the option in a place of the prompt is that of an option of the data."""
    rows = [{**KEYED, "unique_id": str(number), "target": "dog"} for number in range(40)]
    rows += [
        {**rows[0], "unique_id": "free", "task": "free"},
        {**rows[0], "unique_id": "two", "options": ["dog", "cat"]},
    ]
    augmenter = InstructionAugmenter(POOL, option_order=True, options_style="bullets")
    found = augmenter.table(pa.Table.from_pylist(rows), 3).to_pylist()
    assert [augmenter.example(row, 3)["option_order"] for row in rows] == [row["option_order"] for row in found]
    for row in found:
        shown = [line.removeprefix("- ") for line in row["prompt"].removeprefix("Which one barks? ").split("\n")]
        if row["task"] == "t":
            assert [row["options"][place] for place in row["option_order"]] == shown
        else:
            assert row["option_order"] is None
    assert len({tuple(row["option_order"] or ()) for row in found}) == 8
