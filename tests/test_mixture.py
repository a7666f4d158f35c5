"""`mixture`: data sets in their shares, the same every time, with the wordings that they have alone."""

import re
from collections import Counter
from typing import Any

import pytest
from datasets import (
    Dataset,
    DatasetDict,
    DatasetInfo,
    Features,
    IterableDataset,
    NamedSplit,
    SplitDict,
    SplitInfo,
    Value,
)
from torch.utils.data import DataLoader

from instraug_datasets import augment, mixture
from instraug_datasets.errors import SettingError, UnknownNameError
from instraug_datasets.mixing import shares
from tests import toy

POOL = toy.pool()
PARTS = {"a": slice(0, 12), "b": slice(12, 24), "c": slice(24, 60)}


def numbers(name: str, count: int) -> Dataset:
    return Dataset.from_list([{"name": name, "number": number} for number in range(count)])


def parts() -> dict[str, Dataset]:
    """Toy examples in three data sets, of 12, 12 and 36 rows."""
    rows = toy.dataset(60)
    return {name: rows.select(range(part.start, part.stop)) for name, part in PARTS.items()}


def ids(stream: Any) -> list[str]:
    return [row["unique_id"] for row in stream]


def test_shares_are_those_of_the_square_roots() -> None:
    """Sizes of 1, 4 and 9 give shares of one, two and three sixths."""
    found = shares(["x", "y", "z"], {"x": 100, "y": 400, "z": 900})
    assert found == pytest.approx({"x": 1 / 6, "y": 2 / 6, "z": 3 / 6})


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, (1 / 6, 2 / 6, 3 / 6)),
        ({"weights": "size"}, (1 / 14, 4 / 14, 9 / 14)),
        ({"weights": "equal"}, (1 / 3, 1 / 3, 1 / 3)),
        ({"weights": {"a": 1, "b": 1, "c": 2}}, (1 / 4, 1 / 4, 2 / 4)),
        ({"adjust": {"a": 3, "c": 1 / 3}}, (3 / 6, 2 / 6, 1 / 6)),
    ],
)
def test_the_realised_shares_are_those_asked_for(settings: dict[str, Any], expected: tuple[float, ...]) -> None:
    """The shares of thousands of examples match the weights within three percent."""
    data = {name: numbers(name, 4000) for name in "abc"}
    stream = mixture(data, sizes={"a": 100, "b": 400, "c": 900}, seed=7, **settings)
    counts = Counter(row["name"] for row in stream.take(4000))
    assert [counts[name] / 4000 for name in "abc"] == pytest.approx(expected, abs=0.03)


def test_sizes_come_from_lengths_and_from_what_streams_say() -> None:
    """Sizes come from the length or the split's info; `sizes` overrides them."""
    said = DatasetInfo(splits=SplitDict({"train": SplitInfo("train", num_examples=900)}))
    stream = IterableDataset(
        numbers("b", 4000).to_iterable_dataset()._ex_iterable, info=said, split=NamedSplit("train")
    )
    data = {"a": numbers("a", 100), "b": stream}
    counts = Counter(row["name"] for row in mixture(data, stopping_strategy="all_exhausted", seed=1).take(2000))
    assert counts["a"] / 2000 == pytest.approx(1 / 4, abs=0.03)
    counts = Counter(
        row["name"] for row in mixture(data, sizes={"b": 100}, stopping_strategy="all_exhausted").take(2000)
    )
    assert counts["a"] / 2000 == pytest.approx(1 / 2, abs=0.03)


def test_the_same_seed_gives_the_same_order() -> None:
    """The order depends on seed and epoch only."""
    one, same, other = (mixture(parts(), seed=seed) for seed in (3, 3, 4))
    order = ids(one)
    assert (ids(same), ids(one)) == (order, order)
    assert ids(other) != order
    one.set_epoch(1)
    assert ids(one) != order


def test_within_a_data_set_the_order_stays() -> None:
    """The rows of each data set keep their order."""
    stream = mixture({name: numbers(name, 50) for name in "ab"}, stopping_strategy="all_exhausted_without_replacement")
    rows = list(stream)
    assert {name: [row["number"] for row in rows if row["name"] == name] for name in "ab"} == {
        name: list(range(50)) for name in "ab"
    }


