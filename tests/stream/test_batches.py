"""Every kind of batch is given back as that kind, with the prompts that its rows would get one by one."""

import io
from typing import Any

import numpy as np
import pandas as pd
import polars
import pyarrow as pa
import pytest
import torch
from datasets import ClassLabel, Dataset, Features, Image, IterableDataset, List, Value, disable_progress_bars
from PIL import Image as Pillow

from instraug_datasets import InstructionAugmenter, InstructionPool, augment
from instraug_datasets.errors import ExampleError, SettingError
from instraug_datasets.records import FEATURES
from tests import toy

EVERYTHING = {"output": "messages", "region_style": "normalized_1000"}
POOL = InstructionPool.from_dict({"t": ["A {question}", "B {question}"], "said": ["{history} {options} {region}"]})


def _user_texts(messages: Any) -> list[str]:
    """What the user says in each row's messages."""
    return [turns[0]["content"][-1]["text"] for turns in messages]


def _lists(table: pa.Table) -> dict[str, list[Any]]:
    return table.to_pydict()


def _arrays(table: pa.Table) -> dict[str, np.ndarray[Any, Any]]:
    return Dataset(table.replace_schema_metadata(None)).with_format("numpy")[:]


def _record_batch(table: pa.Table) -> pa.RecordBatch:
    return pa.RecordBatch.from_struct_array(table.to_struct_array().combine_chunks())


KINDS: dict[str, tuple[Any, Any]] = {
    "table": (lambda table: table, lambda batch: batch.to_pydict()),
    "record batch": (_record_batch, lambda batch: batch.to_pydict()),
    "dict of lists": (_lists, lambda batch: batch),
    "dict of arrays": (_arrays, lambda batch: {name: values.tolist() for name, values in batch.items()}),
    "dict of columns": (lambda table: dict(zip(table.column_names, table.columns, strict=True)), lambda batch: batch),
    "pandas": (lambda table: table.to_pandas(), lambda batch: {name: batch[name].tolist() for name in batch.columns}),
    "polars": (polars.from_arrow, lambda batch: batch.to_dict(as_series=False)),
}
every_kind = pytest.mark.parametrize(("make", "read"), KINDS.values(), ids=KINDS)


@every_kind
@pytest.mark.parametrize("rows", [0, 1, 5, 300])
@pytest.mark.parametrize("arguments", [{}, EVERYTHING], ids=["prompt", "everything"])
def test_the_same_kind_comes_back(make, read, rows, arguments):
    """Few rows and many, with every kind of field, under every output: kind, columns and values."""
    augmenter = InstructionAugmenter(toy.pool(), seed=3, **arguments)
    examples = toy.examples(rows)
    batch = make(pa.Table.from_pylist(examples, schema=FEATURES.arrow_schema))
    result = augmenter(batch)
    assert type(result) is type(batch)
    columns = read(result)
    assert list(columns) == [*FEATURES, *augmenter.added]
    expected = [augmenter.example(example, 0) for example in examples]
    for name in augmenter.added:
        assert columns[name] == [example[name] for example in expected], name


def test_arrays_are_given_arrays():
    """As Ray Data expects: one dimension, Python values; everything else is the same object as before."""
    batch = {"unique_id": np.array(["a", "b"]), "question": np.array(["x", "y"]), "scores": np.ones((2, 3))}
    result = InstructionAugmenter(POOL, task="t", output="messages")(batch)
    assert {name: (values.dtype, values.shape) for name, values in result.items() if name not in batch} == {
        name: (np.dtype(object), (2,)) for name in ("instruction_id", "messages")
    }
    assert _user_texts(result["messages"]) == ["B x", "A y"]
    assert all(result[name] is batch[name] for name in batch)


