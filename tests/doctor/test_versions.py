"""Supported versions: declared once, and compared with what is installed."""

import os
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from instraug_datasets.doctor import Version, installed_versions
from instraug_datasets.requirements import SUPPORTED

PYPROJECT = (Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [name for name in SUPPORTED if name != "python"])
def test_the_metadata_say_the_same(name):
    """Every requirement of this name has the declared range."""
    dependencies = PYPROJECT[PYPROJECT.index("dependencies = [") : PYPROJECT.index("[project.scripts]")]
    assert set(re.findall(rf'"({name}(?![a-z])[^"]*)"', dependencies)) == {name + SUPPORTED[name]}


def test_the_metadata_say_the_same_of_python():
    """The range is that of `requires-python`."""
    assert f'requires-python = "{SUPPORTED["python"]}"' in PYPROJECT


def test_what_is_installed_here_is_supported():
    """The pinned versions that tests run with are in the ranges."""
    versions = installed_versions()
    assert [each for each in versions if not each.is_supported] == []
    assert {each.name: each.installed for each in versions}["datasets"] == metadata.version("datasets")


@pytest.mark.parametrize(
    ("installed", "supported"),
    [("4.8.5", False), ("5.0.1", True), ("5.2.0.dev0", True), ("6.0.0", False), (None, True)],
)
def test_a_version_is_in_its_range_or_not(installed, supported):
    """Development versions count; what is not installed is no problem."""
    assert Version("datasets", installed, ">=5.0.1,<6").is_supported is supported


@pytest.fixture
def old_datasets(tmp_path):
    """An environment where `datasets` is too old to have the names that this package imports."""
    (tmp_path / "datasets.py").write_text("class Dataset: ...\n")
    described = tmp_path / "datasets-3.6.0.dist-info/METADATA"
    described.parent.mkdir()
    described.write_text("Metadata-Version: 2.1\nName: datasets\nVersion: 3.6.0\n")
    return os.environ | {"PYTHONPATH": str(tmp_path)}


COMMANDS = {
    "import": ["-c", "from instraug_datasets import augment"],
    "command": ["-m", "instraug_datasets.cli", "preview", "multiinstruct", "ITM", "--data-dir", "."],
}


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_an_import_that_fails_says_which_version_to_install(command, old_datasets):
    """The library is refused by its version, instead of by the first name that it lacks."""
    run = subprocess.run([sys.executable, *command], env=old_datasets, capture_output=True, text=True, timeout=120)
    assert run.returncode == 1
    install = f"pip install 'datasets{SUPPORTED['datasets']}'"
    refusal = f"Error: Not supported: datasets 3.6.0. Install supported versions: {install}."
    assert run.stderr.splitlines()[-1].endswith(refusal)
