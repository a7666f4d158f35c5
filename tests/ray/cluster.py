"""Builds on a cluster of two machines: python cluster.py FOLDER, with raw files in `raw`.

The first process that opens one of the pictures stops there for ever, and its machine is removed.
"""

import json
import os
import sys
import threading
from pathlib import Path
from typing import Any

import ray
from ray.cluster_utils import Cluster

from instraug_datasets.builders import build

FOLDER = Path(sys.argv[1])
PICTURE, CLAIM, NEWS = sys.argv[2], FOLDER / "claimed", FOLDER / "news"


def stop_at_the_picture() -> None:
    """Run by Ray in every process that it starts."""

    def hook(event: str, arguments: Any) -> None:
        if event == "open" and str(arguments[0]).endswith(PICTURE) and _is_first():
            NEWS.write_text(ray.get_runtime_context().get_node_id(), encoding="utf-8")
            threading.Event().wait()

    sys.addaudithook(hook)


def _is_first() -> bool:
    try:
        os.close(os.open(CLAIM, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return False
    return True


def main() -> None:
    os.mkfifo(NEWS)
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "object_store_memory": 80_000_000})
    nodes = [cluster.add_node(num_cpus=1, object_store_memory=80_000_000) for _ in range(2)]
    ray.init(
        address=cluster.address,
        runtime_env={"worker_process_setup_hook": stop_at_the_picture},
        log_to_driver=False,
    )
    removed: list[str] = []

    def remove() -> None:
        removed.append(NEWS.read_text(encoding="utf-8"))  # waits until somebody writes
        cluster.remove_node(next(node for node in nodes if node.node_id == removed[0]), allow_graceful=False)

    remover = threading.Thread(target=remove, daemon=True)
    remover.start()
    built = build(
        "multiinstruct",
        ["image_caption", "ITM"],
        data_dir=FOLDER / "raw",
        output=FOLDER / "cluster",
        num_examples=None,
        num_proc=4,
        on_error="skip",
        runner="ray",
    )
    remover.join()
    result = {
        "built": [[each.task, each.split, each.examples, dict(each.skipped)] for each in built if not each.problem],
        "removed": removed,
        "left": [node.node_id for node in nodes if node in cluster.worker_nodes],
    }
    ray.shutdown()
    cluster.shutdown()
    (FOLDER / "result.json").write_text(json.dumps(result), encoding="utf-8")


if __name__ == "__main__":
    main()
