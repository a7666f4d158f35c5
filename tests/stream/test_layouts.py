"""Every layout that Arrow has for a value gives the prompt of that value, and no error but ours."""

from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from datasets import Array2D, Dataset, Features, Sequence, Value
from hypothesis import given, settings
from hypothesis import strategies as st

from instraug_datasets import InstructionAugmenter, InstructionPool, augment
from instraug_datasets.errors import ExampleError, InstrAugError
from instraug_datasets.stream.layouts import BOXES, STRINGS, TURNS, column_of
from tests import strategies

POOL = InstructionPool.from_dict(
    {
        "plain": ["Describe."],
        "asked": ["Answer: {question}"],
        "chosen": ["Which? {options}"],
        "boxed": ["What is at {region}?"],
        "said": ["{history} {question}"],
    }
)

TEXTS = [
    pa.string(),
    pa.large_string(),
    pa.string_view(),
    pa.dictionary(pa.int8(), pa.string()),
    pa.dictionary(pa.int32(), pa.large_string()),
]
NUMBERS = [pa.float32(), pa.float64(), pa.int64(), pa.uint8(), pa.decimal128(12, 3)]
WRONG: list[tuple[pa.DataType, Any]] = [
    (pa.int64(), 7),
    (pa.float64(), 7.5),
    (pa.bool_(), True),
    (pa.binary(), b"seven"),
    (pa.binary_view(), b"seven"),
    (pa.timestamp("ns"), 7),
    (pa.decimal128(9, 1), Decimal("7.5")),
    (pa.list_(pa.int32()), [7, 8]),
    (pa.list_(pa.string()), ["seven", "eight"]),
    (pa.list_(pa.list_(pa.string())), [["1", "2", "3", "4"]]),
    (pa.struct([("A", pa.string()), ("B", pa.string())]), {"A": "seven", "B": "eight"}),
    (pa.struct([("question", pa.string()), ("answer", pa.list_(pa.string()))]), {"question": "q", "answer": ["a"]}),
    (
        pa.struct([("question", pa.list_(pa.string())), ("answer", pa.list_(pa.string()))]),
        {"question": ["q"], "answer": ["a", "b"]},
    ),
    (pa.list_(pa.struct([("question", pa.string())])), [{"question": "q"}]),
    (pa.null(), None),
]


def lists_of(values: st.SearchStrategy[pa.DataType]) -> st.SearchStrategy[pa.DataType]:
    kinds = (pa.list_, pa.large_list, pa.list_view, pa.large_list_view, lambda kind: pa.list_(kind, 4))
    return st.builds(lambda kind, value: kind(value), st.sampled_from(kinds), values)


texts = st.sampled_from(TEXTS)
turns = st.builds(
    lambda question, answer, more: pa.struct([("answer", answer), ("question", question), *more]),
    texts,
    texts,
    st.sampled_from([[], [("number", pa.int64())]]),
)
turn_lists = st.builds(
    lambda *kinds: pa.struct(zip(["question", "answer"], kinds, strict=True)), *[lists_of(texts)] * 2
)

KINDS: dict[str, st.SearchStrategy[pa.DataType]] = {
    "unique_id": texts | st.sampled_from([pa.int64(), pa.uint8(), pa.dictionary(pa.int8(), pa.int64())]),
    "task": texts,
    "question": texts,
    "options": lists_of(texts),
    "region": lists_of(lists_of(st.sampled_from(NUMBERS))),
    "history": lists_of(turns) | turn_lists,
    "target": texts,
}
HELD: dict[str, st.SearchStrategy[Any]] = {
    "task": st.sampled_from(["plain", "asked", "chosen", "boxed", "said", "said"]),
    "question": strategies.values,
    "options": st.lists(strategies.values, min_size=1, max_size=5),
    "region": st.lists(st.lists(st.integers(0, 100), min_size=4, max_size=4), min_size=1, max_size=4),
    "history": st.lists(
        st.fixed_dictionaries({"question": strategies.values, "answer": strategies.values}), max_size=4
    ),
    "target": strategies.values,
}


def as_stored(value: Any, kind: pa.DataType) -> Any:
    """A value as `pa.array` takes it for this type."""
    if isinstance(value, list) and pa.types.is_struct(kind):
        return {field.name: as_stored([turn[field.name] for turn in value], field.type) for field in kind}
    if isinstance(value, list):
        value = (value or [None]) * 4 if pa.types.is_fixed_size_list(kind) else value
        return [as_stored(each, kind.value_type) for each in value[: getattr(kind, "list_size", None)]]
    return str(value) if value is not None and kind in (*TEXTS, pa.string()) else value


