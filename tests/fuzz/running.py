"""Runs cases in processes that are watched: one that hangs or dies is named, and the others go on."""

from __future__ import annotations

import logging
import multiprocessing
import os
import resource
import shutil
import tempfile
import time
import traceback
import warnings
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from instraug_datasets.errors import InstrAugError
from tests.fuzz.draws import seeded
from tests.fuzz.surfaces import SURFACES

__all__ = ["BLOCK", "CASE_SECONDS", "MEMORY", "Block", "Failure", "Result", "run_blocks", "try_case"]

BLOCK = 1000
"""The most cases that a process is given at once."""

CASE_SECONDS = 60
MEMORY = 8 << 30

_LOOK_SECONDS = 1.0
_SHOWN = 400
_NO_CASE = -1


@dataclass(frozen=True, slots=True)
class Block:
    """The cases of a surface from `first` to below `stop`."""

    surface: str
    first: int
    stop: int


@dataclass(frozen=True, slots=True)
class Failure:
    """A case that failed, and how."""

    surface: str
    number: int
    problem: str


@dataclass(slots=True)
class Result:
    """What became of some cases of a surface: how many were read, refused and failed, in how many seconds."""

    surface: str
    cases: int = 0
    refused: int = 0
    seconds: float = 0.0
    failures: list[Failure] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Cases per second."""
        return self.cases / self.seconds if self.seconds else 0.0

    def add(self, other: Result) -> None:
        self.cases += other.cases
        self.refused += other.refused
        self.seconds += other.seconds
        self.failures += other.failures


def try_case(surface: str, number: int, folder: Path) -> bool:
    """Run one case; whether it was refused.

    Raises:
        Exception: Whatever comes out, unless it is an error of this package.
    """
    case = SURFACES[surface].make(seeded(surface, number))
    try:
        SURFACES[surface].check(case, folder)
    except InstrAugError:
        return True
    return False


def run_blocks(blocks: list[Block], jobs: int) -> Iterator[Result]:
    """Run blocks in some processes, and yield the result of each as it is there."""
    scratch = Path(tempfile.mkdtemp(prefix="instraug-fuzz-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None))
    waiting = deque(blocks)
    workers = [_Worker(scratch) for _ in range(min(jobs, len(blocks)))]
    try:
        for worker in workers:
            worker.start(waiting.popleft())
        while any(worker.block for worker in workers):
            wait([worker.pipe for worker in workers if worker.block], timeout=_LOOK_SECONDS)
            for worker in workers:
                if (result := worker.look(waiting)) is not None:
                    yield result
                    if waiting:
                        worker.start(waiting.popleft())
    finally:
        for worker in workers:
            worker.stop()
        shutil.rmtree(scratch, ignore_errors=True)


class _Worker:
    """A process, and the block that it works on."""

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        self.block: Block | None = None
        self._spawn()

    def start(self, block: Block) -> None:
        self.block, self._case, self._since = block, _NO_CASE, time.monotonic()
        self._current.value = _NO_CASE
        self.pipe.send(block)

    def look(self, waiting: deque[Block]) -> Result | None:
        """The result of the block if there is one; of a process that hangs or has died, that of the case it was at."""
        if self.block is None:
            return None
        try:
            if self.pipe.poll():
                result: Result = self.pipe.recv()
                self.block = None
                return result
        except (EOFError, OSError):
            self._process.join()
            return self._lost(waiting, f"the process died with status {self._process.exitcode}")
        case = int(self._current.value)
        if case != self._case:
            self._case, self._since = case, time.monotonic()
        elif case != _NO_CASE and time.monotonic() - self._since > CASE_SECONDS:
            return self._lost(waiting, f"more than {CASE_SECONDS} seconds")
        return None

    def stop(self) -> None:
        self._process.kill()
        self._process.join()

    def _lost(self, waiting: deque[Block], problem: str) -> Result:
        block, case = self.block, max(int(self._current.value), self.block.first if self.block else 0)
        assert block is not None
        self.stop()
        self.block = None
        if case + 1 < block.stop:
            waiting.append(Block(block.surface, case + 1, block.stop))
        self._spawn()
        return Result(block.surface, cases=case + 1 - block.first, failures=[Failure(block.surface, case, problem)])

    def _spawn(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._current: Any = context.Value("q", _NO_CASE, lock=False)
        self.pipe, theirs = context.Pipe()
        self._process = context.Process(target=_work, args=(theirs, self._current, self._scratch), daemon=True)
        self._process.start()
        theirs.close()


def _work(pipe: Connection[Any, Any], current: Any, scratch: Path) -> None:
    """Run the blocks that come through the pipe until it is closed."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    warnings.simplefilter("ignore")
    logging.disable()
    folder = scratch / str(os.getpid())
    folder.mkdir()
    os.environ["TMPDIR"] = str(folder)
    while True:
        try:
            block: Block = pipe.recv()
        except EOFError:
            return
        pipe.send(_result(block, current, folder))


def _result(block: Block, current: Any, folder: Path) -> Result:
    result, start = Result(block.surface), time.monotonic()
    place = folder / block.surface.replace(" ", "-")
    place.mkdir(exist_ok=True)
    for number in range(block.first, block.stop):
        current.value = number
        result.cases += 1
        try:
            result.refused += try_case(block.surface, number, place)
        except Exception as error:
            result.failures.append(Failure(block.surface, number, _told(error)))
    current.value = _NO_CASE
    result.seconds = time.monotonic() - start
    return result


def _told(error: Exception) -> str:
    where = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {str(error)[:_SHOWN]} ({Path(where.filename).name}:{where.lineno})"
