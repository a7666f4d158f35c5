"""Instructions that fit only some examples are drawn only for those, whatever the form of the data."""

import re

import numpy as np
import pyarrow as pa
import pytest
from datasets import Dataset
from hypothesis import given
from hypothesis import strategies as st

from instraug_datasets import InstructionAugmenter, InstructionPool, augment
from instraug_datasets.conditions import label_pair
from instraug_datasets.errors import ExampleError, UnknownNameError
from instraug_datasets.pool import Instruction
from instraug_datasets.samplers import STRATEGIES

ANY = Instruction(task="match", text="Pick one.\n\n{options}")
YES_NO = Instruction(
    task="match",
    text="Do they agree?\n\n{options}",
    origin=ANY.instruction_id,
    label_pairs=("yes_no",),
    form="question",
)
TRUE = Instruction(
    task="match", text="True or false?\n\n{options}", origin=ANY.instruction_id, label_pairs=("true_false",)
)
LEANING = Instruction(
    task="read", text="Words found: {context}\n\n{question}", origin="read/x", label_pairs=None, register="formal"
)
PLAIN = Instruction(task="read", text="Read the picture. {question}")
BOTH = Instruction(task="read", text="{question}\n\n{context}\n\n{options}", origin=PLAIN.instruction_id)
POOL = InstructionPool.from_instructions([ANY, YES_NO, TRUE, LEANING, PLAIN, BOTH])
TEXTS = {each.instruction_id: each for each in (ANY, YES_NO, TRUE, LEANING, PLAIN, BOTH)}

OPTIONS = st.sampled_from([["yes", "no"], ["No", "Yes"], ["true", "false"], ["red", "blue"], ["yes", "no", "true"]])
ROWS = st.lists(
    st.one_of(
        st.fixed_dictionaries({"task": st.just("match"), "options": OPTIONS}),
        st.fixed_dictionaries(
            {
                "task": st.just("read"),
                "question": st.just("What is it?"),
                "context": st.sampled_from([None, "", "exit, EX"]),
                "options": st.one_of(st.none(), st.just([]), OPTIONS),
            }
        ),
    ),
    min_size=1,
)


def table_of(rows):
    """Return rows as a table with ids and every field."""
    names = ("task", "question", "context", "options")
    return [{"unique_id": f"a/b/{i}", **{name: row.get(name) for name in names}} for i, row in enumerate(rows)]


def fits(example, instruction):
    """Whether an example has what an instruction needs."""
    fields = {name for name in ("question", "context", "options") if f"{{{name}}}" in instruction.text}
    labels = instruction.label_pairs
    return all(example[name] for name in fields) and (not labels or label_pair(example["options"]) in labels)


@given(ROWS, st.sampled_from(list(STRATEGIES)), st.integers(0, 5))
def test_no_example_gets_what_it_does_not_fit(rows, strategy, epoch):
    """Whatever the strategy, single examples and batches get the same instruction, and it fits."""
    augmenter = InstructionAugmenter(POOL, strategy=strategy, epoch=epoch, check_targets=False)
    listed = table_of(rows)
    alone = [augmenter(row) for row in listed]
    table = augmenter(pa.Table.from_pylist(listed, schema=SCHEMA))
    assert table.column("prompt").to_pylist() == [row["prompt"] for row in alone]
    for row in alone:
        assert fits(row, TEXTS[row["instruction_id"]])


SCHEMA = pa.schema(
    [(name, pa.string()) for name in ("unique_id", "task", "question", "context")]
    + [("options", pa.list_(pa.string()))]
)


def test_every_instruction_that_fits_is_drawn():
    """Over as many epochs as a kind has candidates, `cycle` gives each of them once."""
    example = {"unique_id": "a/b/1", "task": "match", "options": ["yes", "no"]}
    drawn = [InstructionAugmenter(POOL, epoch=epoch)(example)["instruction_id"] for epoch in range(2)]
    assert set(drawn) == {ANY.instruction_id, YES_NO.instruction_id}


def test_an_example_that_nothing_fits_is_an_error():
    """The error names what the example has and lacks, and nothing that only other tasks of the pool depend on."""
    pool = InstructionPool.from_instructions(
        [
            Instruction(task="read", text="{question} {context}"),
            Instruction(task="read", text="{question} {text}"),
            Instruction(task="hint", text="{question}", absent_fields=("context",)),
            YES_NO,
            Instruction(task="box", text="{question} {region}"),
            Instruction(task="box", text="{question}"),
        ]
    )
    read: dict[str, object] = {"unique_id": "a/b/1", "task": "read", "question": "What?", "context": None}
    refused: dict[str, dict[str, object]] = {
        "without context, text.": read,
        "with context.": {**read, "task": "hint", "context": "a hint"},
        "whose options are labels of the kind 'phrase'.": {**read, "task": "match", "options": ["red", "blue"]},
    }
    for facts, example in refused.items():
        expected = f"no instruction of the task {example['task']!r} for an example {facts}"
        for data in (example, pa.Table.from_pylist([example])):
            with pytest.raises(ExampleError, match=re.escape(expected)):
                InstructionAugmenter(pool)(data)


