"""Data and arguments that cannot be right: the same error, map-style or iterable, from Arrow or from a generator."""

import pickle
import re
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest
from datasets import Dataset, DatasetDict, IterableDataset, IterableDatasetDict
from torch.utils.data import DataLoader

from instraug_datasets import InstructionAugmenter, InstructionPool, augment
from instraug_datasets.errors import ExampleError, InstrAugError, PoolError, SettingError, UnknownNameError
from instraug_datasets.stream import augmenter_of
from tests import toy

POOL = InstructionPool.from_dict(
    {
        "plain": ["Describe."],
        "asked": ["Answer: {question}"],
        "chosen": ["Which? {options}"],
        "boxed": ["What is at {region}?"],
        "said": ["{history}"],
    }
)
GOOD = {"unique_id": "good", "task": "plain"}
IN_SHARES = {"region_style": "normalized_1000"}
BOX = {"unique_id": "x", "task": "boxed", "region": [[1.0, 2.0, 3.0, 4.0]]}


def _filled_up(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows with the same columns in each, as a data set has them."""
    names = {name: None for row in rows for name in row}
    return [{**names, **row} for row in rows]


def _map_style(rows: list[dict[str, Any]]) -> Dataset:
    return Dataset.from_list(_filled_up(rows))


def _from_arrow(rows: list[dict[str, Any]]) -> IterableDataset:
    return _map_style(rows).to_iterable_dataset()


def _from_generator(rows: list[dict[str, Any]]) -> IterableDataset:
    return IterableDataset.from_generator(_filled_up, gen_kwargs={"rows": rows})


SOURCES: dict[str, Callable[[list[dict[str, Any]]], Any]] = {
    "map-style": _map_style,
    "from arrow": _from_arrow,
    "from generator": _from_generator,
}
every_source = pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)


def test_an_id_that_is_no_text_is_refused() -> None:
    """Half of a surrogate pair, which JSON may hold, cannot be hashed as UTF-8; in batches, too."""
    with pytest.raises(ExampleError, match=re.escape(r"The id 'a\ud83d' has half of a surrogate pair")):
        InstructionAugmenter(POOL)({"unique_id": "a\ud83d", "task": "plain"})
    ids = [*map(str, range(20)), "a\ud83d"]
    with pytest.raises(ExampleError, match=re.escape(r"The id 'a\ud83d' has half of a surrogate pair")):
        InstructionAugmenter(POOL)({"unique_id": ids, "task": ["plain"] * len(ids)})


def _of(unique_id: str, task: str, problem: str) -> str:
    return f"Example {unique_id!r} of the task {task!r}: {problem}"


NO_BOX = "A box must have four finite numbers [x1, y1, x2, y2], but got "
NO_TURN = "A turn of the history must be {'question': text, 'answer': text}, but got "
NO_OBJECT = "meta must be a JSON object, with names of fields as a list in 'boxes', but got "
NO_SIZE = "image_size must be [width, height] in pixels, both above 0, but got "

BAD_ROWS: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "null field": (
        {"unique_id": "x", "task": "asked", "question": None},
        {},
        _of("x", "asked", "The instruction 'Answer: {question}' needs the field 'question', which is null or missing."),
    ),
    "missing field": (
        {"unique_id": "x", "task": "asked"},
        {},
        _of("x", "asked", "The instruction 'Answer: {question}' needs the field 'question', which is null or missing."),
    ),
    "field under another name": (
        {"unique_id": "x", "task": "asked", "question": "so", "q": None},
        {"columns": {"question": "q"}},
        _of("x", "asked", "The instruction 'Answer: {question}' needs the field 'question', which is null or missing."),
    ),
    "number for text": (
        {"unique_id": "x", "task": "asked", "question": 3},
        {},
        _of(
            "x",
            "asked",
            "the field 'question' must be text, but is int: 3; make text of numbers with "
            "cast_column('question', Value('string')), and of labels with features['question'].int2str",
        ),
    ),
    "list for text": (
        {"unique_id": "x", "task": "asked", "question": ["so"]},
        {},
        _of("x", "asked", "the field 'question' must be text, but is list: ['so']"),
    ),
    "empty options": (
        {"unique_id": "x", "task": "chosen", "options": []},
        {},
        _of("x", "chosen", "The instruction 'Which? {options}' needs the field 'options', which is null or missing."),
    ),
    "null option": (
        {"unique_id": "x", "task": "chosen", "options": ["a", None]},
        {},
        _of("x", "chosen", "the field 'options' must be a list of texts, but is ['a', None]"),
    ),
    "numbers for options": (
        {"unique_id": "x", "task": "chosen", "options": [1, 2]},
        {},
        _of("x", "chosen", "the field 'options' must be a list of texts, but is [1, 2]"),
    ),
    "text for options": (
        {"unique_id": "x", "task": "chosen", "options": "ab"},
        {},
        _of("x", "chosen", "the field 'options' must be a list of texts, but is 'ab'"),
    ),
    "three corners": ({**BOX, "region": [[1.0, 2.0, 3.0]]}, {}, _of("x", "boxed", f"{NO_BOX}[1.0, 2.0, 3.0].")),
    "null corner": (
        {**BOX, "region": [[1.0, 2.0, 3.0, None]]},
        {},
        _of("x", "boxed", f"{NO_BOX}[1.0, 2.0, 3.0, None]."),
    ),
    "width and height for corners": (
        {**BOX, "region": [[100.0, 200.0, 30.0, 40.0]]},
        {},
        _of(
            "x",
            "boxed",
            "A box must have the corners [x1, y1, x2, y2] with x2 > x1 and y2 > y1, but got [100.0, 200.0, 30.0, 40.0]"
            ". If this is x, y, width, height, write [x, y, x + width, y + height].",
        ),
    ),
    "endless corner": (
        {**BOX, "region": [[1.0, 2.0, 3.0, float("inf")]]},
        {},
        _of("x", "boxed", f"{NO_BOX}[1.0, 2.0, 3.0, inf]."),
    ),
    "box that is not in a list": ({**BOX, "region": [1.0, 2.0, 3.0, 4.0]}, {}, _of("x", "boxed", f"{NO_BOX}1.0.")),
    "text for a box": (
        {**BOX, "region": [["1", "2", "3", "4"]]},
        {},
        _of("x", "boxed", f"{NO_BOX}['1', '2', '3', '4']."),
    ),
    "null in a turn": (
        {"unique_id": "x", "task": "said", "history": [{"question": "q", "answer": None}]},
        {},
        _of("x", "said", f"{NO_TURN}{{'question': 'q', 'answer': None}}."),
    ),
    "text for a turn": (
        {"unique_id": "x", "task": "said", "history": ["q"]},
        {},
        _of("x", "said", f"{NO_TURN}'q'."),
    ),
    "meta that is no JSON": ({**BOX, "meta": "{"}, IN_SHARES, _of("x", "boxed", f"{NO_OBJECT}'{{'.")),
    "meta that is no object": ({**BOX, "meta": "[3]"}, IN_SHARES, _of("x", "boxed", f"{NO_OBJECT}'[3]'.")),
    "no image_size": (
        {**BOX, "meta": "{}"},
        IN_SHARES,
        _of(
            "x",
            "boxed",
            "A region style other than 'pixels' needs the picture's size: put image_size = [width, height]",
        ),
    ),
    "no meta": (
        BOX,
        IN_SHARES,
        _of(
            "x",
            "boxed",
            "A region style other than 'pixels' needs the picture's size: put image_size = [width, height]",
        ),
    ),
    "image_size of nothing": (
        {**BOX, "meta": '{"image_size": [0, 9]}'},
        IN_SHARES,
        _of("x", "boxed", f"{NO_SIZE}[0, 9]."),
    ),
    "target that is no box": (
        {**BOX, "target": "a cat", "meta": '{"image_size": [9, 9], "boxes": ["target"]}'},
        IN_SHARES,
        _of("x", "boxed", "Expected boxes written as 'x1 y1 x2 y2', joined with '||||', but got 'a cat'."),
    ),
    "number for the target": (
        {"unique_id": "x", "task": "plain", "target": 3},
        {"output": "messages"},
        _of("x", "plain", "the field 'target' must be text, but is int: 3"),
    ),
}


@every_source
@pytest.mark.parametrize(("row", "arguments", "message"), BAD_ROWS.values(), ids=BAD_ROWS)
def test_a_bad_row_is_named(source, row, arguments, message):
    """The message says which example, of which task, and what of it."""
    rows = [row] if "columns" in arguments else [{**GOOD, "meta": '{"image_size": [9, 9]}'}, row]
    with pytest.raises(ExampleError, match=f"^{re.escape(message)}"):
        list(augment(source(rows), POOL, **arguments))


@pytest.mark.parametrize(("row", "arguments", "message"), BAD_ROWS.values(), ids=BAD_ROWS)
def test_a_bad_row_of_a_batch_or_table_is_named(row, arguments, message):
    """The transform by itself says the same, whatever it is called with."""
    augmenter = InstructionAugmenter(POOL, **arguments)
    for examples in (row, {name: [value] for name, value in row.items()}, pa.Table.from_pylist([row])):
        with pytest.raises(ExampleError, match=f"^{re.escape(message)}"):
            augmenter(examples)


@every_source
@pytest.mark.parametrize("task", ["plane", "unheard of"])
def test_a_task_that_the_pool_lacks_is_named(source, task):
    """Near ones are offered, or all of the pool's."""
    with pytest.raises(UnknownNameError, match=f"^Unknown task {task!r}") as caught:
        list(augment(source([GOOD, {"unique_id": "x", "task": task}]), POOL))
    assert ("Did you mean 'plain'?" if task == "plane" else "Known: asked, boxed, chosen, plain, said.") in str(
        caught.value
    )
    assert "An example names it, but the pool has no instructions for it." in str(caught.value)


@every_source
@pytest.mark.parametrize("row", [{"unique_id": "x", "task": None}, {"unique_id": "x"}])
def test_an_example_without_a_task_is_told_what_to_pass(source, row):
    """Whether its task is null or there is no column of that name."""
    with pytest.raises(UnknownNameError) as caught:
        list(augment(source([row]), POOL))
    assert str(caught.value) == (
        "An example names no task: pass task=... if all examples are of one task, or add a column `task`. "
        "The pool has instructions for: asked, boxed, chosen, plain, said."
    )


@every_source
def test_a_null_id_is_refused(source):
    """Every example needs an id; map-style data say which row lacks it, at once."""
    message = (
        "The id of row 1 is null" if source is _map_style else "An example has no unique_id: it is missing or null"
    )
    with pytest.raises(ExampleError, match=message):
        list(augment(source([GOOD, {"unique_id": None, "task": "plain"}]), POOL))


@every_source
@pytest.mark.parametrize("arguments", [{}, {"columns": {"unique_id": "key"}}])
def test_data_without_ids_are_refused(source, arguments):
    """The message says how to name another column."""
    with pytest.raises(ExampleError, match=re.escape("columns={'unique_id': ...} names another column")):
        list(augment(source([{"name": "a", "task": "plain"}]), POOL, **arguments))


@pytest.mark.parametrize("ours", ["images", "target", "question"])
@pytest.mark.parametrize("stream", [False, True])
def test_a_mapped_column_that_is_not_there_is_refused(ours, stream):
    """Without it chat turns would lose their pictures or answers; of a dict, one split that has it is enough."""
    data = Dataset.from_dict({"unique_id": ["a"], "photo": ["a.jpg"], "gold": ["yes"]})
    source = data.to_iterable_dataset() if stream else data
    splits = (IterableDatasetDict if stream else DatasetDict)({"train": source})
    for each in (source, splits):
        with pytest.raises(UnknownNameError) as caught:
            augment(each, POOL, task="plain", columns={ours: "phot"}, output="messages")
        assert str(caught.value) == f"Unknown column 'phot'. Did you mean 'photo'? columns= names it for {ours!r}."
    test = data.remove_columns("gold")
    both = type(splits)({"train": source, "test": test.to_iterable_dataset() if stream else test})
    augment(both, POOL, task="plain", columns={"target": "gold"}, output="messages")


@every_source
@pytest.mark.parametrize("wrong", [1.5, True, ["a"]])
def test_ids_are_text_or_whole_numbers(source, wrong):
    """Anything else has no one way to be written."""
    with pytest.raises(ExampleError, match=r"text (nor a|or) whole number"):
        list(augment(source([{"unique_id": wrong, "task": "plain"}]), POOL))


@pytest.mark.parametrize("ids", [["a", "b", "a"], [1, 2, 1]])
def test_ids_that_stand_twice_are_refused_in_map_style_data(ids):
    """Two examples of one id would always get the same instruction; selected rows are checked as they are selected."""
    data = Dataset.from_list([{"unique_id": each, "task": "plain"} for each in ids])
    with pytest.raises(ExampleError, match=re.escape(f"The id {ids[0]!r} stands 2 times in the column 'unique_id'")):
        augment(data, POOL)
    with pytest.raises(ExampleError, match=re.escape(f"The id {ids[0]!r} stands 2 times")):
        augment(data.select([2, 0]), POOL)
    assert len(list(augment(data.select([2, 1]), POOL))) == 2


@every_source
@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("prompt", {}),
        ("instruction_id", {}),
        ("messages", {"output": "messages"}),
        ("completion", {"region_style": "ofa_bins"}),
    ],
)
def test_a_column_is_never_overwritten(source, name, arguments):
    """The message names the column and how to be rid of it; a column that is not added is no clash."""
    rows = [{**GOOD, name: "mine", "meta": '{"image_size": [9, 9]}'}]
    message = f"The data already have a column {name!r}, which augmenting would overwrite; rename it or remove it first"
    with pytest.raises(ExampleError, match=re.escape(message)):
        list(augment(source(rows), POOL, **arguments))
    if arguments:
        assert next(iter(augment(source(rows), POOL)))[name] == "mine"


