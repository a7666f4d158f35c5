"""Compares reading with that of another version of the package, on the same files, in turn."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from statistics import median

from .fixtures import Fixtures
from .table import table_text

__all__ = ["versions_table"]

_ROUNDS = 3
_ROWS = 4000
_ACTIONS = {
    "pictures, augment": "stream with undecoded pictures, per example",
    "text, augment": "stream of text, per example",
    "index": "map-style, `dataset[i]`, random",
    "batches": "map-style, batches `__getitems__` of 32, random",
    "rendering": "`augmenter(table)`, Arrow batches of 1000",
}
_PLAIN = {"pictures, augment": "pictures, plain", "text, augment": "text, plain"}


def versions_table(baseline: Path, fixtures: Fixtures) -> str:
    """How many times as fast each action is as in another version, and a stream as without prompts.

    Args:
        baseline: The folder of the other version, such as a git worktree.
    """
    folders, rounds = (baseline, Path(__file__).parents[2]), 1 if fixtures.sizes.rounds == 1 else _ROUNDS
    pairs = [tuple(_seconds(folder, fixtures) for folder in folders) for _ in range(rounds)]
    rows = []
    for name, what in _ACTIONS.items():
        faster = median(before[name] / now[name] for before, now in pairs)
        beside = [
            f"{median(pair[i][_PLAIN[name]] / pair[i][name] for pair in pairs):.2f}x" if name in _PLAIN else ""
            for i in (0, 1)
        ]
        rows.append((what, f"{faster:.2f}x", *beside))
    titles = ("what", "speed, this version to the other", "other beside plain stream", "this beside plain stream")
    return table_text(titles, rows)


def _seconds(folder: Path, fixtures: Fixtures) -> Mapping[str, float]:
    settings = {
        "files": list(fixtures.files),
        "text_files": list(fixtures.text_files),
        "pool": fixtures.pool_file,
        "rows": min(_ROWS, fixtures.sizes.rows),
        "cache": str(fixtures.folder / "cache"),
    }
    paths = os.pathsep.join([str(folder.resolve()), str(Path(__file__).parents[1])])
    command = [sys.executable, str(Path(__file__).with_name("version.py")), json.dumps(settings)]
    printed = subprocess.run(
        command, check=True, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": paths}
    ).stdout
    seconds: dict[str, float] = json.loads(printed)
    return seconds
