"""Where the explorer's examples come from: raw files, and the demo world."""

import pytest
from datasets import Dataset

from instraug_datasets import load_dataset
from instraug_datasets.builders.demo import write_demo
from instraug_datasets.errors import MissingFilesError, PoolError, PublicationError
from instraug_datasets.explorer import open_built, open_raw
from instraug_datasets.pool import InstructionPool
from instraug_datasets.tasks import get_benchmark
from tests import toy


def test_raw_files_serve_the_tasks_that_they_are_complete_for(tmp_path):
    """The tasks of one source are listed, in the order of the benchmark, with the examples of their first split."""
    raw = write_demo(tmp_path / "raw", images=8, sources=["vsr"])
    shown = open_raw(raw, seed=3)
    assert shown.tasks == [task for task in get_benchmark("multiinstruct") if task == "visual_spatial_reasoning"]
    assert (shown.pool, shown.options) == (InstructionPool.load("multiinstruct"), {"seed": 3})
    splits = load_dataset("multiinstruct", "visual_spatial_reasoning", data_dir=raw, streaming=True, seed=3)
    first = list(next(iter(splits.values())).decode(False).take(3))
    assert shown.examples("visual_spatial_reasoning", 3) == first


def test_a_folder_without_data_is_refused(tmp_path):
    """Neither raw files nor built ones: the error names the folder and what to do."""
    with pytest.raises(MissingFilesError, match="does not hold all files of any source of multiinstruct: `instraug"):
        open_raw(tmp_path)
    with pytest.raises(PublicationError, match="holds no built tasks"):
        open_built(tmp_path)


def test_data_with_other_columns_are_sent_to_python(tmp_path):
    """The error names both sets of columns, and what shows such data."""
    file = tmp_path / "dots/train-00000-of-00001.parquet"
    file.parent.mkdir()
    Dataset.from_dict({"id": ["a"], "answer": ["red"]}).to_parquet(file)
    with pytest.raises(PublicationError, match=r"but found \['id', 'answer'\]\. Of data .* docs/custom_data\.md\.$"):
        open_built(tmp_path)


def test_a_pool_of_other_tasks_is_refused(tmp_path):
    """Of raw and of built files; one that has some of the tasks will do."""
    other = InstructionPool.from_dict({"vqa": ["{question}"]})
    (tmp_path / "built" / "caption").mkdir(parents=True)
    toy.dataset(4).to_parquet(tmp_path / "built" / "caption" / "train-00000-of-00001.parquet")
    with pytest.raises(PoolError, match=r"no instructions for any task of the data \(caption\), only for vqa\.$"):
        open_built(tmp_path / "built", pool=other)
    assert open_built(tmp_path / "built", pool=toy.pool()).tasks == ["caption"]
    raw = write_demo(tmp_path / "raw", images=8, sources=["vsr"])
    with pytest.raises(PoolError, match=r"\(visual_spatial_reasoning\), only for vqa\.$"):
        open_raw(raw, pool=other)
