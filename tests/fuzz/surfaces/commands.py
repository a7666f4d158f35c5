"""The command line with arguments of any kind."""

from __future__ import annotations

import io
import os
from contextlib import chdir, redirect_stderr, redirect_stdout
from functools import cache
from pathlib import Path
from unittest.mock import patch

from instraug_datasets.cli import main
from instraug_datasets.pool_text import format_pool
from tests.fuzz.draws import Draws, Surface
from tests.fuzz.surfaces.pools import POOL

__all__ = ["SURFACES"]

# Commands that read files and print; none that takes long, downloads, or runs a model.
_COMMANDS = (
    ("tasks", "multiinstruct"),
    ("pool", "stats", "p.parquet"),
    ("pool", "show", "p.parquet"),
    ("pool", "diff", "p.parquet", "p.csv"),
    ("pool", "merge", "p.parquet", "p.csv", "-o", "out.parquet"),
    ("pool", "validate", "p.csv"),
    ("pool", "export", "p.parquet", "-o", "out.csv"),
    ("pool", "report", "p.parquet", "-o", "out.html"),
    ("sources",),
    ("expand", "x.yaml", "--engine", "grammar", "--target", "2", "-o", "out.parquet"),
    ("evaluate", "multiinstruct", "nlvr", "--model", "none"),
    ("init",),
    ("check", "multiinstruct", "--data-dir", "none"),
    ("build", "multiinstruct", "nlvr", "--data-dir", "none", "-o", "out"),
    ("export", "messages"),
    ("publish", "multiinstruct", "--from", "none", "--dry-run"),
    ("doctor", "x.py"),
    ("report", "none"),
    ("preview", "multiinstruct", "nlvr", "--data-dir", "none"),
)
_WORDS = (
    *(
        "p.parquet",
        "p.csv",
        "p.jsonl",
        "x.yaml",
        "x.py",
        "folder",
        "none",
        "multiinstruct",
        "nlvr",
        "ITM",
        "image_caption",
    ),
    *(
        "--json",
        "--task",
        "--output",
        "-o",
        "out.parquet",
        "out.tsv",
        "--seed",
        "--target",
        "--limit",
        "--epochs",
        "-h",
    ),
    *(
        "--engine",
        "grammar",
        "mock",
        "--set",
        "max_tokens=x",
        "temperatures=[",
        "=",
        "--recipe",
        "--style",
        "form=x",
        "",
    ),
    *("-1", "0", "3", "1e9", "nan", "99999999999999999999", "--", "-", "--data-dir", "--split", "train", "--wordings"),
)
_TASKS = """\
benchmark: mine
category: VQA
tasks: {my_vqa: {fields: [question], metric: accuracy, instructions: ["Answer the question: {question}"]}}
"""


def _arguments(draws: Draws) -> list[str]:
    """A command that works, with words left out and put in."""
    words = [word for word in draws.pick(_COMMANDS) if draws.under(12)]
    for _ in range(draws.under(4)):
        word = draws.text(3).replace("\0", "") if draws.chance(5) else draws.pick(_WORDS)
        words.insert(draws.number(min(2, len(words)), len(words)), word)
    return words


def check_command(arguments: list[str], folder: Path) -> None:
    """A command ends with an exit code, and says why in words."""
    _prepare(folder)
    out, err = io.StringIO(), io.StringIO()
    with patch.dict(os.environ, COLUMNS="80"), chdir(folder), redirect_stdout(out), redirect_stderr(err):
        try:
            main(arguments)
        except SystemExit as stop:
            if stop.code not in (None, 0, 1, 2):
                raise AssertionError(f"exit code {stop.code}") from stop
    if "Traceback" in err.getvalue():
        raise AssertionError(err.getvalue())


@cache
def _prepare(folder: Path) -> None:
    (folder / "folder").mkdir(exist_ok=True)
    POOL.save(folder / "p.parquet")
    for suffix in ("csv", "jsonl"):
        (folder / f"p.{suffix}").write_text(format_pool(POOL.to_table(), f".{suffix}"), encoding="utf-8")
    (folder / "x.yaml").write_text(_TASKS, encoding="utf-8")
    (folder / "x.py").write_text("from datasets import load_dataset\n", encoding="utf-8")


SURFACES = {"commands": Surface(_arguments, check_command, 1)}