@st.composite
def columns(draw: Any, name: str, rows: int, *, defect: str | None) -> pa.ChunkedArray:
    """A column of so many rows, in a drawn layout, in chunks that are slices."""
    kind = draw(KINDS[name])
    values = list(range(rows)) if name == "unique_id" else draw(st.lists(HELD[name], min_size=rows, max_size=rows))
    if defect == "null":
        values[draw(st.integers(0, rows - 1))] = None
    elif defect == "wrong":
        kind, value = draw(st.sampled_from(WRONG))
        values = [value] * rows
    cuts = sorted(draw(st.lists(st.integers(0, rows), max_size=2)))
    parts = [values[start:end] for start, end in zip([0, *cuts], [*cuts, rows], strict=True)]
    return pa.chunked_array([chunk(part, kind, padding=draw(st.integers(0, 2))) for part in parts], kind)


def chunk(values: list[Any], kind: pa.DataType, *, padding: int) -> pa.Array:
    """An array that begins and ends inside its buffers."""
    stored = pa.array([as_stored(value, kind) for value in [*values[:padding], *values, *values[:1]]], kind)
    return stored.slice(min(padding, len(values)), len(values))


@st.composite
def tables(draw: Any) -> pa.Table:
    """Tables of every field; half of them have one column that is missing, holds a null or is of a wrong type."""
    rows = draw(st.integers(1, 6))
    broken = draw(st.sampled_from(sorted(KINDS)) if draw(st.booleans()) else st.none())
    defect = draw(st.sampled_from(["null", "wrong", "missing"]))
    return pa.table(
        {
            name: draw(columns(name, rows, defect=defect if name == broken else None))
            for name in KINDS
            if (name, defect) != (broken, "missing")
        }
    )


def outcome(render: Any) -> Any:
    try:
        return render()
    except InstrAugError:
        return "an error of ours"


@given(table=tables(), output=st.sampled_from(["prompt", "messages"]), epoch=st.integers(0, 3))
@settings(max_examples=150)
def test_a_table_is_rendered_as_its_rows_are(table, output, epoch):
    """For any layout, chunks, slices, nulls and wrong types: what row by row gives, or an error of ours from both."""
    augmenter = InstructionAugmenter(POOL, output=output)
    names = list(augmenter.added)
    by_row = outcome(lambda: [[augmenter.example(row, epoch)[name] for name in names] for row in table.to_pylist()])
    by_table = outcome(lambda: [[row[name] for name in names] for row in augmenter.table(table, epoch).to_pylist()])
    assert by_table == by_row


def dictionaries() -> pa.ChunkedArray:
    """Chunks with dictionaries of their own: one holds a null, one is not used at all, one is empty."""
    chunks = [
        pa.DictionaryArray.from_arrays(pa.array([1, 0], pa.int8()), pa.array(["a", "b"])),
        pa.DictionaryArray.from_arrays(pa.array([0, 1, None], pa.int8()), pa.array(["c", None])),
        pa.DictionaryArray.from_arrays(pa.array([], pa.int8()), pa.array([], pa.string())),
    ]
    return pa.chunked_array(chunks)


def runs(kind: pa.DataType) -> pa.Array:
    values = pa.array(["a", "b", None], kind)
    return pa.RunEndEncodedArray.from_arrays(pa.array([2, 3, 9], pa.int16()), values).slice(1, 4)


def views() -> pa.Array:
    """Lists that overlap and stand in another order than their values; a null spans some."""
    offsets, sizes = pa.array([2, 0, 1, 0], pa.int32()), pa.array([1, 3, 2, 2], pa.int32())
    values = pa.array(["a", "b", "c"], pa.string_view())
    return pa.ListViewArray.from_arrays(offsets, sizes, values, mask=pa.array([False, False, True, False]))


def fixed_size() -> pa.Array:
    boxes = pa.FixedSizeListArray.from_arrays(pa.array(range(16), pa.float16()), 4)
    return pa.FixedSizeListArray.from_arrays(boxes, 2, mask=pa.array([False, True])).slice(0)


