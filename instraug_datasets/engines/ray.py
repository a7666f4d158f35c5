"""Runs another engine in the workers of a Ray cluster; what is lost with a machine is completed by another one."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import EngineError, InstrAugError, SettingError, shown
from ..ray_cluster import RayError, RayTaskError, connect, ray, total_resources
from .base import Completion, Engine, Request

__all__ = ["RayEngine"]

_MAX_LOSSES = 5
"""How often requests are given to another worker, or a worker is started again, after its process was lost."""

_MAX_CHUNK = 64
_CHECK_INTERVAL = 10.0


class RayEngine:
    """Completes requests with another engine, which each worker of a Ray cluster loads once.

    Completions are those of the other engine, in the order of the requests, whatever the number of workers. Each worker
    takes one CPU. Workers stay until the engine is closed or the process ends.

    Args:
        load: Loads the other engine, in a process of its own, where this package must be installed.
        name: The other engine's name, which pools record.
        model: The other engine's model.
        workers: The number of workers; None for as many as the cluster has room for, which is also the most.
        gpus: The GPUs of each worker; a fraction lets several workers share one.
        address: The address of the cluster; None for the one that this machine is part of, or else a new one here.

    Raises:
        SettingError: Raised if a number is out of range, or there is no cluster at the address.

    Example:
        >>> engine = load_engine("ray", engine="transformers", model="Qwen/Qwen3-4B-Instruct-2507", gpus=1)
        >>> pool = expand("multiinstruct", engine)
    """

    def __init__(
        self,
        load: Callable[[], Engine],
        *,
        name: str,
        model: str | None = None,
        workers: int | None = None,
        gpus: float = 0,
        address: str | None = None,
    ) -> None:
        if workers is not None and (not isinstance(workers, int) or workers < 1):
            raise SettingError(f"workers must be a whole number from 1, but got {shown(workers)}.")
        if not isinstance(gpus, int | float) or not gpus >= 0:
            raise SettingError(f"gpus must be a number from 0, but got {shown(gpus)}.")
        self.name, self.model = name, model
        self._load, self._workers, self._gpus = load, workers, gpus
        self._idle: list[Any] = []
        self._running: dict[Any, _Running] = {}
        self._lost_starts = 0
        self._is_connected_here = connect(address)

    def complete(self, requests: Iterable[Request]) -> Iterator[Completion]:
        """Yield one completion per request, in order.

        Raises:
            InstrAugError: Raised as by the other engine.
            EngineError: Raised if workers are lost again and again, or the cluster has no room for one.
        """
        chunks = self._chunks(list(requests))
        waiting, done, position = deque(chunks), dict[int, list[Completion]](), 0
        try:
            while position < len(chunks):
                self._start_workers(len(chunks) - position - len(done))
                while waiting and self._idle:
                    self._submit(self._idle.pop(), waiting.popleft())
                for running, completions in self._finished():
                    if completions is not None:
                        done[running.chunk.number] = completions
                    elif running.chunk.requests:
                        waiting.appendleft(running.chunk)
                while position in done:
                    yield from done.pop(position)
                    position += 1
        finally:
            self._stop_busy_workers()

    def close(self) -> None:
        """End the workers, and the connection if this engine made it."""
        for worker in [*self._idle, *(each.worker for each in self._running.values())]:
            ray.kill(worker)
        self._idle, self._running = [], {}
        if self._is_connected_here:
            ray.shutdown()

    def _chunks(self, requests: Sequence[Request]) -> list[_Chunk]:
        share = -(-len(requests) // max(1, self._limit()))
        size = max(1, min(_MAX_CHUNK, share))
        return [
            _Chunk(number, requests[start : start + size]) for number, start in enumerate(range(0, len(requests), size))
        ]

    def _limit(self) -> int:
        """The number of workers that may run in the cluster as it is now."""
        total = total_resources()
        capacity = min(total.get("CPU", 0), total.get("GPU", 0) // self._gpus if self._gpus else float("inf"))
        return int(capacity if self._workers is None else min(self._workers, capacity))

    def _start_workers(self, chunks: int) -> None:
        count = min(self._limit(), chunks) - len(self._idle) - len(self._running)
        for _ in range(count):
            worker = _RemoteWorker.options(num_gpus=self._gpus).remote(self._load)
            self._running[worker.start.remote()] = _Running(worker, _Chunk(-1, ()))

    def _submit(self, worker: Any, chunk: _Chunk) -> None:
        self._running[worker.complete.remote(chunk.requests)] = _Running(worker, chunk)

    def _finished(self) -> Iterator[tuple[_Running, list[Completion] | None]]:
        """Wait for a worker; yield what it did, with None in place of completions if it started or was lost."""
        ready, _ = ray.wait(list(self._running), timeout=_CHECK_INTERVAL) if self._running else ([], [])
        if not ready and self._limit() < 1:
            needed = f"one CPU and {self._gpus} GPUs" if self._gpus else "one CPU"
            raise EngineError(f"The Ray cluster has no machine for a worker, which takes {needed}.")
        for reference in ready:
            running = self._running.pop(reference)
            yield running, self._result(reference, running)

    def _result(self, reference: Any, running: _Running) -> list[Completion] | None:
        try:
            completions: list[Completion] | None = ray.get(reference)
        except RayTaskError as error:
            ray.kill(running.worker)
            cause = error.cause
            if isinstance(cause, InstrAugError):
                raise cause from None
            raise EngineError(f"The engine {self.name!r} failed on a worker: {cause!r}") from error
        except RayError as error:
            ray.kill(running.worker)
            self._count_loss(running.chunk, error)
            return None
        self._idle.append(running.worker)
        self._lost_starts = 0
        return completions

    def _count_loss(self, chunk: _Chunk, error: Exception) -> None:
        chunk.losses += 1
        self._lost_starts += not chunk.requests
        if max(chunk.losses, self._lost_starts) > _MAX_LOSSES:
            raise EngineError(f"Ray lost {_MAX_LOSSES + 1} workers of the engine {self.name!r}: {error}") from error

    def _stop_busy_workers(self) -> None:
        """After an error or an interruption, the completions of these workers are of no use."""
        for reference, running in list(self._running.items()):
            if running.chunk.requests:
                ray.kill(running.worker)
                del self._running[reference]


@dataclass(slots=True)
class _Chunk:
    """Requests that a worker completes in one call; none for its start."""

    number: int
    requests: Sequence[Request]
    losses: int = 0


@dataclass(frozen=True, slots=True)
class _Running:
    worker: Any
    chunk: _Chunk


class _Worker:
    """Holds the other engine in a process of the cluster."""

    def __init__(self, load: Callable[[], Engine]) -> None:
        self._load = load

    def start(self) -> None:
        """Load the engine: its errors arrive as they are, which those of a constructor would not."""
        self._engine = self._load()

    def complete(self, requests: Sequence[Request]) -> list[Completion]:
        """Return the engine's completions in the order of the requests."""
        places = {request.key: place for place, request in enumerate(requests)}
        return sorted(self._engine.complete(requests), key=lambda each: places.get(each.key, len(places)))


_RemoteWorker: Any = ray.remote(num_cpus=1, scheduling_strategy="SPREAD")(_Worker)
