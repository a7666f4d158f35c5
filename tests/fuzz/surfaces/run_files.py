"""What earlier runs left on the disk, and what else may stand under its name."""

from __future__ import annotations

from contextlib import closing
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa

from instraug_datasets.builders.published import TaskFolder
from instraug_datasets.engines import Completion, Request, as_engine
from instraug_datasets.engines.cache import CachedEngine
from instraug_datasets.evaluation.predictions import Predictions
from instraug_datasets.expansion.journal import Journal
from instraug_datasets.run_log import LOG_SCHEMA, RunLogWriter, read_run_log
from tests.fuzz.draws import Surface
from tests.fuzz.surfaces.pools import POOL

__all__ = ["SURFACES"]

_SETTINGS = {"model": "m", "tasks": ["a", "b"]}
_MARKER = (
    b'{"key":"k","pictures":"","shards":{"train-00000-of-00001.parquet":3},"built":{"task":"ITM","split":"train",'
    b'"sources":["s"],"examples":3,"skipped":{},"seconds":1.0,"bytes":3,"reused":false,"problem":null}}'
)


def check_journal(content: bytes, folder: Path) -> None:
    """A journal is taken up or refused."""
    path = folder / "j.jsonl"
    path.write_bytes(content)
    Journal(path, {"seed": 0}).close()


def check_predictions(content: bytes, folder: Path) -> None:
    """A file of predictions is taken up or refused, and taken up again the same way."""
    path = folder / "p.jsonl"
    path.write_bytes(content)
    with Predictions(path, _SETTINGS) as first:
        first.append([(("new", "new"), "\ud83d")] if ("new", "new") not in first.texts else [])
    with Predictions(path, _SETTINGS) as again:
        if again.texts != first.texts:
            raise AssertionError("taken up again, it has other predictions")


def check_run_log(content: bytes, folder: Path) -> None:
    """A log is read as far as it is whole, and a run goes on after it."""
    if not (folder / "pool.parquet").exists():
        POOL.save(folder / "pool.parquet")
    path = folder / "rank-0.arrow"
    path.write_bytes(content)
    read_run_log(folder)
    RunLogWriter(folder, step=1).append(_rows(2))
    if 2 not in read_run_log(folder).table["step"].to_pylist():
        raise AssertionError("what was appended is not read")


def check_cache(content: bytes, folder: Path) -> None:
    """A cache answers, or is refused."""
    path = folder / "c.sqlite"
    path.write_bytes(content)
    with closing(CachedEngine(as_engine(lambda request: "Text."), path)) as engine:
        (completion,) = engine.complete([Request(system="s", text="t")])
        if not isinstance(completion.text, str):
            raise AssertionError(completion)


def check_marker(content: bytes, folder: Path) -> None:
    """A marker of a build is believed or not."""
    task = folder / "ITM"
    task.mkdir(exist_ok=True)
    (task / ".train.json").write_bytes(content)
    (task / "train-00000-of-00001.parquet").write_bytes(b"abc")
    (task / "skipped.jsonl").touch()
    TaskFolder(folder, "ITM").read_marker("train")


def _rows(step: int) -> pa.Table:
    row = {"step": step, "epoch": 0, "task": "a", "instruction_id": "a/1", "loss": 0.5}
    return pa.Table.from_pylist([row] * 2, schema=LOG_SCHEMA)


@cache
def _journal() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "j.jsonl"
        journal = Journal(path, {"seed": 0})
        journal.append([Completion("a", "One."), Completion("b", "Two.")])
        journal.close()
        return path.read_bytes()


@cache
def _predictions() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "p.jsonl"
        with Predictions(path, _SETTINGS) as predictions:
            predictions.append([(("a/1", "w/1"), "yes"), (("a/2", "w/1"), "\u00e9")])
        return path.read_bytes()


@cache
def _run_log() -> bytes:
    with TemporaryDirectory() as folder:
        writer = RunLogWriter(folder)
        writer.append(_rows(1))
        writer.append(_rows(2))
        return writer.path.read_bytes()


@cache
def _cache() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "c.sqlite"
        with closing(CachedEngine(as_engine(lambda request: "Text."), path)) as engine:
            list(engine.complete([Request(system="s", text="t"), Request(system="s", text="u")]))
        return path.read_bytes()


SURFACES = {
    "journals": Surface(lambda draws: draws.changed(_journal()), check_journal, 20),
    "predictions": Surface(lambda draws: draws.changed(_predictions()), check_predictions, 20),
    "run logs": Surface(lambda draws: draws.changed(_run_log()), check_run_log, 6),
    "completion caches": Surface(lambda draws: draws.changed(_cache()), check_cache, 5),
    "build markers": Surface(lambda draws: draws.changed(_MARKER), check_marker, 15),
}
