"""`instraug publish`: a plan that can be read, and what became of it."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from datasets import Dataset

from instraug_datasets.pool import InstructionPool
from instraug_datasets.recipe import PromptSettings, TrainingRecipe
from tests.hub import our_jobs, plain_jobs
from tests.hub.client import Client
from tests.hub.server.faults import Fault
from tests.hub.server.hub import Hub

REPO = "me/multiinstruct"


def command(client: Client, built: Path, *arguments: str) -> dict[str, Any]:
    data = ("--from", str(built / "multiinstruct"), "--pool", str(built / "multiinstruct.parquet"))
    told: dict[str, Any] = client.run(
        our_jobs.command, "publish", "multiinstruct", "--repo-id", REPO, *data, *arguments
    )
    return told


def test_a_dry_run_says_everything_and_does_nothing(hub: Hub, client: Client, built: Path) -> None:
    """Files with what happens to them, configs, what is withheld and why, and the card; no repository afterwards."""
    told = command(client, built, "--dry-run", "--augmented-split", "train_aug", "--variants", "2")
    assert told["status"] == 0, told
    for text in (
        "train/ITM/train-00000-of-00001.parquet",
        "without pictures of mscoco_captions",
        "without examples of ok_vqa",
        "written with the prompts of epoch 1",
        "VCR dataset licence agreement: https://visualcommonsense.com/license",
    ):
        assert text in " ".join(told["out"].split()), text
    for text in (
        f"The repository {REPO} does not exist yet; it will be created.",
        "Left out, as they have no example that may be published: commonsense_VQA (test)",
        "+# MULTIINSTRUCT",
    ):
        assert text in told["err"], text
    assert not hub.store.exists(REPO)
    assert {line.split()[0] for line in hub.lines()} == {"GET"}


def test_a_dry_run_needs_no_hub(hub: Hub, client: Client, built: Path) -> None:
    """Where no answer comes, the plan is that for an empty repository, and the last line says so; a run is refused."""
    hub.faults.ordered = [Fault(match="GET .*/revision/", cut=0, times=99)]
    told = command(client, built, "--dry-run")
    assert told["status"] == 0, told
    assert "train/ITM/train-00000-of-00001.parquet" in told["out"]
    *_, last = told["err"].splitlines()
    assert last.startswith("The Hub was not asked: this is the plan for an empty repository."), told["err"]
    assert "will be created" not in told["err"]


def test_a_dry_run_without_the_right_to_look_is_refused(hub: Hub, client: Client, built: Path) -> None:
    """A repository that the Hub refuses to show is not taken for an empty one."""
    hub.faults.ordered = [Fault(match="GET .*/revision/", status=403, times=99)]
    told = command(client, built, "--dry-run")
    assert told["status"] == 1
    assert told["err"].splitlines()[-1].startswith(f"Error: Cannot look at {REPO}: your token does not allow it")


def test_offline_a_plan_is_shown_and_nothing_published(built: Path) -> None:
    """With `HF_HUB_OFFLINE`, a dry run says what a publication would do, and a publication that it cannot be."""
    pool = str(built / "multiinstruct.parquet")
    shell = [sys.executable, "-m", "instraug_datasets.cli", "publish", pool, "--repo-id", "me/pool"]
    environment = {**os.environ, "HF_HUB_OFFLINE": "1"}
    plan, refused = (
        subprocess.run([*shell, option], env=environment, capture_output=True, text=True)
        for option in ("--dry-run", "-y")
    )
    assert (plan.returncode, plan.stderr.splitlines()[-1][:21]) == (0, "The Hub was not asked")
    assert refused.returncode == 1
    assert refused.stderr.splitlines()[-1].startswith("Error: Cannot look at me/pool: ")
    assert "offline mode is enabled" in refused.stderr


def test_publishing_by_the_command(hub: Hub, client: Client, built: Path) -> None:
    """The commit is printed on stdout; one config more keeps the others; a second run says that all is there."""
    first = command(client, built, "--yes", "--config", "ITM", "--i-have-the-rights", "mscoco_captions")
    assert first["out"].splitlines()[-1] == hub.store.at(REPO).resolve("main")
    assert "Published me/multiinstruct as" in first["err"]
    command(client, built, "--yes", "--config", "image_quality", "--private")
    assert len(client.run(plain_jobs.load, REPO, None, "train", True)) == 12
    again = command(client, built, "--yes", "--config", "image_quality")
    assert "holds all of this already" in again["err"]


def test_nothing_is_published_without_a_yes(hub: Hub, client: Client, built: Path) -> None:
    """Where nobody answers, the command stops with an error."""
    assert command(client, built)["status"] == 1
    assert not hub.store.exists(REPO)


def test_errors_are_one_line(hub: Hub, client: Client, built: Path) -> None:
    """Without a token, the command ends with how to log in, and without a traceback."""
    client.environment["HF_TOKEN"] = ""
    told = command(client, built, "--yes")
    assert told["status"] == 1
    assert told["err"].splitlines()[-1].startswith("Error: Cannot create me/multiinstruct: the Hub does not know who")


def test_a_pool_alone_is_published(hub: Hub, client: Client, built: Path) -> None:
    """It loads as a data set without naming a config, and as a pool."""
    pool = str(built / "multiinstruct.parquet")
    told = client.run(our_jobs.command, "publish", pool, "--repo-id", "me/pool", "--yes")
    assert told["status"] == 0, told
    assert len(client.run(plain_jobs.columns, "me/pool", "instructions", "train")["text"]) > 300
    assert client.run(our_jobs.digest, "me/pool") == client.run(our_jobs.load_pool, "me/pool")
    assert "# pool\n" in hub.store.at("me/pool").read("README.md").decode()


def test_own_files_and_words_stay(hub: Hub, client: Client, built: Path, tmp_path: Path) -> None:
    """A repository with a card and files of its owner's keeps them; what we published and is gone leaves."""
    front = "license: mit  # mine\nconfigs:\n- config_name: extra\n  data_files: extra/*.parquet\n"
    owned = f"---\n{front}---\n# Mine\n\nWords.\n"
    extra = str(tmp_path / "a.parquet")
    Dataset.from_dict({"unique_id": ["1"]}).to_parquet(extra)
    client.run(plain_jobs.commit, REPO, {"README.md": owned, "extra/a.parquet": extra, "notes.txt": "x"})
    command(client, built, "--yes", "--i-have-the-rights", "all")
    command(client, built, "--yes", "--config", "ITM", "--i-have-the-rights", "mscoco_captions")
    files = hub.store.at(REPO).files()
    assert {"extra/a.parquet", "notes.txt", "eval/commonsense_VQA/test-00000-of-00001.parquet"} <= set(files)
    command(client, built, "--yes")
    assert "eval/commonsense_VQA/test-00000-of-00001.parquet" not in hub.store.at(REPO).files()
    card = hub.store.at(REPO).read("README.md").decode()
    assert card.startswith("---\nlicense: mit  # mine\n")
    assert "# Mine\n\nWords.\n" in card
    assert len(client.run(plain_jobs.load, REPO, "extra", "train", False)) == 1


def test_publishing_by_a_recipe(hub: Hub, client: Client, built: Path, tmp_path: Path) -> None:
    """Its tasks, pool, settings and wordings are published, and what is published says so again."""
    path = tmp_path / "instraug.yaml"
    pool = built / "multiinstruct.parquet"
    path.write_text(
        f"benchmark: multiinstruct\ntasks: [ITM]\npool: {pool}\nepochs: 3\nevaluation: {{wordings: heldout}}\n"
        "prompts: {seed: 5, strategy: by_origin, max_instructions: 6}\n",
        encoding="utf-8",
    )
    data = ("--from", str(built / "multiinstruct"), "--i-have-the-rights", "all", "--seed", "6", "--yes")
    told = client.run(our_jobs.command, "publish", "--recipe", str(path), "--repo-id", REPO, *data)
    assert told["status"] == 0, told
    published = TrainingRecipe.from_yaml(hub.store.at(REPO).read("augmentation.yaml").decode())
    assert published == TrainingRecipe(
        benchmark="multiinstruct",
        tasks=("ITM",),
        digest=InstructionPool.load(pool).digest,
        prompts=PromptSettings(seed=6, strategy="by_origin", max_instructions=6),
        epochs=3,
        wordings="heldout",
    )
