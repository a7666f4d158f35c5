"""Runs the examples as processes, and gives the texts that their models received."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from datasets import IterableDataset
from torch.utils.data import DataLoader

from examples.toy_task import POOL, questions
from instraug_datasets import InstructionAugmenter

__all__ = ["accelerate_launch", "by_rank", "ids", "plain_stream", "python", "shown", "texts", "torchrun"]

EXAMPLES = Path(__file__).parents[2] / "examples"
SEED = 42
BATCH = 4


def python(script: str, *arguments: object) -> list[dict[str, Any]]:
    """What a script prints: one line for each example that its model receives."""
    return _run([sys.executable, EXAMPLES / script, *arguments])


def torchrun(ranks: int, script: str, *arguments: object) -> list[dict[str, Any]]:
    """The same of a script that runs in so many processes."""
    launch = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", ranks]
    return _run([sys.executable, *launch, EXAMPLES / script, *arguments])


def accelerate_launch(ranks: int, script: str, *arguments: object) -> list[dict[str, Any]]:
    """The same by the launcher of accelerate."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    launch = ["-m", "accelerate.commands.launch", "--multi_gpu", "--num_processes", ranks, "--main_process_port", port]
    return _run([sys.executable, *launch, EXAMPLES / script, *arguments])


def _run(command: list[object]) -> list[dict[str, Any]]:
    # One thread: more do not speed up models of this size. Loopback: gloo looks up the name of the machine otherwise.
    environment = os.environ | {"OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": "lo"}
    result = subprocess.run(
        [*map(str, command)], env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300
    )
    assert result.returncode == 0, result.stderr
    assert "set_epoch" not in result.stderr  # our warnings name the call to write
    return [json.loads(line) for line in result.stdout.splitlines() if line.startswith('{"rank"')]


def shown(lines: Iterable[Mapping[str, Any]], *, training: bool = True) -> list[str]:
    """The texts that were trained on, or evaluated, in order."""
    return [line["text"] for line in lines if line["training"] is training]


def by_rank(lines: Iterable[dict[str, Any]], ranks: int) -> list[list[str]]:
    """The texts that each rank was trained on, in order."""
    listed = list(lines)
    return [shown(line for line in listed if line["rank"] == rank) for rank in range(ranks)]


def texts(unique_ids: Iterable[str], epoch: int) -> list[str]:
    """What the pure function makes of these examples in this epoch."""
    rows = {row["unique_id"]: row for row in map(InstructionAugmenter(POOL, seed=SEED, epoch=epoch), questions())}
    return [f"{rows[unique_id]['prompt']}\n{rows[unique_id]['target']}" for unique_id in unique_ids]


def ids(stream: IterableDataset, epoch: int, *, workers: int = 0) -> list[str]:
    """The order in which a loader reads a stream in an epoch."""
    stream = stream.select_columns(["unique_id"])
    stream.set_epoch(epoch)  # afterwards: what a plain stream is made into begins in epoch 0
    loader = DataLoader(stream, batch_size=BATCH, collate_fn=list, num_workers=workers)
    return [row["unique_id"] for batch in loader for row in batch]


def plain_stream(num_shards: int) -> IterableDataset:
    """The examples without prompts: their order is that of the library alone."""
    return questions().to_iterable_dataset(num_shards=num_shards)
