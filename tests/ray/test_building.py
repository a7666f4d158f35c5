"""`build` on Ray: the files of a local build, byte for byte, also where a machine is lost half-way."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from instraug_datasets.builders import build
from instraug_datasets.errors import SettingError, UnknownNameError
from tests.builders.raw_files import picture_path, write_captions
from tests.ray.running import environment, run_script

pytest.importorskip("ray")

TASKS = ("image_caption", "ITM")


def files(folder: Path) -> dict[str, bytes]:
    """Every published file by name; markers hold times and are left out."""
    found = {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}
    return {name: path.read_bytes() for name, path in found.items() if not Path(name).name.startswith(".")}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Raw files with a missing picture, and what a local build with four processes makes of them."""
    folder = tmp_path_factory.mktemp("ray")
    write_captions(folder / "raw", {i: [f"Caption {i}."] for i in range(1, 41)})
    picture_path(folder / "raw", 7).unlink()
    build(
        "multiinstruct",
        TASKS,
        data_dir=folder / "raw",
        output=folder / "local",
        num_examples=None,
        num_proc=4,
        on_error="skip",
        progress=False,
    )
    return folder


@pytest.fixture(scope="module")
def result(folder: Path) -> Any:
    """The end of a build on two machines, of which one is killed while it reads a picture."""
    return run_script(Path(__file__).with_name("cluster.py"), folder, picture_path(folder, 20).name)


def test_a_machine_that_is_lost_costs_nothing(folder: Path, result: Any) -> None:
    """The build ends with one machine left; every shard and the list of skipped records are the local ones."""
    assert len(result["removed"]) == len(result["left"]) == 1
    assert result["removed"] != result["left"]
    assert result["built"] == [
        ["image_caption", "train", 39, {"picture_missing_or_damaged": 1}],
        ["ITM", "train", 39, {"picture_missing_or_damaged": 1}],
    ]
    assert files(folder / "cluster") == files(folder / "local")
    assert len(files(folder / "local")) == 10


def test_nothing_but_the_result_is_left(folder: Path, result: Any) -> None:
    """What the lost machine had begun is removed, and finished splits are not built again."""
    assert sorted(path.name for path in (folder / "cluster").iterdir()) == [
        ".ITM.lock",
        ".image_caption.lock",
        "ITM",
        "image_caption",
    ]
    again = build(
        "multiinstruct",
        TASKS,
        data_dir=folder / "raw",
        output=folder / "cluster",
        num_examples=None,
        on_error="skip",
        progress=False,
    )
    assert [each.reused for each in again if each.problem is None] == [True, True]


def test_the_command_builds_on_ray_and_names_what_is_wrong(folder: Path, tmp_path: Path) -> None:
    """A sample built by the command is the local one; a bad picture is the error that a local build raises."""
    arguments = ["multiinstruct", "image_caption", "--data-dir", str(folder / "raw"), "--num-examples"]
    command = [sys.executable, "-m", "instraug_datasets.cli", "build", *arguments]
    for runner in ("local", "ray"):
        run = subprocess.run(
            [*command, "12", "--runner", runner, "--on-error", "skip", "--json", "--output", str(tmp_path / runner)],
            env=environment(),
            capture_output=True,
            text=True,
        )
        assert run.returncode == 0, run.stderr
        assert json.loads(run.stdout.splitlines()[0])["examples"] == 12
    assert files(tmp_path / "ray") == files(tmp_path / "local")
    run = subprocess.run(
        [*command, "0", "--runner", "ray", "--output", str(tmp_path / "bad")],
        env=environment(),
        capture_output=True,
        text=True,
    )
    assert run.returncode == 1
    assert picture_path(folder, 7).name in run.stderr
    assert "Traceback" not in run.stderr
    assert files(tmp_path / "bad") == {}


def test_names_are_checked_before_anything_starts(folder: Path, tmp_path: Path) -> None:
    """An unknown runner, and an address without one, are refused."""
    arguments: dict[str, Any] = {"data_dir": folder / "raw", "output": tmp_path / "out"}
    with pytest.raises(UnknownNameError, match="Did you mean 'ray'"):
        build("multiinstruct", TASKS, **arguments, runner="rays")
    with pytest.raises(SettingError, match="needs runner='ray'"):
        build("multiinstruct", TASKS, **arguments, address="auto")
    assert not (tmp_path / "out").exists()