@every_source
def test_augmenting_twice_is_a_clash(source):
    """The second pool would replace the first."""
    with pytest.raises(ExampleError, match="The data already have a column 'prompt'"):
        list(augment(augment(source([GOOD]), POOL), POOL))


def test_map_style_data_are_augmented_once():
    """Under another name the first prompts would be made anew along with the second."""
    first = augment(_map_style([GOOD]), POOL).rename_columns({"prompt": "first", "instruction_id": "first_id"})
    with pytest.raises(SettingError, match="The data set is augmented already"):
        augment(first, POOL)


@pytest.mark.parametrize("kind", ["torch", "numpy", "arrow"])
def test_formatted_map_style_data_are_refused(kind):
    """The message says what to do instead."""
    with pytest.raises(SettingError, match=f"has the format '{kind}', which hides what instructions need"):
        augment(_map_style([GOOD]).with_format(kind), POOL)


def test_transformed_map_style_data_are_refused():
    """A user's own transform would be gone without a word."""
    with pytest.raises(SettingError, match="has the format 'custom', which hides what instructions need"):
        augment(_map_style([GOOD]).with_transform(dict), POOL)


@pytest.mark.parametrize("wrong", [[GOOD], GOOD, None, "multiinstruct", pa.table({"unique_id": ["a"]})])
def test_only_data_sets_are_augmented(wrong):
    """The message names what was given, and what serves for other kinds of data."""
    message = f"takes a Dataset, an IterableDataset or a dict of them, but got {type(wrong).__name__}. For other kinds"
    with pytest.raises(SettingError, match=message):
        augment(wrong, POOL)


