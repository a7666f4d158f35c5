"""Light commands import nothing heavy, and help texts name what the library has."""

import json
import subprocess
import sys

import pytest

from instraug_datasets import axes, engines, evaluation, expansion, exports, filters, samplers, tasks
from instraug_datasets.cli import choices
from instraug_datasets.tasks import spec

HEAVY = ("datasets", "gradio", "huggingface_hub", "pandas", "pyarrow", "torch", "transformers")
HEAVY_FOR_LISTS = (*HEAVY, "PIL", "asyncio", "fsspec", "numpy", "packaging", "ssl")
COMMANDS = (
    "build",
    "check",
    "demo",
    "doctor",
    "evaluate",
    "expand",
    "explore",
    "export",
    "init",
    "lmms-eval",
    "pool",
    "preview",
    "publish",
    "report",
    "sources",
    "tasks",
)
POOL_COMMANDS = ("diff", "export", "merge", "report", "review", "show", "stats", "validate")

LIGHT = (
    *(f"{command} --help" for command in COMMANDS),
    *(f"pool {command} --help" for command in POOL_COMMANDS),
    "report run --help",
)
LISTS = (
    "--help",
    "--version",
    "tasks",
    "tasks multiinstruct --role eval",
    "tasks multiinstruct --json",
    "sources",
    "sources gqa --json",
    "pool show --help",
)
WRONG = (
    "build multiinstruct --data-dir .",
    "preview multiinstruct ITM --data-dir . --epochs 0",
    "expand multiinstruct --target many",
    "pool stats multiinstruct --style",
)

REPORT = """
import contextlib, io, json, sys
from instraug_datasets.cli import main

found = {}
heavy, *commands = sys.argv[1:]
for command in commands:
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as err:
        try:
            main(command.split())
        except SystemExit as stop:
            code = stop.code
    found[command] = [code or 0, bool(out.getvalue()), [name for name in heavy.split() if name in sys.modules]]
print(json.dumps(found))
"""


def report(*commands, heavy=HEAVY):
    """The exit code of each command, run in one process, whether it printed, and the heavy libraries by then."""
    order = [sys.executable, "-c", REPORT, " ".join(heavy), *commands]
    return json.loads(subprocess.run(order, capture_output=True, text=True, check=True).stdout)


def test_light_commands_import_nothing_heavy():
    """A listing, a help text or the version is printed without any library that takes a second to import."""
    assert report(*LIGHT) == {command: [0, True, []] for command in LIGHT}


def test_lists_import_next_to_nothing():
    """Help, tasks and sources need neither arrays nor storage nor pictures, nor Typer's conversion of values."""
    assert report(*LISTS, heavy=HEAVY_FOR_LISTS) == {command: [0, True, []] for command in LISTS}


def test_wrong_options_are_refused_before_anything_heavy_is_imported():
    """A missing, unknown or malformed option is reported with exit code 2 at once."""
    assert report(*WRONG) == {command: [2, False, []] for command in WRONG}


def test_a_heavy_library_is_found():
    """A build imports some of those looked for."""
    ((code, _, heavy),) = report("build multiinstruct ITM --data-dir no/such/folder -o out").values()
    assert (code, "datasets" in heavy) == (1, True)


@pytest.mark.parametrize(
    ("listed", "declared"),
    [
        (choices.AXES, axes.AXES),
        (choices.BENCHMARKS, tasks.BENCHMARKS),
        (choices.ENGINES, engines.ENGINES),
        (choices.FORMATS, exports.FORMATS),
        (choices.FILTERS, filters.FILTERS),
        (choices.METRICS, evaluation.METRICS),
        (choices.PRESETS, expansion.PRESETS),
        (choices.ROLES, spec.ROLES),
        (choices.STRATEGIES, samplers.STRATEGIES),
    ],
)
def test_help_texts_name_what_the_library_has(listed, declared):
    """The names in help texts are those of the library's tables, in their order."""
    assert listed == tuple(declared)


def test_help_texts_name_the_defaults_of_the_evaluation():
    """The numbers of examples and wordings in help texts are the library's."""
    assert (choices.LIMIT, choices.WORDINGS) == (evaluation.LIMIT, evaluation.WORDINGS)
