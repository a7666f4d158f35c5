"""Light commands import nothing heavy, and help texts name what the library has."""

import subprocess
import sys

import pytest

from instraug_datasets import axes, engines, evaluation, expansion, exports, filters, samplers, tasks
from instraug_datasets.cli import choices
from instraug_datasets.tasks import spec

HEAVY = ("datasets", "gradio", "huggingface_hub", "pandas", "pyarrow", "torch", "transformers")
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

REPORT = f"""
import sys
from instraug_datasets.cli import main
try:
    main(sys.argv[1:])
finally:
    print([name for name in {HEAVY} if name in sys.modules], file=sys.stderr)
"""


@pytest.mark.parametrize(
    "arguments",
    [
        ("--help",),
        ("--version",),
        ("tasks",),
        ("tasks", "multiinstruct", "--json"),
        ("sources",),
        *((command, "--help") for command in COMMANDS),
        *(("pool", command, "--help") for command in POOL_COMMANDS),
        ("report", "run", "--help"),
    ],
    ids=" ".join,
)
def test_light_commands_import_nothing_heavy(arguments):
    """A listing, a help text or the version is printed without any library that takes a second to import."""
    done = subprocess.run([sys.executable, "-c", REPORT, *arguments], capture_output=True, text=True, check=True)
    assert (done.stdout != "", done.stderr.splitlines()[-1]) == (True, "[]")


@pytest.mark.parametrize(
    "arguments",
    [
        ("build", "multiinstruct", "--data-dir", "."),
        ("preview", "multiinstruct", "ITM", "--data-dir", ".", "--epochs", "0"),
        ("expand", "multiinstruct", "--target", "many"),
        ("pool", "stats", "multiinstruct", "--style"),
    ],
    ids=" ".join,
)
def test_wrong_options_are_refused_before_anything_heavy_is_imported(arguments):
    """A missing, unknown or malformed option is reported with exit code 2 at once."""
    done = subprocess.run([sys.executable, "-c", REPORT, *arguments], capture_output=True, text=True)
    assert (done.returncode, done.stderr.splitlines()[-1]) == (2, "[]")


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
