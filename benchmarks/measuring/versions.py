"""Compares reading with that of an earlier version of the package, on the same files, in turn."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Mapping
from pathlib import Path
from statistics import median

import pyarrow.parquet as pq

from .fixtures import Fixtures
from .table import TableRow, per_second

__all__ = ["compared_with_commit"]

_ROOT = Path(__file__).parents[2]
_ROUNDS = 3
_ROWS = 4000
_COLUMNS = ["instruction_id", "task", "text", "origin", "parent"]
_ACTIONS = {
    "pictures, augment": "stream with undecoded pictures, per example",
    "text, augment": "stream of text, per example",
    "index": "map-style, `dataset[i]`, random",
    "batches": "map-style, batches `__getitems__` of 32, random",
    "rendering": "`augmenter(table)`, Arrow batches of 1000",
}


def compared_with_commit(commit: str, fixtures: Fixtures) -> list[TableRow]:
    """How many times as fast each action is as at a commit, which is taken from the repository.

    Args:
        commit: Any name that git knows.
    """
    folder = _extract(commit, fixtures.folder / "before")
    pool = _pool_for_both(fixtures)
    rounds = 1 if fixtures.sizes.rounds == 1 else _ROUNDS
    pairs = [(_seconds(folder, pool, fixtures), _seconds(_ROOT, pool, fixtures)) for _ in range(rounds)]
    rows = min(_ROWS, fixtures.sizes.rows)
    return [_row(name, what, commit, pairs, rows) for name, what in _ACTIONS.items()]


def _row(
    name: str, what: str, commit: str, pairs: list[tuple[Mapping[str, float], Mapping[str, float]]], rows: int
) -> TableRow:
    faster = median(before[name] / now[name] for before, now in pairs)
    return TableRow(
        part="versions",
        what=f"{what}, beside commit {commit}",
        rows=rows,
        figure=per_second(rows, median(now[name] for _, now in pairs)),
        ratio=f"{faster:.2f}x the speed at that commit",
        key=f"version.{name}",
        number=faster,
    )


def _extract(commit: str, folder: Path) -> Path:
    """The package as it was at a commit."""
    done = subprocess.run(["git", "archive", commit, "instraug_datasets"], cwd=_ROOT, capture_output=True)
    if done.returncode:
        raise SystemExit(f"git has no commit {commit!r} here: {done.stderr.decode().strip()}")
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        archive.extractall(folder, filter="data")
    return folder


def _pool_for_both(fixtures: Fixtures) -> str:
    """The pool with the columns of all versions only, because the earlier one refuses those that it does not know."""
    table, path = pq.read_table(fixtures.pool_file), str(fixtures.folder / "pool-for-both.parquet")
    pq.write_table(table.select(_COLUMNS), path)
    return path


def _seconds(folder: Path, pool: str, fixtures: Fixtures) -> Mapping[str, float]:
    settings = {
        "files": list(fixtures.files),
        "text_files": list(fixtures.text_files),
        "pool": pool,
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
