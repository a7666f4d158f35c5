"""Publishing on a Ray cluster of two machines, as a client's job.

The first process that makes a folder for a shard stops there for ever, and its machine is removed.
"""

import os
import sys
import threading
from pathlib import Path
from typing import Any

import ray
from ray.cluster_utils import Cluster

from tests.hub import our_jobs


def publish(folder: str, target: str, repo_id: str, options: dict[str, Any]) -> dict[str, Any]:
    """Publish while a machine is lost; also tells which one was, and which are left."""
    claim, news = Path(folder) / "claimed", Path(folder) / "news"
    os.mkfifo(news)
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "object_store_memory": 80_000_000})
    nodes = [cluster.add_node(num_cpus=1, object_store_memory=80_000_000) for _ in range(2)]
    ray.init(
        address=cluster.address,
        runtime_env={"worker_process_setup_hook": lambda: stop_at_a_shard(claim, news)},
        log_to_driver=False,
    )
    removed: list[str] = []

    def remove() -> None:
        removed.append(news.read_text(encoding="utf-8"))  # waits until somebody writes
        cluster.remove_node(next(node for node in nodes if node.node_id == removed[0]), allow_graceful=False)

    remover = threading.Thread(target=remove, daemon=True)
    remover.start()
    try:
        done = our_jobs.publish(target, repo_id, options, runner="ray")
        remover.join()
        left = [node.node_id for node in nodes if node in cluster.worker_nodes]
        return {**done, "removed": removed, "left": left}
    finally:
        ray.shutdown()
        cluster.shutdown()


def stop_at_a_shard(claim: Path, news: Path) -> None:
    """Run by Ray in every process that it starts."""

    def hook(event: str, arguments: Any) -> None:
        if event == "tempfile.mkdtemp" and Path(arguments[0]).name.startswith("instraug-") and is_first(claim):
            news.write_text(ray.get_runtime_context().get_node_id(), encoding="utf-8")
            threading.Event().wait()

    sys.addaudithook(hook)


def is_first(claim: Path) -> bool:
    try:
        os.close(os.open(claim, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return False
    return True
