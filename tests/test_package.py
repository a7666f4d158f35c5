"""The package as a user installs it, and the shape of its public face."""

import ast
import json
import os
import shutil
import socket
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

import instraug_datasets
from instraug_datasets.tasks import get_benchmark

ROOT = Path(__file__).parents[1]
FOLDERS = {
    "instraug_datasets": "instraug_datasets",
    "builders": "instraug_datasets/builders",
    "hub_cards": "instraug_datasets/hub_cards",
}
PUBLIC = {
    "EpochCallback",
    "InstructionAugmenter",
    "InstructionLogCallback",
    "InstructionPool",
    "attach_images",
    "augment",
    "expand",
    "export",
    "from_recipe",
    "load_dataset",
    "mixture",
}

SMOKE = """
import json, sys
from importlib.resources import files
from pathlib import Path

import instraug_datasets
import instraug_datasets.builders
from instraug_datasets.builders import MultiInstruct
from instraug_datasets.tasks import get_benchmark

print(json.dumps({
    "inside": [Path(m.__file__).is_relative_to(sys.prefix) for m in (instraug_datasets, instraug_datasets.builders)],
    "builder": MultiInstruct.__name__,
    "typed": (files("instraug_datasets") / "py.typed").is_file(),
    "tasks": sorted(get_benchmark("multiinstruct")),
}))
"""


def shipped_files():
    """Return every file of the two package folders by its name in the wheel."""
    return {
        f"{target}/{path.relative_to(ROOT / folder).as_posix()}"
        for folder, target in FOLDERS.items()
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Build the wheel from a copy, isolated from the checkout."""
    source = tmp_path_factory.mktemp("source")
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, source / folder, ignore=shutil.ignore_patterns("__pycache__"))
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", source / "dist", source]
    subprocess.run(command, check=True, capture_output=True, text=True)
    (built,) = (source / "dist").glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """Create an environment with the wheel that shares the libraries of this one."""
    home = tmp_path_factory.mktemp("environment")
    venv.create(home, with_pip=False)
    bin_folder = home / ("Scripts" if os.name == "nt" else "bin")
    python = bin_folder / "python"
    command = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", "--no-index", wheel]
    subprocess.run(command, check=True, capture_output=True, text=True)
    # A path added by a .pth file is only looked up: the .pth of our own editable install there is not followed.
    site_packages = Path(sysconfig.get_path("purelib", vars={"base": str(home), "platbase": str(home)}))
    (site_packages / "borrowed.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    return bin_folder


def run(*command, cwd):
    """Return the output of a command run outside the checkout."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    result = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=300)
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_the_wheel_holds_every_file_of_both_packages(wheel):
    """The wheel has all modules, YAML files and py.typed of library and builders, and nothing else."""
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert names == shipped_files()


def test_every_folder_with_modules_is_a_package():
    """Every folder of modules has an __init__.py, which type checker and import linter require."""
    folders = {path.parent for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")}
    assert sorted(str(folder.relative_to(ROOT)) for folder in folders if not (folder / "__init__.py").is_file()) == []


def test_an_installed_wheel_works_without_the_checkout(installed, tmp_path):
    """Outside the checkout, library, builders, tasks and type marker are those of the wheel."""
    script = tmp_path / "smoke.py"
    script.write_text(SMOKE, encoding="utf-8")
    facts = json.loads(run(installed / "python", "-I", script, cwd=tmp_path))
    assert facts == {
        "inside": [True, True],
        "builder": "MultiInstruct",
        "typed": True,
        "tasks": sorted(get_benchmark("multiinstruct")),
    }


def test_an_installed_wheel_brings_the_command(installed, tmp_path):
    """`instraug --help` runs and names itself."""
    assert "Usage: instraug" in run(installed / "instraug", "--help", cwd=tmp_path)


def test_public_names_are_sorted_and_complete():
    """`__all__` is sorted, has every public name, and each name can be imported."""
    names = instraug_datasets.__all__
    public = {
        name
        for name, value in vars(instraug_datasets).items()
        if not name.startswith("_") and getattr(value, "__module__", "").startswith("instraug_datasets")
    }
    assert list(names) == sorted(names)
    assert public | PUBLIC <= set(names)
    assert [name for name in names if not hasattr(instraug_datasets, name)] == []


def test_importing_the_library_loads_neither_torch_nor_the_builders(tmp_path):
    """The import loads neither heavy libraries nor the builders."""
    heavy = ("torch", "transformers", "accelerate", "ray", "instraug_datasets.builders")
    script = f"import sys, instraug_datasets, instraug_datasets.cli; print([n for n in {heavy} if n in sys.modules])"
    assert run(sys.executable, "-c", script, cwd=tmp_path).strip() == "[]"


def test_every_test_says_what_it_holds():
    """Each test function of this folder has a docstring."""
    silent = [
        f"{path.relative_to(ROOT)}::{node.name}"
        for path in sorted((ROOT / "tests").rglob("test_*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_") and not ast.get_docstring(node)
    ]
    assert silent == []


def test_tests_reach_nothing_but_loopback():
    """Connections to other machines fail; those to this machine work."""
    with pytest.raises(pytest.fail.Exception, match="tests reach nothing but loopback"):
        socket.create_connection(("192.0.2.1", 80))
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()
