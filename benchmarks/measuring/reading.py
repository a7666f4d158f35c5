"""Measures one task in a process of its own; run by `building.py`.

All imports precede the measurement, so that it covers the raw files only.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from instraug_datasets import load_dataset
from instraug_datasets.builders import get_builder
from instraug_datasets.builders.building import build
from instraug_datasets.builders.generation.config import rows_for
from instraug_datasets.builders.generation.example_generator import ExampleGenerator

BENCHMARK, SPLIT = "multiinstruct", "train"
TENTHS = 10
WARM_UP = 200


def main(probe: str, task: str, data_dir: str, num_examples: int | None = None) -> None:
    """Print the result of a probe as JSON, with the memory of the process in bytes after imports and at its peak."""
    imported = _memory("VmRSS")
    measured = PROBES[probe](task, data_dir, num_examples)
    print(json.dumps({**measured, "imported": imported, "peak": _memory("VmHWM")}))


def first(task: str, data_dir: str, num_examples: int | None) -> dict[str, Any]:
    """The seconds from requesting a stream to its first example."""
    start = perf_counter()
    stream = load_dataset(
        BENCHMARK, task, data_dir=data_dir, split=SPLIT, streaming=True, num_examples=num_examples
    ).decode(False)
    next(iter(stream))
    return {"seconds": perf_counter() - start}


def whole(task: str, data_dir: str, num_examples: int | None) -> dict[str, Any]:
    """The seconds for each tenth of the records, from the raw file to examples without images."""
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


def rate(task: str, data_dir: str, num_examples: int | None) -> dict[str, Any]:
    """The records per second of processor time, over at most `num_examples` records in the order of the file."""
    config = get_builder(BENCHMARK)(config_name=task, data_dir=data_dir).config
    (row,) = rows_for(config)
    generator = ExampleGenerator(config, row, SPLIT)
    records = range(min(len(generator.table), num_examples or len(generator.table)))
    sum(map(generator.count_examples, records[:WARM_UP]))
    start = process_time()
    examples = sum(map(generator.count_examples, records))
    return {"rate": len(records) / (process_time() - start), "examples": examples}


def prepare(task: str, data_dir: str, num_examples: int | None, *, processes: int = 1) -> dict[str, Any]:
    """The seconds to build a task with its pictures inside, as `instraug build` does, and those of every processor."""
    with tempfile.TemporaryDirectory() as output:
        start = perf_counter()
        build(
            BENCHMARK,
            [task],
            data_dir=data_dir,
            output=output,
            num_examples=num_examples,
            num_proc=processes,
            progress=False,
        )
        return {
            "seconds": perf_counter() - start,
            "own": _processor_time("SELF"),
            "others": _processor_time("CHILDREN"),
        }


PROBES: Mapping[str, Callable[[str, str, int | None], dict[str, Any]]] = {
    "first": first,
    "whole": whole,
    "rate": rate,
    "one process": prepare,
    "two processes": partial(prepare, processes=2),
}


def _processor_time(whose: str) -> float:
    used = resource.getrusage(getattr(resource, f"RUSAGE_{whose}"))
    return used.ru_utime + used.ru_stime


def _memory(name: str) -> int:
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    (line,) = (line for line in lines if line.startswith(f"{name}:"))
    return int(line.split()[1]) * 1024


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))