@pytest.mark.parametrize(
    ("strategy", "most"), [("first_exhausted", 1), ("all_exhausted_without_replacement", 1), ("all_exhausted", 9)]
)
def test_stopping_strategies(strategy: str, most: int) -> None:
    """The default repeats no example and may omit some; the other strategies omit none."""
    counts = Counter(ids(mixture(parts(), weights="equal", stopping_strategy=strategy, seed=2)))
    assert max(counts.values()) <= most
    assert (len(counts) == 60) == (strategy != "first_exhausted")


@pytest.mark.parametrize("epoch", [0, 1, 4])
def test_augmenting_before_or_after_gives_the_same_prompts(epoch: int) -> None:
    """Instructions do not depend on whether data sets are mixed before or after augmentation."""
    settings: dict[str, Any] = {"seed": 2, "stopping_strategy": "all_exhausted_without_replacement"}
    streams = {name: part.to_iterable_dataset(num_shards=3) for name, part in parts().items()}
    mixtures = [
        augment(mixture(parts(), **settings), POOL, seed=7),
        mixture({name: augment(part, POOL, seed=7) for name, part in parts().items()}, **settings),
        mixture(
            {name: augment(part, POOL, seed=7).select(range(len(part))) for name, part in parts().items()}, **settings
        ),
        augment(mixture(streams, weights="equal", **settings), POOL, seed=7),
        mixture({name: augment(part, POOL, seed=7) for name, part in streams.items()}, weights="equal", **settings),
    ]
    for stream in mixtures:
        stream.set_epoch(epoch)
    first, *others = (toy.prompts(stream) for stream in mixtures)
    assert len(first) == 60
    assert all(other == first for other in others)


@pytest.mark.filterwarnings("ignore:This DataLoader will create")
def test_workers_share_the_stream() -> None:
    """Two workers yield every example once, with the prompts of the epoch."""
    stream = mixture(
        {name: augment(part, POOL, seed=7) for name, part in parts().items()},
        stopping_strategy="all_exhausted_without_replacement",
    )
    stream.set_epoch(2)
    expected = toy.prompts(stream)
    assert toy.prompts(DataLoader(stream, batch_size=None, num_workers=2)) == expected


@pytest.mark.parametrize("stop", [1, 17, 40])
def test_a_stopped_stream_goes_on_where_it_was(stop: int) -> None:
    """A stream resumed from its state yields exactly the remaining examples."""
    whole = ids(mixture(parts(), seed=5, stopping_strategy="all_exhausted_without_replacement"))
    stopped, resumed = (
        mixture(parts(), seed=5, stopping_strategy="all_exhausted_without_replacement") for _ in range(2)
    )
    iterator = iter(stopped)
    assert [next(iterator)["unique_id"] for _ in range(stop)] == whole[:stop]
    resumed.load_state_dict(stopped.state_dict())
    assert ids(resumed) == whole[stop:]


def test_one_data_set_is_a_mixture_too() -> None:
    """A single data set is yielded completely."""
    assert ids(mixture({"all": toy.dataset(20)})) == toy.dataset(20)["unique_id"][:]


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"weights": "root"}, UnknownNameError, "Unknown weighting rule 'root'"),
        ({"weights": {"a": 1}}, SettingError, "weights lacks 'b'"),
        ({"weights": {"a": 1, "b": 1, "d": 1}}, UnknownNameError, "Unknown data set 'd'.*`weights`"),
        ({"weights": {"a": 1, "b": 0}}, SettingError, r"weights\['b'\] must be a positive number, but is 0"),
        ({"adjust": {"a": float("nan")}}, SettingError, r"adjust\['a'\] must be a positive number"),
        ({"adjust": {"A": 2}}, UnknownNameError, "Did you mean 'a'.*`adjust`"),
        ({"sizes": {"a": -1}}, SettingError, r"sizes\['a'\] must be a positive number, but is -1"),
        ({"sizes": {"d": 1}}, UnknownNameError, "Unknown data set 'd'.*`sizes`"),
        ({"stopping_strategy": "never"}, UnknownNameError, "Unknown stopping strategy 'never'"),
    ],
)
def test_settings_are_checked(settings: dict[str, Any], error: type[Exception], message: str) -> None:
    """Invalid settings raise errors that name them."""
    with pytest.raises(error, match=message):
        mixture({"a": numbers("a", 3), "b": numbers("b", 3)}, **settings)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({}, "at least one data set"),
        ([numbers("a", 3)], r"takes data sets by name, \{'name': dataset, \.\.\.\}, but got list"),
        ({"a": numbers("a", 3).to_iterable_dataset()}, r"pass sizes=\{'a': \.\.\.\}"),
        ({"a": DatasetDict(train=numbers("a", 3))}, "'a' must be a Dataset or an IterableDataset, but is DatasetDict"),
        ({"a": numbers("a", 3).with_format("numpy")}, "has the format 'numpy'; set the format after mixing"),
        ({"a": numbers("a", 3).select([])}, "'a' is empty"),
    ],
)
def test_data_sets_are_checked(data: Any, message: str) -> None:
    """Data sets that cannot be mixed raise errors that name them."""
    with pytest.raises(SettingError, match=message):
        mixture(data)