@pytest.mark.parametrize("times", [1, 100])
def test_arrays_inside_arrays(times):
    """Boxes, options and turns as Ray and pandas hold them: arrays of arrays, of one length or of many."""
    turn = {"question": "Who?", "answer": "Me."}
    batch = {
        "unique_id": np.arange(2 * times),
        "task": np.array(["said"] * 2 * times),
        "region": np.array([[[1, 2, 3, 4]], [[5, 6, 7, 8]]] * times),
        "options": np.array([np.array(["a"]), np.array(["b", "b"])] * times, dtype=object),
        "history": np.array([np.array([turn, turn]), np.array([turn])] * times, dtype=object),
    }
    augmenter = InstructionAugmenter(POOL, options_style="bullets")
    said = "Q: Who?\nA: Me."
    expected = [f"{said}\n{said} - a 1 2 3 4", f"{said} - b\n- b 5 6 7 8"] * times
    assert augmenter(batch)["prompt"].tolist() == expected
    frame = pd.DataFrame({name: list(values) for name, values in batch.items()})
    assert augmenter(frame)["prompt"].tolist() == expected


@pytest.mark.parametrize("times", [1, 100])
def test_a_frame_keeps_its_index_and_its_missing_values(times):
    """Whatever pandas writes for a missing value is one; the index of many names comes back."""
    for missing in (None, float("nan"), pd.NA):
        ids = [f"{i}" for i in range(2 * times)]
        frame = pd.DataFrame(
            {"unique_id": ids, "question": ["x", "y"] * times, "target": ["z", missing] * times},
            index=pd.Index([7, 7] * times, name="row"),
        )
        before = frame.copy()
        result = InstructionAugmenter(POOL, task="t", output="messages")(frame)
        pd.testing.assert_frame_equal(result[before.columns], before)
        pd.testing.assert_frame_equal(frame, before)
        assert [len(turns) for turns in result["messages"]] == [2, 1] * times
    categories = frame.assign(question=frame["question"].astype("category"))
    assert InstructionAugmenter(POOL, task="t")(categories)["prompt"].tolist() == _user_texts(result["messages"])


@pytest.mark.parametrize("times", [1, 100])
def test_columns_that_arrow_cannot_hold(times):
    """Values of many types in one column: those that are not needed do no harm, a needed one is named."""
    columns: dict[str, list[Any]] = {
        "unique_id": [str(i) for i in range(2 * times)],
        "question": ["x", "y"] * times,
        "text": ["x", 3] * times,
        "context": [object(), {1: 2}] * times,
    }
    objects = [polars.Series(name, values, dtype=polars.Object) for name, values in columns.items()]
    batches: list[Any] = [columns, pd.DataFrame(columns), polars.DataFrame(objects)]
    for batch in batches:
        result = InstructionAugmenter(POOL, task="t")(batch)
        assert type(result) is type(batch)
        assert set(result["prompt"]) <= {"A x", "B x", "A y", "B y"}
        pool = InstructionPool.from_dict({"t": ["{text}"]})
        with pytest.raises(
            ExampleError, match=r"^Example '1' of the task 't': the field 'text' must be text, but is int"
        ):
            InstructionAugmenter(pool, task="t")(batch)


def test_polars_frames_keep_their_types():
    """The added columns are text and lists of structs, with and without rows; nothing is turned into objects."""
    augmenter = InstructionAugmenter(POOL, task="t", output="messages")
    frame = polars.DataFrame({"unique_id": ["a"], "question": ["x"], "place": [[1, 2]]})
    for rows in (frame, frame.clear()):
        schema = augmenter(rows).schema
        part = polars.Struct({"type": polars.String, "text": polars.String})
        turn = polars.Struct({"role": polars.String, "content": polars.List(part)})
        assert list(schema.items())[3:] == [
            ("messages", polars.List(turn)),
            ("instruction_id", polars.String),
        ]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (polars.LazyFrame({"unique_id": ["a"]}), "but got LazyFrame. Collect it first: frame.collect()."),
        ([{"unique_id": "a"}], "but got list. For a whole data set, use augment()."),
        (Dataset.from_dict({"unique_id": ["a"]}), "but got Dataset. For a whole data set, use augment()."),
        (None, "but got NoneType. "),
    ],
)
def test_other_kinds_are_refused(wrong, message):
    """The message says what is taken, and what to do with what was given."""
    with pytest.raises(SettingError, match=r"^Expected an example or a batch, as a dict, a pyarrow Table") as caught:
        InstructionAugmenter(POOL, task="t")(wrong)
    assert message in str(caught.value)


def test_a_column_that_is_too_short_is_named():
    """Otherwise rows would get the fields of others."""
    with pytest.raises(ExampleError, match=r"^The column 'question' has 1 values, but there are 2 ids\.$"):
        InstructionAugmenter(POOL, task="t")({"unique_id": ["a", "b"], "question": ["x"]})


