"""One look at a task that is built from raw files, as a program of its own; `building.py` runs it.

Everything is imported before the clock starts: the time is that of the raw files, not of Python's.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from time import perf_counter
from typing import Any

from instraug_datasets import load_dataset
from instraug_datasets.builders import get_builder
from instraug_datasets.builders.generation.config import rows_for
from instraug_datasets.builders.generation.example_generator import ExampleGenerator

BENCHMARK, SPLIT = "multiinstruct", "train"
TENTHS = 10


def main(look: str, task: str, data_dir: str, num_examples: int | None = None) -> None:
    """Print, as JSON, what the look gave and the process's memory in bytes: at first, and the most."""
    imported = _memory("VmRSS")
    found = LOOKS[look](task, data_dir, num_examples)
    print(json.dumps({**found, "imported": imported, "peak": _memory("VmHWM")}))


def first(task: str, data_dir: str, num_examples: int | None) -> dict[str, Any]:
    """The seconds from asking for a stream to its first example."""
    start = perf_counter()
    stream = load_dataset(
        BENCHMARK, task, data_dir=data_dir, split=SPLIT, streaming=True, num_examples=num_examples
    ).decode(False)
    next(iter(stream))
    return {"seconds": perf_counter() - start}


def whole(task: str, data_dir: str, num_examples: int | None) -> dict[str, Any]:
    """The seconds that each tenth of the records took, from the raw file to examples without pictures."""
    config = get_builder(BENCHMARK)(config_name=task, data_dir=data_dir).config
    (row,) = rows_for(config)
    generator = ExampleGenerator(config, row, SPLIT)
    total = len(generator.table)
    seconds, examples = [], 0
    for tenth in range(TENTHS):
        start = perf_counter()
        examples += sum(map(generator.count_examples, range(total * tenth // TENTHS, total * (tenth + 1) // TENTHS)))
        seconds.append(perf_counter() - start)
    return {"records": total, "examples": examples, "tenths": seconds}


LOOKS: Mapping[str, Callable[[str, str, int | None], dict[str, Any]]] = {"first": first, "whole": whole}


def _memory(name: str) -> int:
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    (line,) = (line for line in lines if line.startswith(f"{name}:"))
    return int(line.split()[1]) * 1024


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))
