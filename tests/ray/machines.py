"""A cluster of two machines with one CPU each, of which one is removed as soon as a process of it says where it is."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import ray
from ray.cluster_utils import Cluster

__all__ = ["Machines", "is_first", "stop_here", "two_machines"]

_MEMORY = 80_000_000


class Machines:
    """The machines, and which of them was lost."""

    def __init__(self, news: Path) -> None:
        self._news, self._removed = news, list[str]()
        self._cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "object_store_memory": _MEMORY})
        self._nodes = [self._cluster.add_node(num_cpus=1, object_store_memory=_MEMORY) for _ in range(2)]
        self._remover = threading.Thread(target=self._remove, daemon=True)

    @property
    def address(self) -> str:
        """Where to connect to the cluster."""
        return str(self._cluster.address)

    def connect(self, **options: Any) -> None:
        """Connect this process, and wait in another thread for the news of a machine to remove."""
        ray.init(address=self.address, log_to_driver=False, **options)
        self._remover.start()

    def lost(self) -> dict[str, list[str]]:
        """The machines that were removed and those that are left, as soon as one is."""
        self._remover.join()
        left = [node.node_id for node in self._nodes if node in self._cluster.worker_nodes]
        return {"removed": self._removed, "left": left}

    def shut_down(self) -> None:
        """End everything."""
        ray.shutdown()
        self._cluster.shutdown()

    def _remove(self) -> None:
        self._removed.append(self._news.read_text(encoding="utf-8"))  # waits until somebody writes
        lost = next(node for node in self._nodes if node.node_id == self._removed[0])
        self._cluster.remove_node(lost, allow_graceful=False)


@contextmanager
def two_machines(news: Path) -> Iterator[Machines]:
    """The machines, until the block ends; `news` becomes the pipe that a process tells its machine through."""
    os.mkfifo(news)
    machines = Machines(news)
    try:
        yield machines
    finally:
        machines.shut_down()


def stop_here(news: Path) -> None:
    """Tell which machine this process is on, and wait for ever."""
    news.write_text(ray.get_runtime_context().get_node_id(), encoding="utf-8")
    threading.Event().wait()


def is_first(claim: Path) -> bool:
    """Whether no process has asked before."""
    try:
        os.close(os.open(claim, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return False
    return True
