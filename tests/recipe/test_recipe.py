"""Recipe files: what they state, what is wrong with them, and the data that they augment."""

from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from datasets import Dataset, DatasetDict
from hypothesis import given
from hypothesis import strategies as st

from instraug_datasets import augment, from_recipe
from instraug_datasets.axes import AXES
from instraug_datasets.errors import PoolError, SettingError, UnknownNameError
from instraug_datasets.hub import ConfigFacts, PromptSettings, Recipe
from instraug_datasets.recipe import TrainingRecipe, read_recipe
from instraug_datasets.recipe.schema import KEYS, checked
from instraug_datasets.samplers import STRATEGIES
from instraug_datasets.styles import OPTIONS_STYLES, REGION_STYLES
from tests import toy
from tests.strategies import values

RECIPE = """\
benchmark: multiinstruct
tasks: [nlvr, ITM]
pool: pool.parquet
prompts:
  seed: 42
  strategy: uniform
  styles: {length: [short, medium]}
  max_instructions: 3
epochs: 5
evaluation:
  wordings: heldout
"""


def test_everything_that_a_recipe_states(tmp_path: Path) -> None:
    """Aliases become names, and what is left out is the default."""
    path = tmp_path / "instraug.yaml"
    path.write_text(RECIPE, encoding="utf-8")
    assert read_recipe(path) == TrainingRecipe(
        benchmark="multiinstruct",
        tasks=("natural_language_visual_reasoning", "ITM"),
        pool="pool.parquet",
        prompts=PromptSettings(seed=42, strategy="uniform", styles={"length": ["medium", "short"]}, max_instructions=3),
        epochs=5,
        wordings="heldout",
        folder=str(tmp_path),
    )
    assert TrainingRecipe.from_yaml("# nothing yet\nprompts:\n  seed:\n") == TrainingRecipe()


def test_all_problems_are_reported_at_once() -> None:
    """Each with the value, what was expected, and a near match; one alone is one line."""
    text = (
        "benchmrk: multiinstruct\nseed: 3\ntasks: [nlvr, 3]\nepochs: 0\nformat: 2\n"
        "prompts: {sed: 42, epochs: 2, strategy: cicle, styles: {forn: role}}\nevaluation: 5\n"
    )
    with pytest.raises(SettingError) as error:
        TrainingRecipe.from_yaml(text, place="my.yaml")
    assert str(error.value).splitlines() == [
        "my.yaml has 10 problems:",
        "- Unknown key 'benchmrk'. Did you mean 'benchmark'?",
        "- The key 'seed' belongs below `prompts`, not at the top level.",
        "- tasks must be a name or a list of names, but got ['nlvr', 3].",
        "- epochs must be a whole number from 1, but got 0.",
        "- It has the format 2, which is newer than this version of instraug-datasets knows: "
        "pip install --upgrade instraug-datasets.",
        "- Unknown key 'sed'. Did you mean 'seed'? It stands in `prompts`.",
        "- The key 'epochs' belongs at the top level, not below `prompts`.",
        "- Unknown strategy 'cicle'. Did you mean 'cycle'?",
        "- Unknown axis 'forn'. Did you mean 'form'? styles= selects instructions by these axes.",
        "- evaluation must map wordings to values, but got 5.",
    ]
    with pytest.raises(SettingError, match=r"^my\.yaml: Unknown task 'nlvrr'\. Did you mean 'nlvr'"):
        TrainingRecipe.from_yaml("benchmark: multiinstruct\ntasks: nlvrr\n", place="my.yaml")


def test_misspelt_pools_are_among_the_problems(tmp_path: Path) -> None:
    """Before any work, with near matches: of bundled pools, and of the files beside the recipe."""
    toy.pool().save(tmp_path / "pool.parquet")
    path = tmp_path / "instraug.yaml"
    path.write_text("pool: pool.parquett\nepochs: 0\nevaluation: {wordings: held}\n", encoding="utf-8")
    with pytest.raises(SettingError) as error:
        read_recipe(path)
    hint = "Files have a suffix (pool.parquet), pools on the Hub an owner (you/data)."
    near = str(tmp_path / "pool.parquet")
    assert str(error.value).splitlines() == [
        f"{path} has 3 problems:",
        "- epochs must be a whole number from 1, but got 0.",
        f"- Unknown pool 'pool.parquett'. Known: heldout, instructblip, multiinstruct. {hint} Did you mean {near!r}?",
        f"- Unknown pool 'held'. Did you mean 'heldout'? {hint}",
    ]
    (tmp_path / "mine").mkdir()
    path.write_text("pool: mine\nevaluation: {wordings: you/data}\n", encoding="utf-8")
    assert (read_recipe(path).pool, read_recipe(path).wordings) == ("mine", "you/data")
    with pytest.raises(SettingError, match=r"No such file or directory\. Did you mean '.*instraug\.yaml'\?$"):
        read_recipe(tmp_path / "instaug.yaml")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [", "my.yaml: invalid YAML"),
        ("epochs: 1\nepochs: 2", "the key 'epochs' is there twice"),
        ("- 1", "must map keys to values"),
        ("pool: 3", "pool must be text"),
        ("prompts.seed: 3", "Unknown key 'prompts.seed'"),
        ("prompts: {seed: true}", "prompts.seed must be a whole number, but got True"),
        ("prompts: {options_style: [letters]}", "Unknown options style"),
        ("evaluation: {wordings: 0}", "must be a number from 1, the name of a pool"),
        ("benchmark: multinstruct", "Did you mean 'multiinstruct'"),
    ],
)
def test_what_is_no_recipe_is_refused(text: str, message: str) -> None:
    """Malformed files and values of other types."""
    with pytest.raises(SettingError) as error:
        TrainingRecipe.from_yaml(text, place="my.yaml")
    assert message in str(error.value)


documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | values,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([name for _, name in KEYS]) | values | st.integers(), inner, max_size=4)
        | st.dictionaries(st.sampled_from([section for section, _ in KEYS if section]), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(documents)
def test_any_document_is_read_or_refused_with_its_problems(document: object) -> None:
    """Nothing but our errors comes out, and what is valid gives a recipe."""
    problems = checked(document)[1]
    assert all(isinstance(each, str) and each for each in problems)
    if not problems and document is not None:
        assert isinstance(TrainingRecipe.from_yaml(yaml.safe_dump(document)), TrainingRecipe)


prompt_settings = st.builds(
    PromptSettings,
    seed=st.integers(-(2**70), 2**70),
    strategy=st.sampled_from(list(STRATEGIES)),
    options_style=st.sampled_from(list(OPTIONS_STYLES)),
    region_style=st.sampled_from(list(REGION_STYLES)),
    styles=st.none() | st.sampled_from([{axis: [values[0]]} for axis, values in AXES.items()]),
    max_instructions=st.none() | st.integers(1, 100),
)


@given(
    prompt_settings,
    st.none() | st.integers(1, 99),
    st.none() | st.integers(1, 9) | st.just("heldout") | st.just(("a",)),
)
def test_a_published_recipe_is_a_recipe(
    prompts: PromptSettings, epochs: int | None, wordings: int | str | tuple[str, ...] | None
) -> None:
    """Whatever `augmentation.yaml` states, a training recipe reads; its tasks are those published for training."""
    configs = {
        "ITM": ConfigFacts(role="train", splits={"train": 3}, sources={"mscoco": "whole"}),
        "image_quality": ConfigFacts(role="eval", splits={"test": 3}),
        "train_aug": ConfigFacts(role="", splits={"train": 6}, variants=2, tasks={"ITM": 6}),
    }
    published = Recipe(
        digest="d", instructions=9, prompts=prompts, rights=("vcr",), configs=configs, epochs=epochs, wordings=wordings
    )
    assert Recipe.from_yaml(published.to_yaml()) == published
    assert TrainingRecipe.from_yaml(published.to_yaml()) == TrainingRecipe(
        tasks=("ITM",), digest="d", prompts=prompts, epochs=epochs, wordings=wordings
    )


def test_data_are_augmented_as_the_recipe_says(tmp_path: Path) -> None:
    """A pool is found beside the recipe, and options of the call have the last word."""
    pool = toy.pool()
    pool.save(tmp_path / "pool.parquet")
    path = tmp_path / "instraug.yaml"
    path.write_text(
        "pool: pool.parquet\nprompts: {seed: 7, strategy: uniform, max_instructions: 3}\n", encoding="utf-8"
    )
    data = toy.dataset(12)
    expected = augment(data, pool, seed=7, strategy="uniform", max_instructions=3)
    assert from_recipe(data, path)[:] == expected[:]
    again = augment(data, pool, seed=8, strategy="uniform", max_instructions=3, output="messages")
    assert from_recipe(data, path, seed=8, output="messages")[:] == again[:]


def test_a_recipe_of_one_task_gives_it_to_data_without_the_column(tmp_path: Path) -> None:
    """A map-style set, a stream and a dict; what the data or the call say comes first."""
    toy.pool().save(tmp_path / "pool.parquet")
    recipe = TrainingRecipe(tasks=("caption",), pool="pool.parquet", folder=str(tmp_path))
    rows = Dataset.from_dict({"unique_id": ["a", "b"]})
    expected = augment(rows, toy.pool(), task="caption")
    assert from_recipe(rows, recipe)[:] == expected[:]
    assert list(from_recipe(rows.to_iterable_dataset(), recipe)) == list(expected)
    assert from_recipe(DatasetDict(train=rows), recipe)["train"][:] == expected[:]
    assert from_recipe(toy.dataset(4), recipe)[:] == augment(toy.dataset(4), toy.pool())[:]
    renamed = toy.dataset(4).rename_column("task", "kind")
    columns = {"task": "kind"}
    assert from_recipe(renamed, recipe, columns=columns)[:] == augment(renamed, toy.pool(), columns=columns)[:]
    with pytest.raises(UnknownNameError, match="An example names no task"):
        from_recipe(rows, replace(recipe, tasks=("caption", "choice")))[0]


def test_a_recipe_finds_only_the_pool_that_it_is_for(tmp_path: Path) -> None:
    """The published one beside it, if its digest is the one stated; and every task must have instructions."""
    pool = toy.pool()
    (tmp_path / "instructions").mkdir()
    pool.save(tmp_path / "instructions" / "train-00000-of-00001.parquet")
    published = Recipe(digest=pool.digest, instructions=24)
    (tmp_path / "augmentation.yaml").write_text(published.to_yaml(), encoding="utf-8")
    recipe = read_recipe(tmp_path / "augmentation.yaml")
    assert recipe.load_pool() == pool
    with pytest.raises(PoolError, match=f"for the pool with digest abc, but the one found has {pool.digest}"):
        replace(recipe, digest="abc").load_pool()
    with pytest.raises(PoolError, match="no instructions for: captions"):
        replace(recipe, tasks=("caption", "captions")).load_pool()
    with pytest.raises(PoolError, match="neither a pool nor a benchmark"):
        TrainingRecipe(folder=str(tmp_path)).load_pool()


def test_a_recipe_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """A missing file, a folder, and text of another encoding."""
    (tmp_path / "latin.yaml").write_bytes(b"pool: \xff")
    for path in (tmp_path / "no.yaml", tmp_path, tmp_path / "latin.yaml"):
        with pytest.raises(SettingError, match="Cannot read the recipe"):
            read_recipe(path)
