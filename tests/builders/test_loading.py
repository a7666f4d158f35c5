"""`load_dataset`: raw files into data sets, and everything else left to `datasets`."""

import shutil
from pathlib import Path
from typing import Any

import datasets
import pytest

from instraug_datasets.errors import HubError, MissingFilesError, SettingError, SourceError, UnknownNameError
from instraug_datasets.loading import load_dataset
from instraug_datasets.records import FEATURES
from tests.builders.raw_files import write_captions

CAPTIONS = {1: ["A cat."], 2: ["A dog."], 3: ["A cup."]}


def load(root: Path, **settings: Any) -> Any:
    cache = str(root.parent / "cache")
    return load_dataset("multiinstruct", "image_caption", data_dir=root, split="train", cache_dir=cache, **settings)


def test_a_benchmark_is_built_from_raw_files(demo_dir: Path, tmp_path: Path) -> None:
    """Without a split come all splits, as a DatasetDict, with decoded pictures."""
    found = load_dataset("multiinstruct", "ITM", data_dir=demo_dir, cache_dir=str(tmp_path))
    assert list(found) == ["train", "validation"]
    assert found["train"].features == FEATURES
    assert found["train"][0]["images"][0].size[0] > 8


def test_streaming(demo_dir: Path) -> None:
    """A stream of the default config starts without preparing anything, mixes tasks early and decodes pictures."""
    stream = load_dataset("multiinstruct", data_dir=str(demo_dir), split="train", streaming=True)
    assert isinstance(stream, datasets.IterableDataset)
    first = list(stream.take(60))
    assert len({row["task"] for row in first}) > 5
    assert first[0]["images"][0].mode == "RGB"


def test_slices_and_sums_of_splits(demo_dir: Path, tmp_path: Path) -> None:
    """The split notation of `datasets` works on a prepared build."""
    whole, part = (
        load_dataset("multiinstruct", "ITM", data_dir=demo_dir, split=split, cache_dir=str(tmp_path))
        for split in ("train+validation", "train[:5]")
    )
    assert (len(whole) > len(part), len(part)) == (True, 5)


def test_a_missing_split_says_what_it_needs(demo_dir: Path, tmp_path: Path) -> None:
    """A split that the data dir cannot serve, and one that the task does not have, are told apart."""
    write_captions(tmp_path, CAPTIONS)
    with pytest.raises(MissingFilesError, match="captions_val2014"):
        load_dataset("multiinstruct", "image_caption", data_dir=tmp_path, split="validation", streaming=True)
    with pytest.raises(MissingFilesError, match="has no split 'test', only train, validation"):
        load_dataset("multiinstruct", "image_caption", data_dir=demo_dir, split="test", streaming=True)


def test_a_changed_raw_file_is_not_served_stale(tmp_path: Path) -> None:
    """A prepared copy is used again, but not after an annotation file has changed."""
    root = tmp_path / "raw"
    write_captions(root, CAPTIONS)
    first, again = load(root), load(root)
    assert first._fingerprint == again._fingerprint
    write_captions(root, {**CAPTIONS, 4: ["A new picture."]})
    assert sorted(load(root)["target"]) == ["A cat.", "A cup.", "A dog.", "A new picture."]


def test_settings_have_prepared_copies_of_their_own(tmp_path: Path) -> None:
    """Another seed, sample or way with errors is another copy."""
    root = tmp_path / "raw"
    write_captions(root, CAPTIONS)
    settings: list[dict[str, Any]] = [{}, {"seed": 1}, {"num_examples": 2}, {"on_error": "skip"}]
    prints = [load(root, **each)._fingerprint for each in settings]
    assert len(set(prints)) == 4