def test_dicts_of_data_sets_are_augmented_split_by_split():
    """The same kind comes back, and a bad split is an error as it would be alone."""
    rows = toy.dataset(8)
    both = augment(DatasetDict(train=rows, test=rows.select([0])), toy.pool())
    assert type(both) is DatasetDict
    assert toy.prompts(both["train"]) == toy.prompts(augment(rows, toy.pool()))
    streams = augment(IterableDatasetDict(train=rows.to_iterable_dataset()), toy.pool())
    assert type(streams) is IterableDatasetDict
    assert toy.prompts(streams["train"]) == toy.prompts(both["train"])
    with pytest.raises(ExampleError, match="stands 2 times"):
        augment(DatasetDict(train=rows, test=rows.select([0, 0])), toy.pool())


@every_source
@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        ({"strategy": "cycel"}, UnknownNameError, "Unknown strategy 'cycel'. Did you mean 'cycle'?"),
        ({"output": "message"}, UnknownNameError, "Unknown output 'message'. Did you mean 'messages'?"),
        ({"options_style": "letter"}, UnknownNameError, "Unknown options style 'letter'. Did you mean 'letters'"),
        ({"region_style": "pixel"}, UnknownNameError, "Unknown region style 'pixel'. Did you mean 'pixels'?"),
        ({"columns": {"questions": "q"}}, UnknownNameError, "Unknown column 'questions'. Did you mean 'question'"),
        ({"max_instructions": 0}, SettingError, "max_instructions must be a positive integer or None, but got 0."),
        ({"meta_probability": 1.5}, SettingError, "meta_probability must be between 0 and 1, but got 1.5."),
        ({"seed": "42"}, SettingError, "seed must be an integer, but got '42'."),
        ({"output": "prompt_completions"}, UnknownNameError, "Did you mean 'prompt_completion'"),
        (
            {"region_style": "qwen25_vl"},
            UnknownNameError,
            "Unknown region style 'qwen25_vl'. Did you mean 'qwen2.5_vl'",
        ),
        ({"options_style": 3}, SettingError, "The options style must be a name or a declared style, but got 3."),
        ({"shuffle_options": "no"}, SettingError, "shuffle_options must be True or False, but got 'no'."),
        ({"system": ["x"]}, SettingError, "system must be text, or None for no such turn, but got ['x']."),
    ],
)
def test_bad_arguments_are_refused_at_once(source, arguments, kind, message):
    """Before anything is read, with the value and what was expected."""
    with pytest.raises(kind, match=re.escape(message)):
        augment(source([GOOD]), POOL, **arguments)