def test_two_columns_of_one_name_are_refused():
    """Neither is taken by chance."""
    names, columns = ["unique_id", "question", "question"], [["a"], ["x"], ["y"]]
    frame = pd.DataFrame({"unique_id": ["a"], "question": ["x"], "again": ["y"]}).set_axis(names, axis=1)
    for batch in (frame, pa.record_batch(columns, names=names), pa.table(columns, names=names)):
        with pytest.raises(ExampleError, match=r"^There are 2 columns 'question'; remove all but one\.$"):
            InstructionAugmenter(POOL, task="t")(batch)


@pytest.mark.parametrize(
    "example",
    [
        {"unique_id": np.str_("7"), "question": np.str_("x")},
        {"unique_id": np.int64(7), "question": np.array("x")},
        {"unique_id": np.array(7), "question": "x"},
        {"unique_id": torch.tensor(7), "question": "x"},
    ],
)
def test_an_example_of_scalars_is_one_example(example):
    """Numbers and texts of NumPy and torch are what they hold; the example comes back with them untouched."""
    result = InstructionAugmenter(POOL, task="t")(example)
    assert result["prompt"] == InstructionAugmenter(POOL, task="t")({"unique_id": 7, "question": "x"})["prompt"]
    assert all(result[name] is value for name, value in example.items())


def test_tensors_are_a_batch():
    """A batch under `with_format("torch")` has numbers as tensors and texts as lists."""
    ids = torch.arange(3)
    result = InstructionAugmenter(POOL, task="t")({"unique_id": ids, "question": ["x", "y", "z"]})
    plain = InstructionAugmenter(POOL, task="t")({"unique_id": [0, 1, 2], "question": ["x", "y", "z"]})
    assert result["prompt"] == plain["prompt"]
    assert result["unique_id"] is ids


LABELLED = Features(
    {
        "unique_id": Value("string"),
        "question": ClassLabel(names=["cat", "dog"]),
        "label": ClassLabel(names=["no", "yes"]),
    }
)
ASKED = InstructionPool.from_dict({"t": ["Is it a {question}?"]})
ANSWER: dict[str, Any] = {"columns": {"target": "label"}, "task": "t", "output": "messages"}


def _labelled() -> Dataset:
    return Dataset.from_dict({"unique_id": ["a", "b"], "question": [0, 1], "label": [1, -1]}, features=LABELLED)


def _yield_labelled() -> Any:
    yield from [{"unique_id": "a", "question": 0, "label": 1}, {"unique_id": "b", "question": 1, "label": -1}]


LABELLED_WAYS: dict[str, Any] = {
    "map-style": lambda: augment(_labelled(), ASKED, **ANSWER),
    "stream": lambda: augment(_labelled().to_iterable_dataset(), ASKED, **ANSWER),
    "stream of examples": lambda: augment(
        IterableDataset.from_generator(_yield_labelled, features=LABELLED), ASKED, **ANSWER
    ),
    "map": lambda: _labelled().map(InstructionAugmenter(ASKED, **ANSWER)),
    "map of batches": lambda: _labelled().map(InstructionAugmenter(ASKED, **ANSWER), batched=True),
    "table": lambda: InstructionAugmenter(ASKED, **ANSWER)(_labelled().with_format("arrow")[:]).to_pylist(),
}


@pytest.mark.parametrize("way", LABELLED_WAYS.values(), ids=LABELLED_WAYS)
def test_class_labels_are_shown_by_name(way):
    """Wherever the features are known; the column itself keeps its numbers, and -1 is no label."""
    rows = list(way())
    assert _user_texts(row["messages"] for row in rows) == ["Is it a cat?", "Is it a dog?"]
    assert [row["label"] for row in rows] == [1, -1]
    assert [[part["text"] for turn in row["messages"] for part in turn["content"]] for row in rows] == [
        ["Is it a cat?", "yes"],
        ["Is it a dog?"],
    ]


