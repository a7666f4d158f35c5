"""Expands on a cluster of two machines: python expanding.py FOLDER.

The first worker that gets to a third variant stops there for ever, and its machine is removed.
"""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import ray
from ray.cluster_utils import Cluster

from instraug_datasets import expand
from instraug_datasets.engines import Completion, Request, load_engine
from instraug_datasets.engines.grammar import GrammarEngine
from instraug_datasets.errors import EngineError
from instraug_datasets.expansion import select_tasks

FOLDER = Path(sys.argv[1])
CLAIM, NEWS = FOLDER / "claimed", FOLDER / "news"
TASKS = ("ITM", "image_caption")
REQUESTS = [Request("Rewrite.", f"Describe region {number} of the image.", sample=1) for number in range(150)]


class StoppingEngine(GrammarEngine):
    """The grammar, with a worker that stops."""

    def complete(self, requests: Iterable[Request]) -> Iterator[Completion]:
        for request in requests:
            if request.sample == 2 and is_first():
                NEWS.write_text(ray.get_runtime_context().get_node_id(), encoding="utf-8")
                threading.Event().wait()
            yield from super().complete([request])


def is_first() -> bool:
    try:
        os.close(os.open(CLAIM, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return False
    return True


def refuse(_: Request) -> str:
    raise EngineError("no credit left")


def fail(_: Request) -> str:
    raise ValueError("a defect")


def die(_: Request) -> str:
    os._exit(1)


def refused(call: Callable[[], Any]) -> str:
    """The error that a call raises."""
    try:
        call()
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "nothing"


def run_command(address: str) -> None:
    """Expand with the command on the same cluster."""
    command = [sys.executable, "-m", "instraug_datasets.cli", "expand", "multiinstruct", "ITM", "--engine", "ray"]
    settings = ["--set", "engine=grammar", "--set", "workers=1", "--address", address]
    subprocess.run([*command, *settings, "--target", "5", "--output", str(FOLDER / "command.parquet")], check=True)


def completed(engine: Any, **options: Any) -> list[Completion]:
    loaded: Any = load_engine("ray", engine=engine, **options)
    try:
        return list(loaded.complete(REQUESTS[:20]))
    finally:
        loaded.close()


def main() -> None:
    os.mkfifo(NEWS)
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "object_store_memory": 80_000_000})
    nodes = [cluster.add_node(num_cpus=1, object_store_memory=80_000_000) for _ in range(2)]
    run_command(cluster.address)
    ray.init(address=cluster.address, log_to_driver=False)
    removed: list[str] = []

    def remove() -> None:
        removed.append(NEWS.read_text(encoding="utf-8"))  # waits until somebody writes
        cluster.remove_node(next(node for node in nodes if node.node_id == removed[0]), allow_graceful=False)

    remover = threading.Thread(target=remove, daemon=True)
    remover.start()
    engine: Any = load_engine("ray", engine=StoppingEngine())
    expand(select_tasks("multiinstruct", TASKS), engine, target=5).save(FOLDER / "cluster.parquet")
    remover.join()
    result = {
        "removed": removed,
        "left": [node.node_id for node in nodes if node in cluster.worker_nodes],
        "order": list(engine.complete(REQUESTS)) == list(GrammarEngine().complete(REQUESTS)),
        "recorded": [engine.name, engine.model],
    }
    engine.close()
    result["errors"] = [
        refused(lambda: completed(refuse)),
        refused(lambda: completed(fail)),
        refused(lambda: completed("transformers", model="no/such/folder")),
        refused(lambda: completed("grammar", gpus=1)),
        refused(lambda: completed(die)),
    ]
    ray.shutdown()
    cluster.shutdown()
    (FOLDER / "result.json").write_text(json.dumps(result), encoding="utf-8")


if __name__ == "__main__":
    main()