def nested_dictionaries() -> pa.Array:
    return pa.ListArray.from_arrays(pa.array([0, 1, 3]), pa.array(["a", "b", "a"]).dictionary_encode())


def named_tensors() -> pa.Array:
    boxes = Dataset.from_dict(
        {"region": [[[1, 2, 3, 4]], [[5, 6, 7, 8]] * 2]}, features=Features({"region": Array2D((None, 4), "int32")})
    )
    return boxes.with_format("arrow")[:]["region"]


CONVERSIONS: dict[str, tuple[Any, pa.DataType, list[Any]]] = {
    "dictionaries": (dictionaries(), pa.string(), ["b", "a", "c", None, None]),
    "runs": (runs(pa.string()), pa.string(), ["a", "b", None, None]),
    "runs of views": (runs(pa.string_view()), pa.string(), ["a", "b", None, None]),
    "list views": (views(), STRINGS, [["c"], ["a", "b", "c"], None, ["a", "b"]]),
    "a slice of list views": (views().slice(1, 2), STRINGS, [["a", "b", "c"], None]),
    "lists of dictionaries": (nested_dictionaries(), STRINGS, [["a"], ["b", "a"]]),
    "fixed sizes": (fixed_size(), BOXES, [[[0, 1, 2, 3], [4, 5, 6, 7]], None]),
    "a slice of fixed sizes": (fixed_size().slice(1), BOXES, [None]),
    "tensors with a name": (named_tensors(), BOXES, [[[1, 2, 3, 4]], [[5, 6, 7, 8]] * 2]),
    "nulls alone": (pa.nulls(2), TURNS, [None, None]),
    "no chunks": (pa.chunked_array([], pa.large_string()), pa.string(), []),
    "turns with more in them": (
        pa.array([[{"answer": "a", "n": 1, "question": "q"}], None]),
        TURNS,
        [[{"question": "q", "answer": "a"}], None],
    ),
    "a dict of lists": (
        pa.array([{"answer": ["a", "b"], "question": ["q", "r"]}, None, {"answer": [], "question": []}]),
        TURNS,
        [[{"question": "q", "answer": "a"}, {"question": "r", "answer": "b"}], None, []],
    ),
}


@pytest.mark.parametrize(("column", "kind", "values"), CONVERSIONS.values(), ids=CONVERSIONS)
def test_layouts_are_undone(column, kind, values):
    """Whole columns take the fast way, whatever their layout: nothing falls back to Python."""
    array = column_of(pa.table({"x": column}), "x", kind)
    assert array.type == kind
    assert array.to_pylist() == values
    array.validate(full=True)


def test_a_sequence_of_dicts_is_a_history():
    """`datasets` hands such a column out as a dict of lists, in rows and in Arrow."""
    features = Features(
        {
            "unique_id": Value("string"),
            "question": Value("string"),
            "history": Sequence({"question": Value("string"), "answer": Value("string")}),
        }
    )
    history = {"question": ["Who?", "Why?"], "answer": ["Me.", "Why not?"]}
    data = Dataset.from_list([{"unique_id": "a", "question": "So?", "history": history}], features=features)
    expected = "Q: Who?\nA: Me.\nQ: Why?\nA: Why not? So?"
    for source in (data, data.to_iterable_dataset(), data.to_iterable_dataset().with_format("arrow")):
        (row,) = augment(source, POOL, task="said")
        assert str(row["prompt"][0] if isinstance(row, pa.Table) else row["prompt"]) == expected


@pytest.mark.parametrize(
    "history",
    [
        {"question": ["q"], "answer": []},
        {"question": ["q"]},
        {"question": "q", "answer": "a"},
        {"question": ["q"], "answer": None},
        7,
    ],
)
def test_a_history_that_is_none_is_named(history):
    """Questions without answers, or what is no history at all: the same sentence from a row and from a table."""
    row = {"unique_id": "x", "task": "said", "question": "q", "history": history}
    for examples in (row, pa.Table.from_pylist([row])):
        with pytest.raises(
            ExampleError, match=r"^Example 'x' of the task 'said': the field 'history' must be a list of"
        ):
            InstructionAugmenter(POOL)(examples)


