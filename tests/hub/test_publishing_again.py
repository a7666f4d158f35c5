"""Publishing again: options that are left out keep what was published, and the plan says what changes."""

from pathlib import Path
from typing import Any

import pytest

from instraug_datasets.errors import UnknownNameError
from instraug_datasets.hub import read_publication
from instraug_datasets.hub.recipe import PromptSettings, Recipe
from tests.hub import our_jobs
from tests.hub.client import Client, ClientError
from tests.hub.server.hub import Hub
from tests.hub.test_command import REPO, command

FIRST = ("--seed", "7", "--strategy", "uniform", "--style", "length=medium", "--options-style", "letters")
KEPT = "Keeps the published seed 7, strategy uniform, options_style letters, styles {'length': ['medium']}."


def recipe(hub: Hub) -> Recipe:
    return Recipe.from_yaml(hub.store.at(REPO).read("augmentation.yaml").decode())


def test_options_left_out_keep_what_was_published(hub: Hub, client: Client, built: Path) -> None:
    """The same data without options changes nothing; one option changes one setting, and the plan says which."""
    first = command(client, built, "--yes", "--config", "ITM", *FIRST)
    assert first["status"] == 0, first
    again = command(client, built, "--yes", "--config", "ITM")
    assert "holds all of this already" in again["err"]
    assert KEPT in again["err"].splitlines()
    other = command(client, built, "--yes", "--config", "ITM", "--seed", "8")
    assert "Changes seed from 7 to 8; readers get other prompts from now on." in other["err"].splitlines()
    assert recipe(hub).prompts == PromptSettings(
        seed=8, strategy="uniform", styles={"length": ["medium"]}, options_style="letters"
    )


def test_a_default_value_that_is_given_counts(hub: Hub, client: Client, built: Path) -> None:
    """`--strategy cycle` brings the default strategy back."""
    command(client, built, "--yes", "--config", "ITM", *FIRST)
    told = command(client, built, "--yes", "--config", "ITM", "--strategy", "cycle")
    assert "Changes strategy from uniform to cycle; readers get other prompts from now on." in told["err"].splitlines()
    assert (recipe(hub).prompts.strategy, recipe(hub).prompts.seed) == ("cycle", 7)


def test_a_recipe_file_determines_all_settings(hub: Hub, client: Client, built: Path, tmp_path: Path) -> None:
    """What it leaves out has the defaults again; epochs and wordings that only an earlier one stated are kept."""
    path = tmp_path / "instraug.yaml"
    data = ("--from", str(built / "multiinstruct"), "--pool", str(built / "multiinstruct.parquet"), "--config", "ITM")
    for text in (
        "epochs: 3\nevaluation: {wordings: heldout}\n"
        "prompts: {seed: 7, styles: {length: medium}, max_instructions: 4}\n",
        "prompts: {seed: 7}\n",
    ):
        path.write_text("benchmark: multiinstruct\n" + text, encoding="utf-8")
        how = ("--recipe", str(path), "--repo-id", REPO, "--yes")
        told = client.run(our_jobs.command, "publish", *how, *data)
        assert told["status"] == 0, told
    assert "Changes styles from {'length': ['medium']} to all, max_instructions from 4 to all; readers" in told["err"]
    assert (recipe(hub).prompts, recipe(hub).epochs, recipe(hub).wordings) == (PromptSettings(seed=7), 3, "heldout")


def test_an_augmented_split_keeps_its_variants_and_prompts(hub: Hub, client: Client, built: Path) -> None:
    """Without options the split is written as it was, whether all tasks or one are published."""
    split = ("--augmented-split", "train_aug")
    command(client, built, "--yes", *FIRST, *split, "--variants", "2")
    before, first = hub.store.at(REPO).files(), recipe(hub)
    assert "holds all of this already" in command(client, built, "--yes", *split)["err"]
    command(client, built, "--yes", "--config", "ITM", *split)
    assert recipe(hub) == first
    texts = {"README.md": "", "augmentation.yaml": ""}  # with ITM first
    assert {**hub.store.at(REPO).files(), **texts} == {**before, **texts}


def test_the_library_keeps_what_a_mapping_leaves_out(hub: Hub, client: Client, built: Path) -> None:
    """A mapping states what it names, None among it."""
    data: dict[str, Any] = {"data": str(built / "multiinstruct"), "pool": str(built / "multiinstruct.parquet")}
    for prompts in ({"seed": 7, "strategy": "uniform", "max_instructions": 3}, {"max_instructions": None}, None):
        client.run(our_jobs.publish, "multiinstruct", REPO, {**data, "prompts": prompts})
    assert recipe(hub).prompts == PromptSettings(seed=7, strategy="uniform")


def test_kept_styles_must_fit_the_pool(hub: Hub, client: Client, built: Path) -> None:
    """A task that has no instructions of the published styles is refused with its name."""
    data: dict[str, Any] = {"data": str(built / "multiinstruct"), "pool": str(built / "multiinstruct.parquet")}
    styles = {"styles": {"options_place": ["middle"]}}
    client.run(our_jobs.publish, "multiinstruct", REPO, {**data, "tasks": ["ITM"], "prompts": styles})
    with pytest.raises(ClientError, match=r"no instructions of the styles .*'middle'.* for .*open-domain_VQA"):
        client.run(our_jobs.plan, "multiinstruct", REPO, data)


def test_unknown_settings_are_refused(built: Path) -> None:
    """With the near match."""
    with pytest.raises(UnknownNameError, match=r"Unknown setting 'sed'\. Did you mean 'seed'"):
        read_publication(str(built / "multiinstruct.parquet"), prompts={"sed": 1})


def test_rights_that_are_not_claimed_again_are_named(hub: Hub, client: Client, built: Path) -> None:
    """The claim of an earlier publication ends, and the plan says so."""
    command(client, built, "--yes", "--config", "ITM", "--i-have-the-rights", "mscoco_captions")
    told = command(client, built, "--dry-run", "--config", "ITM")
    assert (
        "You claimed the rights to mscoco_captions before; without `--i-have-the-rights` the claim ends."
        in told["err"].splitlines()
    )