@pytest.mark.parametrize("output", ["prompt", "messages"])
def test_data_sets_without_the_prompts_of_others_are_refused(output: str) -> None:
    """Interleaving would fill them with nulls; texts that come with the data are as good."""
    data = parts()
    mixed = {"a": augment(data["a"], POOL, output=output), "b": data["b"]}
    message = f"The data set 'b' has no column '{output}', which augment() gave 'a'; it would be null."
    with pytest.raises(SettingError, match=re.escape(message)):
        mixture(mixed)
    ready = data["b"].add_column(output, augment(data["b"], POOL, output=output)[output][:])
    stream = mixture({**mixed, "b": ready}, stopping_strategy="all_exhausted_without_replacement")
    assert all(row[output] for row in stream)


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("large", ["a", "b"])
def test_texts_of_tables_from_csv_are_mixed_with_others(large: str, streamed: bool) -> None:
    """Their type is `large_string`; before or after augmenting, row by row and in batches, the prompts are the same."""
    data = parts()
    texts = [name for name, feature in data[large].features.items() if feature == Value("string")]
    csv = data[large].cast(Features({**data[large].features, **dict.fromkeys(texts, Value("large_string"))}))
    mixed = {**data, large: csv.to_iterable_dataset(num_shards=2) if streamed else csv}
    settings: dict[str, Any] = {"weights": "equal", "seed": 2, "stopping_strategy": "all_exhausted_without_replacement"}
    expected = list(augment(mixture(data, **settings), POOL, seed=7))
    assert list(augment(mixture(mixed, **settings), POOL, seed=7)) == expected
    before = mixture({name: augment(part, POOL, seed=7) for name, part in mixed.items()}, **settings)
    assert list(before) == expected
    assert len(before) == len(expected)
    for stream in (before, augment(mixture(mixed, **settings), POOL, seed=7)):
        stream.set_epoch(0)
        assert [text for batch in stream.iter(batch_size=7) for text in batch["prompt"]] == [
            row["prompt"] for row in expected
        ]
        stream.set_epoch(0)
        iterator = iter(stream)
        first = [next(iterator) for _ in range(17)]
        stream.load_state_dict(stream.state_dict())
        assert [*first, *stream] == expected


def test_a_repeated_stream_shows_a_fresh_wording_each_time() -> None:
    """As many as it is repeated, within one epoch."""
    data = parts()
    small = augment(data["a"], POOL, seed=3)
    stream = mixture(
        {"a": small.to_iterable_dataset().repeat(3), "b": augment(data["b"], POOL, seed=3)},
        stopping_strategy="all_exhausted_without_replacement",
    )
    rows = list(stream)
    found = Counter(row["unique_id"] for row in rows)
    wordings = {(row["unique_id"], row["prompt"]) for row in rows}
    assert found == {**dict.fromkeys(data["a"]["unique_id"], 3), **dict.fromkeys(data["b"]["unique_id"], 1)}
    assert len(wordings) == sum(found.values())


def test_equal_weights_ask_for_no_size() -> None:
    """A stream of unknown size can be mixed by weights that do not depend on it."""
    streams = {name: numbers(name, 20).to_iterable_dataset() for name in "ab"}
    assert {row["name"] for row in mixture(streams, weights="equal")} == {"a", "b"}
    assert {row["name"] for row in mixture(streams, weights={"a": 1, "b": 3})} == {"a", "b"}