def test_styles_that_leave_nothing_for_an_example_are_named():
    """The pool has instructions for it, but none of the styles that were asked for."""
    example = {"unique_id": "a/b/1", "task": "match", "options": ["red", "blue"]}
    assert InstructionAugmenter(POOL)(example)["instruction_id"] == ANY.instruction_id
    for data in (example, pa.Table.from_pylist([example])):
        with pytest.raises(ExampleError) as caught:
            InstructionAugmenter(POOL, styles={"form": "question", "length": ["short", "medium"]})(data)
        assert str(caught.value) == (
            "Example 'a/b/1' of the task 'match': The pool has no instruction of the task 'match' of the styles "
            "form=question, length=medium or short for an example whose options are labels of the kind 'phrase'. "
            "Leave out a style, or allow more values of it."
        )


@pytest.mark.parametrize("as_data", [dict, lambda row: pa.Table.from_pylist([row])])
def test_a_column_that_is_not_there_is_told_once(caplog, as_data):
    """Instructions that lean on a column which the data lack are never drawn, and a misspelt one is noticed."""
    pool = InstructionPool.from_instructions([PLAIN, Instruction(task="read", text="{question}\n\n{context}")])
    augmenter = InstructionAugmenter(pool)
    for epoch in range(3):
        augmenter.set_epoch(epoch)
        augmenter(as_data({"unique_id": "a/b/1", "task": "read", "question": "What?", "contxt": "exit"}))
    assert [record.getMessage() for record in caplog.records] == [
        "The data have no column 'context', so that instructions which use it are never drawn; "
        "columns={'context': ...} names another column."
    ]
    caplog.clear()
    row = {"unique_id": "a/b/1", "task": "read", "question": "What?", "context": None}
    InstructionAugmenter(pool)(as_data(row))
    assert caplog.records == []
    InstructionAugmenter(pool, columns={"context": "ocr"})(as_data(row))
    assert len(caplog.records) == 1


def test_styles_are_part_of_the_stream():
    """`styles` limits what is drawn, and data sets with other styles have other fingerprints."""
    rows = Dataset.from_list([{"unique_id": f"a/b/{i}", "task": "match", "options": ["yes", "no"]} for i in range(20)])
    selected = augment(rows, POOL, styles={"form": "question"}, epoch=0)
    assert set(selected[:]["instruction_id"]) == {YES_NO.instruction_id}
    made = [
        rows.map(InstructionAugmenter(POOL, styles={"form": form}, check_targets=False), batched=True)
        for form in (["question"], "question")
    ]
    assert made[0]._fingerprint == made[1]._fingerprint
    assert made[0]._fingerprint != rows.map(InstructionAugmenter(POOL), batched=True)._fingerprint


def test_the_baseline_takes_the_meta_instructions_of_a_style():
    """A task that has none of them is left out, as with any other strategy; variants of the style are not drawn."""
    asked = Instruction(task="asked", text="What is it?", form="question")
    told = Instruction(task="told", text="Name it.", form="imperative")
    variants = [
        Instruction(task=each.task, text=f"Say: {each.text}", origin=each.instruction_id, form="question")
        for each in (asked, told)
    ]
    augmenter = InstructionAugmenter(
        InstructionPool.from_instructions([asked, told, *variants]), strategy="original", styles={"form": "question"}
    )
    prompts = {augmenter.example({"unique_id": "a", "task": "asked"}, epoch)["prompt"] for epoch in range(4)}
    assert prompts == {"What is it?"}
    with pytest.raises(UnknownNameError, match="the pool has no instructions for it"):
        augmenter.example({"unique_id": "a", "task": "told"}, 0)


def test_a_task_without_the_style_is_unknown():
    """Selecting leaves tasks out; their examples are refused."""
    augmenter = InstructionAugmenter(POOL, styles={"register": "formal"})
    with pytest.raises(UnknownNameError, match="match"):
        augmenter({"unique_id": "a/b/1", "task": "match", "options": ["yes", "no"]})


def test_an_array_of_options_has_labels_too():
    """Options from NumPy decide like lists."""
    example = {"unique_id": "a/b/1", "task": "match", "options": np.array(["true", "false"], object)}
    drawn = {InstructionAugmenter(POOL, epoch=epoch)(example)["instruction_id"] for epoch in range(2)}
    assert drawn == {ANY.instruction_id, TRUE.instruction_id}


def test_an_empty_text_is_shown_where_nothing_does_without_it():
    """Only if no instruction of the task fits an example without its empty fields do they count as there."""
    pool = InstructionPool.from_instructions(
        [
            Instruction(task="read", text="{question} A: {text}"),
            Instruction(task="read", text="{question} B: {context}"),
        ]
    )
    filled = {"unique_id": "a/b/1", "task": "read", "question": "What?", "text": "", "context": "exit"}
    empty = {**filled, "context": ""}
    for data in (lambda row: row, lambda row: pa.Table.from_pylist([row])):
        drawn = {}
        for name, row in (("filled", filled), ("empty", empty)):
            shown = [InstructionAugmenter(pool, epoch=epoch)(data(row))["prompt"] for epoch in range(2)]
            drawn[name] = {text if isinstance(text, str) else text[0].as_py() for text in shown}
        assert drawn == {"filled": {"What? B: exit"}, "empty": {"What? A: ", "What? B: "}}
