"""Prompts: written out whole, and the same for a table, a batch and an example, whatever their layout."""

from collections import Counter
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from instraug_datasets import InstructionAugmenter, InstructionPool
from instraug_datasets.records import FEATURES
from instraug_datasets.samplers import STRATEGIES
from instraug_datasets.stream import OUTPUTS
from tests import strategies, toy

ADDED = ("prompt", "instruction_id", "messages", "completion", "option_order")
EXAMPLES = toy.examples(24)
EVERYTHING = {"output": "messages", "region_style": "normalized_1000", "option_order": True}


def table_of(rows: list[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=FEATURES.arrow_schema)


def added(rows: Any) -> list[dict[str, Any]]:
    return [{name: row[name] for name in ADDED if name in row} for row in rows]


def prompt(text: str, example: dict[str, Any], **arguments: Any) -> str:
    """The prompt of one example of a pool of one instruction."""
    pool = InstructionPool.from_dict({"t": [text]})
    row = {"unique_id": "x/t/1", "task": "t", **example}
    return InstructionAugmenter(pool, **arguments).example(row, 0)["prompt"]


@given(
    pool=strategies.pools(),
    rows=st.lists(strategies.rows(), max_size=8),
    ids=st.lists(strategies.ids, min_size=8, max_size=8, unique=True),
    epoch=strategies.epochs,
    arguments=st.fixed_dictionaries(
        {
            "seed": strategies.seeds,
            "strategy": st.sampled_from(sorted(STRATEGIES)),
            "output": st.sampled_from(OUTPUTS),
            "options_style": strategies.options_styles,
            "region_style": strategies.region_styles,
            "shuffle_options": st.booleans(),
            "option_order": st.booleans(),
            # A list may be too short for a key.
            "check_targets": st.just(False),
        }
    ),
)
@settings(max_examples=40)
def test_a_table_a_batch_and_an_example_get_the_same(pool, rows, ids, epoch, arguments):
    """For any pool, data, seed, epoch, strategy and style: the columns are equal, and so are their types."""
    if arguments["output"] == "prompt" and arguments["region_style"] == "pixels":
        # Nothing that is added would show a key in the order of the options.
        rows = [{**row, "target": row["options"][0]} for row in rows]
    augmenter = InstructionAugmenter(pool, epoch=epoch, **arguments)
    examples = [{"unique_id": each, **row} for each, row in zip(ids, rows, strict=False)]
    expected = added(map(augmenter, examples))
    table = augmenter(table_of(examples))
    assert added(table.to_pylist()) == expected
    assert table.select(list(augmenter.added)).schema.equals(augmenter.added.arrow_schema)
    batch = augmenter({name: [row.get(name) for row in examples] for name in FEATURES})
    assert [
        dict(zip(augmenter.added, row, strict=True)) for row in zip(*(batch[n] for n in augmenter.added), strict=True)
    ] == expected


def _as(name: str, kind: pa.DataType) -> Any:
    return lambda table: table.set_column(table.column_names.index(name), name, table.column(name).cast(kind))


def _encoded(table: pa.Table) -> pa.Table:
    for name in ("task", "unique_id", "question"):
        table = table.set_column(table.column_names.index(name), name, table.column(name).dictionary_encode())
    return table


def _list_views(table: pa.Table) -> pa.Table:
    for name in ("options", "images"):
        number, column = table.column_names.index(name), table.column(name)
        table = table.set_column(number, name, pa.array(column.to_pylist(), pa.list_view(column.type.value_type)))
    return table


def _sliced(table: pa.Table) -> pa.Table:
    """Columns that start inside their buffers, before and behind rows that do not belong to the table."""
    return pa.concat_tables([table.slice(20), table, table.slice(0, 3)]).combine_chunks().slice(4, len(table))


LAYOUTS: dict[str, Any] = {
    "as it is": lambda table: table,
    "sliced": _sliced,
    "in chunks": lambda table: pa.concat_tables(
        [table.slice(0, 5), table.slice(5, 0), table.slice(5, 9), table.slice(14)]
    ),
    "large strings": _as("question", pa.large_string()),
    "large ids": _as("unique_id", pa.large_string()),
    "string views": _as("question", pa.string_view()),
    "dictionaries": _encoded,
    "large lists": _as("options", pa.large_list(pa.large_string())),
    "list views": _list_views,
    "double precision": _as("region", pa.list_(pa.list_(pa.float64()))),
    "boxes of a fixed size": _as("region", pa.list_(pa.list_(pa.float32(), 4))),
    "large lists of boxes": _as("region", pa.large_list(pa.large_list(pa.float32()))),
    "more columns": lambda table: table.append_column("extra", pa.array(range(len(table)))),
    "other order": lambda table: table.select(list(reversed(table.column_names))),
    "nothing that is not needed": lambda table: table.drop_columns(["source", "premise", "answers", "response"]),
}


@pytest.mark.parametrize("arguments", [{}, EVERYTHING], ids=["prompt", "everything"])
@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_the_layout_of_a_table_does_not_matter(layout, arguments):
    """Slices, chunks, wide strings, views, dictionaries: the same values, the same prompts; other columns pass."""
    augmenter = InstructionAugmenter(toy.pool(), seed=3, **arguments)
    given_table = layout(table_of(EXAMPLES))
    result = augmenter.table(given_table, 2)
    assert added(result.to_pylist()) == added(augmenter.example(each, 2) for each in EXAMPLES)
    assert result.select(given_table.column_names).equals(given_table)
    assert result.column_names == [*given_table.column_names, *augmenter.added]


@pytest.mark.parametrize("arguments", [{}, EVERYTHING], ids=["prompt", "everything"])
def test_an_empty_table_keeps_its_columns(arguments):
    """No rows are no problem: the new columns are there, with their types."""
    augmenter = InstructionAugmenter(toy.pool(), **arguments)
    result = augmenter(table_of([]))
    assert result.num_rows == 0
    assert result.select(list(augmenter.added)).schema.equals(augmenter.added.arrow_schema)
    assert augmenter({name: [] for name in FEATURES}) == {name: [] for name in (*FEATURES, *augmenter.added)}


def test_fields_that_no_instruction_names_may_hold_anything():
    """What is not shown is not judged: a bad box or a null option of another task's row harms nobody."""
    pool = InstructionPool.from_dict({"plain": ["Describe."], "boxed": ["What is at {region}?"]})
    rows = [
        {"unique_id": "a", "task": "plain", "region": [[1.0, 2.0]], "options": [None], "target": 3},
        {"unique_id": "b", "task": "boxed", "region": [[1.0, 2.0, 3.0, 4.0]], "options": None, "target": 4},
    ]
    augmenter = InstructionAugmenter(pool)
    assert augmenter(pa.Table.from_pylist(rows))["prompt"].to_pylist() == ["Describe.", "What is at 1 2 3 4?"]
    assert [augmenter(row)["prompt"] for row in rows] == ["Describe.", "What is at 1 2 3 4?"]


@pytest.mark.parametrize(
    ("style", "text"),
    [
        ("multiinstruct", "Which?\n\n[Options]: c\n||||{b}||||a. Say it."),
        ("letters", "Which?\n\n(a) c\n (b) {b} (c) a. Say it."),
        ("numbers", "Which?\n\n(1) c\n (2) {b} (3) a. Say it."),
        ("bullets", "Which?\n\n- c\n\n- {b}\n- a. Say it."),
    ],
)
def test_whole_prompts_with_options(style, text):
    """Each style, in the order that this id gets in epoch 0 under seed 0: pinned."""
    example = {"options": ["a", "{b}", "c\n"]}
    assert prompt("Which?\n\n{options}. Say it.", example, options_style=style) == text


@pytest.mark.parametrize(
    ("style", "text", "completion"),
    [
        ("pixels", "What is at 16 0 32 48||||-3 2 64 24?", None),
        ("normalized_1000", "What is at 250 0 500 1000||||0 31 1000 500?", "500 0 1000 42"),
        (
            "ofa_bins",
            "What is at <bin_250> <bin_0> <bin_500> <bin_999>||||<bin_0> <bin_31> <bin_999> <bin_500>?",
            "<bin_500> <bin_0> <bin_999> <bin_42>",
        ),
        (
            "qwen2.5_vl",
            'What is at [{"bbox_2d": [14, 0, 28, 55]}, {"bbox_2d": [0, 2, 55, 28]}]?',
            '{"bbox_2d": [28, 0, 55, 2]}',
        ),
        (
            "qwen3_vl",
            'What is at [{"bbox_2d": [250, 0, 500, 1000]}, {"bbox_2d": [0, 31, 1000, 500]}]?',
            '{"bbox_2d": [500, 0, 1000, 42]}',
        ),
    ],
)
def test_whole_prompts_with_boxes(style, text, completion):
    """Each style, and the target's boxes in the same one."""
    example = {
        "unique_id": "a",
        "task": "t",
        "region": [[16, 0, 32, 48], [-3, 1.5, 64, 24]],
        "target": "32 0 64 2",
        "meta": '{"image_size": [64, 48], "boxes": ["target"]}',
    }
    augmenter = InstructionAugmenter(InstructionPool.from_dict({"t": ["What is at {region}?"]}), region_style=style)
    assert (augmenter(example)["prompt"], augmenter(example).get("completion")) == (text, completion)
    rows = augmenter(pa.Table.from_pylist([example])).to_pylist()
    assert (rows[0]["prompt"], rows[0].get("completion")) == (text, completion)


def test_options_that_are_boxes_follow_the_region_style():
    """An example's `meta` says which texts are boxes; of a mixed batch, only those are rewritten."""
    rows = [
        {"unique_id": "a", "options": ["0 0 32 24"], "meta": '{"image_size": [64, 48], "boxes": ["options"]}'},
        {"unique_id": "b", "options": ["0 0 32 24"], "meta": '{"image_size": [64, 48]}'},
    ]
    pool = InstructionPool.from_dict({"t": ["{options}"]})
    augmenter = InstructionAugmenter(pool, task="t", region_style="normalized_1000", options_style="bullets")
    expected = ["- 0 0 500 500", "- 0 0 32 24"]
    assert augmenter(pa.Table.from_pylist(rows))["prompt"].to_pylist() == expected
    assert [augmenter(row)["prompt"] for row in rows] == expected


def test_a_whole_prompt_with_every_kind_of_text():
    """Values are copied with their braces and line breaks; literal braces lose one; a field may stand twice."""
    text = "{{Q}}: {question}\n{history}\nAgain: {question} {premise}"
    example = {"question": "{0}?\n", "history": [{"question": "Hm?", "answer": '"{x}"'}], "premise": ""}
    assert prompt(text, example) == '{Q}: {0}?\n\nQ: Hm?\nA: "{x}"\nAgain: {0}?\n '


def test_whole_messages():
    """A user turn of pictures and prompt, and the target as the answer where there is one."""
    pool = InstructionPool.from_dict({"t": ["Describe."]})
    picture, rows = {"bytes": None, "path": "a.png"}, []
    for number, (images, target) in enumerate([([picture] * 2, "A cat."), ([], None), (None, ""), ([picture], None)]):
        rows.append({"unique_id": str(number), "task": "t", "images": images, "target": target})
    image = {"type": "image", "text": None}
    said, answered = {"type": "text", "text": "Describe."}, {"type": "text", "text": "A cat."}
    expected = [
        [{"role": "user", "content": [image, image, said]}, {"role": "assistant", "content": [answered]}],
        [{"role": "user", "content": [said]}],
        [{"role": "user", "content": [said]}, {"role": "assistant", "content": [{"type": "text", "text": ""}]}],
        [{"role": "user", "content": [image, said]}],
    ]
    augmenter = InstructionAugmenter(pool, output="messages")
    assert [augmenter(row)["messages"] for row in rows] == expected
    assert augmenter(pa.Table.from_pylist(rows))["messages"].to_pylist() == expected


@pytest.mark.parametrize("images", [{"bytes": None, "path": "a.png"}, "a.png", None])
def test_a_column_with_one_picture_counts_as_one(images):
    """Most data sets have one picture a row, not a list of them."""
    row = {"unique_id": "a", "task": "t", "image": images, "target": "A cat."}
    augmenter = InstructionAugmenter(
        InstructionPool.from_dict({"t": ["Describe."]}), output="messages", columns={"images": "image"}
    )
    expected = [{"type": "image", "text": None}] * (images is not None) + [{"type": "text", "text": "Describe."}]
    assert augmenter(row)["messages"][0]["content"] == expected
    assert augmenter(pa.Table.from_pylist([row])).to_pylist()[0]["messages"][0]["content"] == expected


def test_the_order_of_options_changes_over_epochs_and_the_target_never_does():
    """An example is no riddle of positions; its answer is its text."""
    row = {"unique_id": "a", "task": "t", "options": list("abcd"), "target": "b"}
    augmenter = InstructionAugmenter(InstructionPool.from_dict({"t": ["{options}"]}), output="messages")
    seen = [augmenter.example(row, epoch) for epoch in range(30)]
    prompts = {each["messages"][0]["content"][0]["text"] for each in seen}
    assert len(prompts) > 12
    assert {"".join(sorted(each)) for each in prompts} == {"".join(sorted("[Options]: a||||b||||c||||d"))}
    assert {(each["target"], each["messages"][1]["content"][0]["text"]) for each in seen} == {("b", "b")}
    assert {tuple(each["options"]) for each in seen} == {tuple("abcd")}


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_every_order_of_options_is_as_likely_under_every_instruction(strategy):
    """Chi-square over 24 000 examples: neither the place of an option nor the wording betrays the answer."""
    texts = [f"{letter} {{options}}" for letter in "XYZ"]
    count = 24_000
    table = pa.table({"unique_id": [f"x/{i}" for i in range(count)], "options": [list("abc")] * count})
    augmenter = InstructionAugmenter(
        InstructionPool.from_dict({"t": texts}), task="t", strategy=strategy, options_style="bullets"
    )
    counts = Counter(augmenter.table(table, 1)["prompt"].to_pylist())
    assert len(counts) == 3 * 6
    expected = count / len(counts)
    assert sum((each - expected) ** 2 / expected for each in counts.values()) < 17 + 4 * (2 * 17) ** 0.5


def test_repeated_options_are_all_shown():
    """Options that read the same are still so many."""
    assert prompt("{options}", {"options": ["a", "a", "a"]}) == "[Options]: a||||a||||a"


RENAMED = {"unique_id": "key", "question": "q", "task": "kind", "images": "image"}


def test_data_with_other_names_are_read_through_a_mapping():
    """`columns` maps our names to theirs, for every way in; the data keep their own names."""
    theirs = [{RENAMED.get(name, name): value for name, value in each.items()} for each in EXAMPLES]
    table = table_of(EXAMPLES).rename_columns([RENAMED.get(name, name) for name in FEATURES])
    augmenter = InstructionAugmenter(toy.pool(), seed=1, columns=RENAMED, output="messages")
    plain = InstructionAugmenter(toy.pool(), seed=1, output="messages")
    expected = added(map(plain, EXAMPLES))
    assert added(map(augmenter, theirs)) == expected
    assert added(augmenter(table).to_pylist()) == expected
    batch = augmenter({name: [row[name] for row in theirs] for name in theirs[0]})
    assert batch["messages"] == [each["messages"] for each in expected]
    assert list(augmenter(theirs[0])) == [*theirs[0], "messages", "instruction_id"]


def test_columns_can_change_places():
    """A name of ours that their data use for something else is taken from where the mapping says."""
    pool = InstructionPool.from_dict({"t": ["{question}|{text}|{context}"]})
    columns = {"question": "text", "text": "question", "context": "text"}
    augmenter = InstructionAugmenter(pool, task="t", columns=columns)
    row = {"unique_id": "a", "question": "Q", "text": "T", "context": "C"}
    assert augmenter(row)["prompt"] == "T|Q|T"
    assert augmenter(pa.Table.from_pylist([row]))["prompt"].to_pylist() == ["T|Q|T"]
    assert augmenter({name: [value] for name, value in row.items()})["prompt"] == ["T|Q|T"]


def test_one_task_for_data_without_a_task():
    """`task=` stands in for a column, and wins over one that is there."""
    pool = InstructionPool.from_dict({"t": ["Say {question}."], "other": ["No."]})
    augmenter = InstructionAugmenter(pool, task="t")
    for row in ({"unique_id": "a", "question": "so"}, {"unique_id": "a", "question": "so", "task": "other"}):
        assert augmenter(row)["prompt"] == "Say so."
        table = augmenter(pa.Table.from_pylist([row]))
        assert table["prompt"].to_pylist() == ["Say so."]
        assert table.select(list(row)).to_pylist() == [row]


@pytest.mark.parametrize("kind", [pa.int64(), pa.int32(), pa.uint64(), pa.string(), pa.large_string()])
def test_whole_numbers_are_ids(kind):
    """A numbered data set needs no conversion; the number counts as its digits do."""
    augmenter = InstructionAugmenter(toy.pool(), task="caption", strategy="uniform")
    digits = [augmenter({"unique_id": str(i)})["prompt"] for i in range(50)]
    assert [augmenter({"unique_id": i})["prompt"] for i in range(50)] == digits
    assert [augmenter({"unique_id": np.int64(i)})["prompt"] for i in range(50)] == digits
    table = pa.table({"unique_id": pa.array(range(50)).cast(kind)})
    assert augmenter(table)["prompt"].to_pylist() == digits
    assert len(set(digits)) == len(toy.pool()["caption"])


def test_the_instruction_id_is_that_of_the_text_that_was_filled():
    """With it, a prompt is traced back to its wording and where that came from."""
    texts = {each.instruction_id: each.text for each in toy.pool()["caption"]}
    augmenter = InstructionAugmenter(toy.pool())
    rows = augmenter(table_of([each for each in toy.examples(200) if each["task"] == "caption"])).to_pylist()
    assert {row["instruction_id"]: row["prompt"] for row in rows} == texts