@pytest.mark.parametrize("options", [{"A": "x", "B": "y"}, {"label": ["A", "B"], "text": ["x", "y"]}])
def test_options_that_are_a_dict_are_refused(options):
    """Which of its texts would be meant, and in what order, is the user's to say."""
    row = {"unique_id": "x", "task": "chosen", "options": options}
    for examples in (row, pa.Table.from_pylist([row])):
        with pytest.raises(ExampleError, match=r"must be a list of texts, but is \{.*\}; pass the texts as a list$"):
            InstructionAugmenter(POOL)(examples)


def test_what_python_cannot_hold_is_named():
    """A column that no row can be made of, and one that is there twice."""
    beyond = pa.array([2**62], pa.timestamp("s"))
    table = pa.table({"unique_id": ["a"], "task": ["asked"], "question": beyond})
    with pytest.raises(ExampleError, match=r"^The column 'question' holds timestamp\[s\], which cannot be read: "):
        InstructionAugmenter(POOL)(table)
    twice = pa.table([["a"], ["asked"], ["b"], ["c"]], names=["unique_id", "task", "question", "question"])
    with pytest.raises(ExampleError, match=r"^There are 2 columns 'question'; remove all but one\.$"):
        InstructionAugmenter(POOL)(twice)


ID_LAYOUTS: dict[str, Any] = {
    "views": pa.array(["a", "b", "c"], pa.string_view()),
    "large": pa.array(["a", "b", "c"], pa.large_string()),
    "a dictionary": pa.array(["a", "b", "c"]).dictionary_encode(),
    "dictionaries": pa.chunked_array([pa.array(["a", "b"]).dictionary_encode(), pa.array(["c"]).dictionary_encode()]),
    "numbers in a dictionary": pa.array([1, 2, 3]).dictionary_encode(),
    "small numbers": pa.array([1, 2, 3], pa.uint8()),
}


@pytest.mark.parametrize("ids", ID_LAYOUTS.values(), ids=ID_LAYOUTS)
def test_ids_of_every_layout(ids):
    """A data set with such ids is augmented, map-style and streamed; repeated ones are found."""
    table = pa.table({"unique_id": ids, "question": ["x", "y", "z"]})
    pool = InstructionPool.from_dict({"t": [f"{i} {{question}}" for i in range(9)]})
    plain = Dataset.from_dict({"unique_id": [str(each) for each in ids.to_pylist()], "question": ["x", "y", "z"]})
    expected = [row["prompt"] for row in augment(plain, pool, task="t")]
    assert InstructionAugmenter(pool, task="t")(table)["prompt"].to_pylist() == expected
    assert [row["prompt"] for row in augment(Dataset(table), pool, task="t")] == expected
    assert [row["prompt"] for row in augment(Dataset(table).to_iterable_dataset(), pool, task="t")] == expected
    repeated = Dataset(pa.concat_tables([table, table.slice(1, 1)]))
    with pytest.raises(ExampleError, match=f"^The id {ids.to_pylist()[1]!r} stands 2 times"):
        augment(repeated, pool, task="t")


def test_no_rows_at_all():
    """An empty data set has columns of nulls, and is augmented like any other."""
    for data in (Dataset.from_dict({"unique_id": [], "question": []}), Dataset(pa.table({"unique_id": pa.nulls(0)}))):
        assert list(augment(data, POOL, task="asked")) == []


def test_a_null_in_a_dictionary_is_a_null_id():
    """The column itself counts no nulls."""
    ids = pa.DictionaryArray.from_arrays(pa.array([0, 1]), pa.array(["a", None]))
    table = pa.table({"unique_id": ids, "task": ["plain", "plain"]})
    with pytest.raises(ExampleError, match="has no unique_id: it is missing or null"):
        InstructionAugmenter(POOL)(table)
    with pytest.raises(ExampleError, match="The id of row 1 is null"):
        augment(Dataset(table), POOL)


@pytest.mark.parametrize("ids", [pa.array([1.0]), pa.array([b"a"]), pa.array([True]), pa.array([Decimal(1)])])
def test_ids_of_no_one_spelling_are_refused(ids):
    """1.0 might be "1" or "1.0": whole numbers and texts are ids, everything else is for the user to convert."""
    table = pa.table({"unique_id": ids, "task": ["plain"]})
    with pytest.raises(ExampleError, match="it is neither text nor a whole number, but "):
        InstructionAugmenter(POOL)(table)
    with pytest.raises(ExampleError, match="must hold text or whole numbers as ids, but holds "):
        augment(Dataset(table), POOL)
