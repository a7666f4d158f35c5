"""The log of a training run: which instruction each example had in each step, one Arrow file per rank.

A file is an Arrow IPC stream that never ends: batches of rows are appended to it, so that a killed run leaves whole
batches and at most one incomplete one, which readers leave out. Beside the files stands `pool.parquet`, all
instructions that could have been drawn.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from .errors import OutputError, SettingError
from .pool import InstructionPool
from .storage import replace_file

__all__ = ["LOG_FOLDER", "LOG_SCHEMA", "RunLog", "RunLogWriter", "read_run_log"]

_log = logging.getLogger(__name__)

LOG_FOLDER = "instruction_log"
"""The folder of a log inside a run's `output_dir`."""

LOG_SCHEMA = pa.schema(
    [
        ("step", pa.int64()),
        ("epoch", pa.int32()),
        ("task", pa.string()),
        ("instruction_id", pa.string()),
        ("loss", pa.float32()),
    ]
)
"""One row per example: `step` from 1 and `epoch` from 0; an example without instruction has neither task nor id, and
`loss` is the mean of its tokens in nats, null where it is not known."""

_POOL = "pool.parquet"
_RANK = re.compile(r"rank-(\d+)\.arrow")
_OPTIONS = pa.ipc.IpcWriteOptions(compression="zstd")
_END = 8
"""The bytes that end an Arrow stream."""

_DAMAGED = (pa.ArrowException, OSError)
"""What Arrow raises on the bytes of a damaged file: `OSError` for its metadata, a lack of memory for absurd sizes."""


class RunLog(NamedTuple):
    """What `read_run_log` reads.

    Attributes:
        table: The rows of all ranks, with the columns of `LOG_SCHEMA` and `rank`.
        pool: The instructions that could have been drawn.
        unread: By file, the bytes of an incomplete last batch, which a killed run leaves.
    """

    table: pa.Table
    pool: InstructionPool
    unread: dict[str, int]


def read_run_log(folder: str | Path) -> RunLog:
    """Read the log of a run, also while it trains.

    Args:
        folder: The run's `output_dir`, or the folder of the log itself.

    Raises:
        SettingError: Raised if there is no log, or a file is not one.
        PoolError: Raised if the pool beside it cannot be read.

    Example:
        >>> read_run_log("out").table.group_by(["task", "epoch"]).aggregate([("loss", "mean")])
    """
    place = _log_folder(Path(folder))
    tables, unread = [], {}
    for rank, path in sorted(_rank_files(place)):
        batches, end = _whole_batches(path)
        table = pa.Table.from_batches(batches, LOG_SCHEMA)
        tables.append(table.append_column("rank", pa.repeat(pa.scalar(rank, pa.int32()), len(table))))
        if left := path.stat().st_size - end:
            unread[path.name] = left
    return RunLog(pa.concat_tables(tables), InstructionPool.load(place / _POOL), unread)


class RunLogWriter:
    """Appends the rows of one rank to a log.

    What is there of later steps than `step` is removed first, for a run that resumes from a checkpoint repeats those
    steps. Files of ranks that the run no longer has are cut in the same way.

    Args:
        folder: The folder of the log; created if missing.
        step: The step from which the run goes on; 0 begins anew.
        rank: The process's number among `ranks`, the number of processes.

    Raises:
        OutputError: Raised if a file cannot be written.
        SettingError: Raised if a file there is not a log.
    """

    def __init__(self, folder: str | Path, *, step: int = 0, rank: int = 0, ranks: int = 1) -> None:
        self.folder = Path(folder)
        self.path = self.folder / f"rank-{rank}.arrow"
        self._step = step
        for number, path in [(rank, self.path), *_rank_files(self.folder)]:
            if number % ranks == rank:
                _cut(path, step)

    def append(self, rows: pa.Table | pa.RecordBatch) -> None:
        """Append rows with the columns of `LOG_SCHEMA`, and sync them to disk.

        Raises:
            OutputError: Raised if the disk is full or the file cannot be written.
        """
        batches = pa.Table.from_batches([rows]).to_batches() if isinstance(rows, pa.RecordBatch) else rows.to_batches()
        try:
            with self.path.open("ab") as file:
                file.write(_stream(batches)[len(_stream([])) :])
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise OutputError(f"Cannot write the log {self.path}: {error}") from error

    def save_pool(self, pool: InstructionPool) -> None:
        """Write the pool beside the log; a run that goes on keeps the instructions that it had before, too.

        Raises:
            OutputError: Raised if the file cannot be written.
        """
        path = self.folder / _POOL
        if self._step and path.exists():
            pool = united([InstructionPool.load(path), pool])
        pool.save(path)


def united(pools: list[InstructionPool]) -> InstructionPool:
    """The pool of all instructions of several pools."""
    if len({each.digest for each in pools}) == 1:
        return pools[0]
    listed = (each for pool in pools for instructions in pool.values() for each in instructions)
    return InstructionPool.from_instructions({each.instruction_id: each for each in listed}.values())


def _log_folder(folder: Path) -> Path:
    for place in (folder / LOG_FOLDER, folder):
        if any(_rank_files(place)) and (place / _POOL).exists():
            return place
    raise SettingError(
        f"{str(folder)!r} has no log of instructions: expected {LOG_FOLDER}/ with {_POOL} and rank-0.arrow. "
        "Train with Trainer(..., callbacks=[InstructionLogCallback()])."
    )


def _rank_files(folder: Path) -> Iterator[tuple[int, Path]]:
    for path in folder.glob("rank-*.arrow"):
        if match := _RANK.fullmatch(path.name):
            yield int(match[1]), path


def _cut(path: Path, step: int) -> None:
    """Remove the rows of later steps, and an incomplete last batch."""
    kept: list[pa.RecordBatch] = []
    if step and path.exists():
        batches, end = _whole_batches(path)
        kept = [batch.filter(pc.less_equal(batch["step"], step)) for batch in batches]
        last = max((pc.max(batch["step"]).as_py() for batch in kept if len(batch)), default=0)
        # What a kill tore is of a later step, which is run again; anything else is lost.
        if last < step and path.stat().st_size > end:
            _log.warning("%s is damaged after step %d: its rows up to step %d are lost.", path, last, step)
    replace_file(path, lambda partial: partial.write_bytes(_stream([each for each in kept if len(each)])))


def _stream(batches: list[pa.RecordBatch]) -> bytes:
    """The batches as an Arrow stream without its end, so that more can be appended."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, LOG_SCHEMA, options=_OPTIONS) as writer:
        for batch in batches:
            writer.write_batch(batch)
    return bytes(sink.getvalue())[:-_END]


def _whole_batches(path: Path) -> tuple[list[pa.RecordBatch], int]:
    """The complete batches of a file, and where the last one ends.

    Raises:
        SettingError: Raised if it does not begin as a log does.
    """
    with pa.OSFile(str(path)) as file:
        if file.size() == 0:
            return [], 0
        try:
            reader = pa.ipc.open_stream(file)
        except _DAMAGED as error:
            raise SettingError(f"{path} is not a log of instructions: {error}") from error
        if not reader.schema.equals(LOG_SCHEMA):
            raise SettingError(f"{path} is not a log of instructions: expected {LOG_SCHEMA}, but got {reader.schema}.")
        batches, end = [], file.tell()
        try:
            for batch in reader:
                batch.validate(full=True)
                batches.append(batch)
                end = file.tell()
        except _DAMAGED:
            pass  # what a killed run leaves at the end; the caller says how much
        return batches, end