@pytest.mark.parametrize("streaming", [True, False])
@pytest.mark.parametrize(("split", "other"), [("train", "val"), ("train[:1]", "val"), ("validation", "train")])
def test_a_sample_reads_only_the_split_that_is_asked_for(
    demo_dir: Path, tmp_path: Path, split: str, other: str, streaming: bool
) -> None:
    """An unreadable file of another split stops neither a stream nor a prepared sample."""
    root = tmp_path / "raw"
    shutil.copytree(demo_dir / "MSCOCO2014", root / "MSCOCO2014")
    (root / f"MSCOCO2014/annotations/captions_{other}2014.json").write_text("not JSON")
    settings: dict[str, Any] = {"data_dir": root, "num_examples": 1, "cache_dir": str(tmp_path / "cache")}
    if not streaming or "[" not in split:  # `datasets` slices no streams
        found = load_dataset("multiinstruct", "image_caption", split=split, streaming=streaming, **settings)
        assert len(list(found)) == 1
    with pytest.raises(SourceError, match=f"captions_{other}2014.json"):
        load_dataset("multiinstruct", "image_caption", streaming=streaming, **settings)


def test_a_sample_of_a_split_is_the_same_beside_others(demo_dir: Path, tmp_path: Path) -> None:
    """A split alone, a sum of splits and all splits draw the same records."""
    ids = {
        split: load_dataset(
            "multiinstruct", "ITM", data_dir=demo_dir, split=split, num_examples=3, cache_dir=str(tmp_path)
        )
        for split in ("train", "validation", "train+validation", None)
    }
    alone, other, both, dictionary = (ids[split] for split in ids)
    assert alone["unique_id"][:] == dictionary["train"]["unique_id"][:]
    assert other["unique_id"][:] == dictionary["validation"]["unique_id"][:]
    assert both["unique_id"][:] == [*alone["unique_id"], *other["unique_id"]]


def test_num_proc_reaches_the_build(demo_dir: Path, tmp_path: Path) -> None:
    """Options of `datasets.load_dataset` that mean something here are passed on; others are refused by name."""
    one, two = (
        load_dataset(
            "multiinstruct", "ITM", data_dir=demo_dir, split="train", cache_dir=str(tmp_path / str(n)), num_proc=n
        )
        for n in (1, 2)
    )
    assert one["unique_id"] == two["unique_id"]
    with pytest.raises(UnknownNameError, match=r"'revision'"):
        load_dataset("multiinstruct", "ITM", data_dir=demo_dir, revision="main")


def test_other_data_sets_are_left_to_datasets(tmp_path: Path) -> None:
    """Anything that is not a benchmark of ours is loaded by `datasets` with every argument as it was."""
    (tmp_path / "part").mkdir()
    (tmp_path / "part/x.csv").write_text("a,b\n1,2\n")
    found = load_dataset(
        "csv", data_files=str(tmp_path / "part/x.csv"), split="train", cache_dir=str(tmp_path / "cache")
    )
    assert found[:] == {"a": [1], "b": [2]}
    folder = load_dataset(str(tmp_path), data_dir="part", split="train", cache_dir=str(tmp_path / "cache"))
    assert folder[:] == {"a": [1], "b": [2]}


def test_without_a_data_dir_a_benchmark_comes_from_the_hub() -> None:
    """The published data set is asked for by its Hub name."""
    with pytest.raises(Exception, match="instraug/multiinstruct"):
        load_dataset("multiinstruct", "ITM")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("multinstruct", "ITM"), "Unknown benchmark 'multinstruct'. Did you mean 'multiinstruct'"),
        (("multiinstruct", "nvlr"), "Unknown task 'nvlr'. Did you mean 'nlvr'"),
    ],
)
def test_a_misspelt_name_is_refused_before_the_hub_is_asked(arguments: tuple[str, str], message: str) -> None:
    """The error names what was meant."""
    with pytest.raises(UnknownNameError, match=message):
        load_dataset(*arguments)


def test_without_a_data_dir_both_ways_are_named() -> None:
    """If the Hub does not have the benchmark, the error shows how to build it and how to load a copy."""
    with pytest.raises(HubError) as raised:
        load_dataset("multiinstruct", "nlvr")
    task = "'natural_language_visual_reasoning'"
    assert f"load_dataset('multiinstruct', {task}, data_dir='raw_datasets')" in str(raised.value)
    assert f"load_dataset('you/multiinstruct', {task})" in str(raised.value)


def test_settings_of_a_build_are_refused_elsewhere() -> None:
    """A sample size for a published data set would have no effect, so it is an error."""
    with pytest.raises(SettingError, match="pass data_dir"):
        load_dataset("multiinstruct", "ITM", num_examples=5)
