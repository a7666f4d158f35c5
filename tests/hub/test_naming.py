"""Names that the Hub takes and `datasets` cannot load are refused in the plan."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from instraug_datasets.errors import PoolError, PublicationError, SettingError, UnknownNameError
from instraug_datasets.hub import read_publication
from instraug_datasets.hub.naming import check_config, check_split, configs_of
from instraug_datasets.hub.recipe import PromptSettings, Recipe
from tests.hub.conftest import TASKS


@pytest.mark.parametrize("name", ["data", "default", "instructions", "a/b", "a:b", "a*b", " a", "x" * 97, "", "a?"])
def test_configs_that_would_not_load_are_refused(name: str) -> None:
    """With what is expected."""
    with pytest.raises(PublicationError, match="config"):
        check_config(name)


@pytest.mark.parametrize("name", ["GC", "open-domain_VQA", "a.b", "two words", "42"])
def test_configs_that_load_are_taken(name: str) -> None:
    """Hyphens, dots, spaces and digits are fine."""
    check_config(name)


@pytest.mark.parametrize(("name", "good"), [("train_aug", True), ("a.b", True), ("train-aug", False), ("all", False)])
def test_splits(name: str, good: bool) -> None:
    """A hyphen is taken for the number of a shard, and `all` for every split."""
    if good:
        check_split(name)
        return
    with pytest.raises(PublicationError, match="could be published but never loaded"):
        check_split(name)


def test_configs_come_from_the_files() -> None:
    """The default one first, tasks for training before those for evaluation, the pool last."""
    files = [
        "README.md",
        "data/other-00000-of-00001.parquet",
        "eval/vqa/test-00000-of-00001.parquet",
        "instructions/train-00000-of-00001.parquet",
        "train/b/train-00000-of-00002.parquet",
        "train/b/validation-00000-of-00001.parquet",
        "train/c/train-00000-of-00001.parquet",
        "train_aug/b/train_aug-00000-of-00004.parquet",
    ]
    assert configs_of(files, order=["c", "b"], augmented=["train_aug"]) == {
        "default": {"train": "train/*/train-*.parquet", "validation": "train/*/validation-*.parquet"},
        "c": {"train": "train/c/train-*.parquet"},
        "b": {"train": "train/b/train-*.parquet", "validation": "train/b/validation-*.parquet"},
        "vqa": {"test": "eval/vqa/test-*.parquet"},
        "train_aug": {"train_aug": "train_aug/*/train_aug-*.parquet"},
        "instructions": {"train": "instructions/train-*.parquet"},
    }
    assert list(configs_of(files)) == list(dict.fromkeys(configs_of(reversed(files))))


def test_what_contradicts_itself_is_refused(built: Path, tmp_path: Path) -> None:
    """Before anything is asked of the Hub, each with what to do."""
    data, pool = built / "multiinstruct", str(built / "multiinstruct.parquet")
    with pytest.raises(SettingError, match="--from DIR"):
        read_publication("multiinstruct")
    with pytest.raises(PublicationError, match="holds no built tasks"):
        read_publication("multiinstruct", data=tmp_path)
    with pytest.raises(UnknownNameError, match="Did you mean 'multiinstruct'"):
        read_publication("multinstruct", data=data)
    with pytest.raises(SettingError, match="need a pool"):
        read_publication(str(data))
    with pytest.raises(UnknownNameError, match="Unknown built task 'GC'"):
        read_publication("multiinstruct", data=data, pool=pool, tasks=["GC"])
    with pytest.raises(UnknownNameError, match="strategy"):
        read_publication("multiinstruct", data=data, pool=pool, prompts=PromptSettings(strategy="cycles"))
    with pytest.raises(PublicationError, match="that name is taken"):
        read_publication("multiinstruct", data=data, pool=pool, augmented_split="train")
    with pytest.raises(PublicationError, match="no task has a split `train`"):
        read_publication("multiinstruct", data=data, pool=pool, augmented_split="train_aug", tasks=["commonsense_VQA"])
    assert sorted({shard.task for shard in read_publication("multiinstruct", data=data, pool=pool).shards}) == sorted(
        TASKS["multiinstruct"]
    )


def test_shards_that_are_not_whole_are_refused(built: Path, tmp_path: Path) -> None:
    """A missing shard, two versions of a split, other columns and no Parquet are each named with the file."""
    folder, pool = tmp_path / "built", str(built / "multiinstruct.parquet")

    def problem() -> str:
        with pytest.raises(PublicationError) as error:
            read_publication("multiinstruct", data=folder, pool=pool)
        return str(error.value)

    shutil.copytree(built / "multiinstruct/ITM", folder / "ITM")
    shard = folder / "ITM/train-00000-of-00001.parquet"
    shard.rename(folder / "ITM/train-00000-of-00002.parquet")
    assert "has 1 of 2 shards" in problem()
    shutil.copy(folder / "ITM/train-00000-of-00002.parquet", folder / "ITM/train-00001-of-00002.parquet")
    shutil.copy(folder / "ITM/train-00000-of-00002.parquet", shard)
    assert "in two versions" in problem()
    for file in folder.glob("ITM/train-0000?-of-00002.parquet"):
        file.unlink()
    shutil.copy(built / "multiinstruct.parquet", shard)
    assert "expected the columns unique_id, task" in problem()
    shard.write_bytes(b"PAR1")
    assert "not readable as Parquet" in problem()


def test_recipes_come_back_as_they_were_written(built: Path) -> None:
    """From text to recipe and back; what is no recipe, or is newer, is refused with the place."""
    recipe = Recipe(digest="d", benchmark="multiinstruct", prompts=PromptSettings(seed=3), rights=("vcr",), version="1")
    assert Recipe.from_yaml(recipe.to_yaml()) == recipe
    assert "styles" not in recipe.settings()
    styled = replace(recipe, prompts=PromptSettings(styles={"form": ["question"], "length": ["long", "medium"]}))
    assert Recipe.from_yaml(styled.to_yaml()) == styled
    assert styled.settings()["styles"] == {"form": ["question"], "length": ["long", "medium"]}
    with pytest.raises(PublicationError, match="newer than this version"):
        Recipe.from_yaml(recipe.to_yaml().replace("format: 1", "format: 2"))
    for text in ("", "a: [", "format: 1\n", "- 1"):
        with pytest.raises(PublicationError, match=r"place\.yaml is no recipe"):
            Recipe.from_yaml(text, place="place.yaml")


def test_styles_that_a_task_does_not_have_are_refused(built: Path) -> None:
    """A publication whose settings leave a task without instructions names the task."""

    def planned(**styles: list[str]) -> PromptSettings:
        pool, data = str(built / "multiinstruct.parquet"), built / "multiinstruct"
        return read_publication("multiinstruct", data=data, pool=pool, prompts=PromptSettings(styles=styles)).prompts

    assert planned(length=["long", "medium", "medium"]).styles == {"length": ["long", "medium"]}
    with pytest.raises(PublicationError, match=r"no instructions of the styles .*'first'.* for .*image_quality"):
        planned(options_place=["first"])
    with pytest.raises(PoolError, match="No instruction of the pool has the styles"):
        planned(form=["role"])
    with pytest.raises(UnknownNameError, match="medium"):
        planned(length=["medum"])