def test_a_pool_that_cannot_be_read_is_refused_at_once():
    """A name that is none of a bundled pool is taken for a path or a Hub id, and named as such."""
    with pytest.raises(PoolError, match=r"Cannot read a pool from '\./nowhere': there is no such folder"):
        augment(_map_style([GOOD]), "./nowhere")


@pytest.mark.parametrize("epoch", [-1, 1.0, "1", True, 2**64])
def test_an_epoch_is_a_whole_number_from_0(epoch):
    """Given as the one to render, or set later, even where setting does nothing."""
    message = re.escape(f"An epoch must be a whole number from 0 to 2**64 - 1, but got {epoch!r}.")
    with pytest.raises(SettingError, match=message):
        InstructionAugmenter(POOL, epoch=epoch)
    with pytest.raises(SettingError, match=message):
        augment(_map_style([GOOD]), POOL).set_epoch(epoch)
    with pytest.raises(SettingError, match=message):
        augment(_map_style([GOOD]), POOL, epoch=0).set_epoch(epoch)


@every_source
def test_only_augmented_map_style_data_have_an_augmenter(source):
    """Asking anything else says what it is."""
    with pytest.raises(SettingError, match=r"Expected a map-style data set that augment\(\) made, but got "):
        augmenter_of(source([GOOD]))


def test_errors_are_pickled_whole():
    """Their kind, message and what else they know."""
    for row in ({"unique_id": "x", "task": "asked"}, {"unique_id": "x", "task": "plane"}):
        with pytest.raises(InstrAugError) as caught:
            InstructionAugmenter(POOL)(row)
        copied = pickle.loads(pickle.dumps(caught.value))
        assert (type(copied), str(copied), vars(copied)) == (caught.type, str(caught.value), vars(caught.value))


@every_source
def test_errors_come_home_from_workers(source):
    """A worker sends the error of a bad row to the training loop, with its message."""
    data = augment(source([{"unique_id": "x", "task": "asked"}]), POOL)
    with pytest.raises(
        ExampleError, match=r"Example 'x' of the task 'asked': The instruction 'Answer: \{question\}' needs"
    ):
        list(DataLoader(data, num_workers=1, multiprocessing_context="fork", collate_fn=list))
    data = augment(source([{"unique_id": "x", "task": "plane"}]), POOL)
    with pytest.raises(UnknownNameError, match=r"Unknown task 'plane'\. Did you mean 'plain'"):
        list(DataLoader(data, num_workers=1, multiprocessing_context="fork", collate_fn=list))