def test_numbers_without_names_are_refused():
    """Where the features are not known, the message says how to put the names in; a label beyond the names is named."""
    augmenter = InstructionAugmenter(ASKED, task="t")
    row = {"unique_id": "a", "question": 1}
    message = (
        r"must be text, but is int: 1; make text of numbers with cast_column\('question', Value\('string'\)\), "
        r"and of labels with features\['question'\]\.int2str"
    )
    for examples in (row, pa.Table.from_pylist([row]), pd.DataFrame([row])):
        with pytest.raises(ExampleError, match=message):
            augmenter(examples)
    beyond = pa.table({"unique_id": ["a"], "question": [7], "label": [0]}, schema=LABELLED.arrow_schema)
    with pytest.raises(
        ExampleError, match=r"^The column 'question' holds the label 7, but its labels are 0 to 1, or -1 for none"
    ):
        augmenter(beyond)


PICTURES = Features(
    {"unique_id": Value("string"), "question": Value("string"), "image": Image(), "images": List(Image())}
)


def _jpeg() -> bytes:
    """A picture whose end is missing: decoding it is an error, encoding it again would change it."""
    buffer = io.BytesIO()
    Pillow.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)).save(buffer, "JPEG")
    return buffer.getvalue()[:2000]


def _pictures(rows: int = 3) -> Dataset:
    picture = {"bytes": _jpeg(), "path": None}
    columns = {
        "unique_id": [str(i) for i in range(rows)],
        "question": ["x"] * rows,
        "image": [picture] * rows,
        "images": [[picture] * (i % 3) for i in range(rows)],
    }
    return Dataset.from_dict(columns, features=PICTURES)


def test_the_pictures_of_these_tests_cannot_be_decoded():
    """Whoever looks at one fails."""
    with pytest.raises(OSError, match=r"[Tt]runcated"):
        _pictures()[0]


@pytest.mark.parametrize("batched", [False, True])
@pytest.mark.parametrize("output", ["prompt", "messages"])
@pytest.mark.parametrize("columns", [None, {"images": "image"}, {"text": "question"}])
@pytest.mark.parametrize("rows", [3, 200])
def test_map_keeps_pictures_as_they_are_stored(batched, output, columns, rows):
    """No picture is decoded and none encoded again: the columns are equal, bytes and features, and pictures counted."""
    disable_progress_bars()
    data = _pictures(rows).shuffle(seed=0)
    augmenter = InstructionAugmenter(POOL, task="t", output=output, columns=columns)
    for given in (data, data.with_format(None)):
        result = given.map(augmenter, batched=batched, batch_size=150, load_from_cache_file=False)
        assert {name: result.features[name] for name in PICTURES} == PICTURES
        stored = result.with_format("arrow")[:]
        assert stored.select(list(PICTURES)).equals(data.with_format("arrow")[:])
        expected = augmenter(data.with_format("arrow")[:])
        for name in augmenter.added:
            assert stored[name].to_pylist() == expected[name].to_pylist()


@pytest.mark.parametrize("batched", [False, True])
def test_what_a_function_changed_before_is_read(batched):
    """A function that edits what `map` passes and hands it on: the edited fields count, and pictures stay."""
    augmenter = InstructionAugmenter(POOL, task="t", output="messages")

    def edited(examples: Any) -> Any:
        questions = examples["question"]
        examples["question"] = [each.upper() for each in questions] if batched else questions.upper()
        return augmenter(examples)

    result = _pictures().map(edited, batched=batched).with_format("arrow")[:]
    assert {text[-1] for text in _user_texts(result["messages"].to_pylist())} == {"X"}
    assert result.select(["image", "images"]).equals(_pictures().with_format("arrow")[:].select(["image", "images"]))


@pytest.mark.parametrize("batched", [False, True])
def test_a_mapped_stream_keeps_pictures_where_the_library_does(batched):
    """In the Arrow format, and with decoding off: a stream's `map` decodes everything before any function is called."""
    stream, augmenter = _pictures().to_iterable_dataset(), InstructionAugmenter(POOL, task="t", output="messages")
    expected = augmenter(_pictures().with_format("arrow")[:])
    tables = stream.with_format("arrow").map(augmenter, batched=batched)
    assert pa.concat_tables(list(tables)).select(expected.column_names).equals(expected)
    undecoded = stream.decode(False).map(augmenter, batched=batched)
    assert [row["messages"] for row in undecoded] == expected["messages"].to_pylist()
    assert [row["image"]["bytes"] for row in undecoded] == [_jpeg()] * 3
