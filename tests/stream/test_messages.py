"""Chat turns, written out whole, and the same for a table and an example."""

import re
from typing import Any

import pyarrow as pa
import pytest
from datasets import Dataset

from instraug_datasets import InstructionAugmenter, InstructionPool, augment
from instraug_datasets.errors import ExampleError, SettingError, UnknownNameError

POOL = InstructionPool.from_dict({"t": ["Look: {question}"]})
PICTURE = {"bytes": None, "path": "a.png"}
IMAGE = {"type": "image", "text": None}


def _text(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


def _row(question: str, images: int, target: str | None = "Yes.") -> dict[str, Any]:
    images_ = [PICTURE] * images
    return {"unique_id": f"{question} {images}", "task": "t", "images": images_, "question": question, "target": target}


def _added(rows: list[dict[str, Any]], **options: Any) -> list[dict[str, Any]]:
    """What is added to the rows, the same from one table and from each example."""
    augmenter = InstructionAugmenter(POOL, **options)
    table = augmenter(pa.Table.from_pylist(rows)).select(list(augmenter.added))
    assert table.schema.equals(augmenter.added.arrow_schema)
    assert [{name: augmenter(row)[name] for name in augmenter.added} for row in rows] == table.to_pylist()
    return table.drop_columns(["instruction_id"]).to_pylist()


def test_the_columns_of_each_output():
    """Chat turns have no text beside them: TRL would take it for the example."""
    data = Dataset.from_list([{**_row("so?", 0), "meta": '{"image_size": [9, 9]}'}])
    for region_style in ("pixels", "qwen3_vl"):
        for output, names in (
            ("messages", ["messages", "instruction_id"]),
            ("prompt_completion", ["prompt", "completion", "instruction_id"]),
        ):
            row = next(iter(augment(data.to_iterable_dataset(), POOL, output=output, region_style=region_style)))
            assert list(row) == [*data.column_names, *names]


def test_a_prompt_and_its_completion():
    """The turns up to the answer, and the answer; null where there is none."""
    rows = [_row("is it?", 2), _row("is it?", 0, None), _row("was it?", 1, "")]
    assert _added(rows, output="prompt_completion") == [
        {
            "prompt": [{"role": "user", "content": [IMAGE, IMAGE, _text("Look: is it?")]}],
            "completion": [{"role": "assistant", "content": [_text("Yes.")]}],
        },
        {"prompt": [{"role": "user", "content": [_text("Look: is it?")]}], "completion": None},
        {
            "prompt": [{"role": "user", "content": [IMAGE, _text("Look: was it?")]}],
            "completion": [{"role": "assistant", "content": [_text("")]}],
        },
    ]


def test_a_turn_of_the_system():
    """It comes first, in both kinds of turns."""
    system = {"role": "system", "content": [_text("Be brief.")]}
    user = {"role": "user", "content": [IMAGE, _text("Look: is it?")]}
    answer = {"role": "assistant", "content": [_text("Yes.")]}
    rows = [_row("is it?", 1), _row("is it?", 1, None)]
    assert _added(rows, output="messages", system="Be brief.") == [
        {"messages": [system, user, answer]},
        {"messages": [system, user]},
    ]
    assert _added(rows, output="prompt_completion", system="Be brief.") == [
        {"prompt": [system, user], "completion": [answer]},
        {"prompt": [system, user], "completion": None},
    ]


@pytest.mark.parametrize(
    ("question", "images", "content"),
    [
        ("so?", 2, [IMAGE, IMAGE, _text("Look: so?")]),
        ("<image>\nso?", 1, [_text("Look: "), IMAGE, _text("so?")]),
        ("so?\n<image>", 1, [_text("Look: so?"), IMAGE]),
        ("<image> and <image>: so?", 2, [_text("Look: "), IMAGE, _text(" and "), IMAGE, _text(": so?")]),
        ("<image><image>", 2, [_text("Look: "), IMAGE, IMAGE]),
        ("<image>\n\n<image>\n\nso?", 2, [_text("Look: "), IMAGE, IMAGE, _text("\nso?")]),
        ("", 1, [IMAGE, _text("Look: ")]),
    ],
)
def test_a_marker_is_the_place_of_a_picture(question, images, content):
    """As LLaVA and LLaMA-Factory write it; the line break that sets it off goes with it."""
    rows = [_row("first?", 1), _row(question, images), _row("last?", 0)]
    assert [row["messages"][0]["content"] for row in _added(rows, output="messages")] == [
        [IMAGE, _text("Look: first?")],
        content,
        [_text("Look: last?")],
    ]


def test_a_prompt_may_begin_with_its_picture():
    """Nothing stands before it then, not even an empty text."""
    augmenter = InstructionAugmenter(InstructionPool.from_dict({"t": ["{question}"]}), output="messages")
    for found in (augmenter(_row("<image>\nso?", 1)), augmenter(pa.Table.from_pylist([_row("<image>\nso?", 1)]))):
        turns = found["messages"] if isinstance(found, dict) else found["messages"].to_pylist()[0]
        assert turns[0] == {"role": "user", "content": [IMAGE, _text("so?")]}


def test_a_text_prompt_keeps_its_markers():
    """Who builds the turns puts the pictures in."""
    assert _added([_row("<image>\nso?", 1)]) == [{"prompt": "Look: <image>\nso?"}]


@pytest.mark.parametrize(("question", "images"), [("<image>", 0), ("<image>", 2), ("<image> <image>", 1)])
@pytest.mark.parametrize("output", ["messages", "prompt_completion"])
def test_markers_without_their_pictures_are_refused(question, images, output):
    """The message names the example and both numbers."""
    row = _row(question, images)
    message = (
        f"Example {row['unique_id']!r}: The prompt has {question.count('<image>')} <image> markers, but the example "
        f"has {images} pictures"
    )
    augmenter = InstructionAugmenter(POOL, output=output)
    for examples in (row, pa.Table.from_pylist([_row("so?", 3), row])):
        with pytest.raises(ExampleError, match=f"^{re.escape(message)}"):
            augmenter(examples)


def test_a_system_turn_needs_turns():
    """The message names the outputs that have them."""
    with pytest.raises(SettingError, match="it needs output='messages' or output='prompt_completion'"):
        InstructionAugmenter(POOL, system="Be brief.")


def _dialogue(history: Any, images: int = 1) -> dict[str, Any]:
    return {**_row("and now?", images), "task": "d", "history": history}


DIALOGUES = InstructionPool.from_dict({"d": ["So far: {history}\nNow: {question}"], "t": ["Look: {question}"]})


def _said(rows: list[dict[str, Any]], **options: Any) -> list[dict[str, Any]]:
    """The columns of a table of dialogues, the same from each example."""
    augmenter = InstructionAugmenter(DIALOGUES, history="turns", **options)
    rows = [{**row, "unique_id": str(number)} for number, row in enumerate(rows)]
    table = augmenter(pa.Table.from_pylist(rows)).select(list(augmenter.added))
    assert table.schema.equals(augmenter.added.arrow_schema)
    assert [{name: augmenter(row)[name] for name in augmenter.added} for row in rows] == table.to_pylist()
    return table.drop_columns(["instruction_id"]).to_pylist()


def test_the_history_of_a_dialogue_as_turns():
    """Each question and answer is a turn, pictures stand in the first, and the prompt refers to what is above it."""
    history = [{"question": "is it?", "answer": "yes"}, {"question": "big?", "answer": "no"}]
    rows = [_dialogue(history, 2), _dialogue([]), {**_dialogue(None), "task": "t"}]
    asked = [
        {"role": "system", "content": [_text("Be brief.")]},
        {"role": "user", "content": [IMAGE, IMAGE, _text("is it?")]},
        {"role": "assistant", "content": [_text("yes")]},
        {"role": "user", "content": [_text("big?")]},
        {"role": "assistant", "content": [_text("no")]},
        {"role": "user", "content": [_text("So far: (the turns above)\nNow: and now?")]},
    ]
    answered = {"role": "assistant", "content": [_text("Yes.")]}
    said = _said(rows, output="messages", system="Be brief.")
    assert said == [
        {"messages": [*asked, answered]},
        {
            "messages": [
                asked[0],
                {"role": "user", "content": [IMAGE, _text("So far: (none so far)\nNow: and now?")]},
                answered,
            ]
        },
        {"messages": [asked[0], {"role": "user", "content": [IMAGE, _text("Look: and now?")]}, answered]},
    ]
    split = _said(rows[:1], output="prompt_completion", system="Be brief.")
    assert split == [{"prompt": asked, "completion": [answered]}]


def test_a_marked_picture_stays_in_its_place_after_a_history():
    """A marker in the prompt says where its picture stands, also behind earlier turns."""
    row = {**_dialogue([{"question": "is it?", "answer": "yes"}]), "question": "what is <image> here?"}
    (said,) = _said([row], output="messages")
    assert said["messages"][0] == {"role": "user", "content": [_text("is it?")]}
    assert said["messages"][2] == {
        "role": "user",
        "content": [_text("So far: (the turns above)\nNow: what is "), IMAGE, _text(" here?")],
    }


def test_turns_that_are_none_are_refused():
    """A history must be questions and answers, and turns need chat output."""
    augmenter = InstructionAugmenter(DIALOGUES, history="turns", output="messages")
    for history in ("is it?", 3, [{"question": "is it?"}]):
        with pytest.raises(ExampleError, match="history"):
            augmenter({**_dialogue(history), "task": "t"})
    with pytest.raises(SettingError, match="history='turns' needs output='messages'"):
        InstructionAugmenter(DIALOGUES, history="turns")
    with pytest.raises(UnknownNameError, match="Did you mean 'turns'"):
        InstructionAugmenter(DIALOGUES, history="turn", output="messages")
