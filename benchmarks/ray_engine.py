"""Measures building on Ray beside local processes, on one node and on two.

python benchmarks/ray_engine.py                                      # prints the table
python benchmarks/ray_engine.py --output benchmarks/RAY_RESULTS.md   # also writes it to a file
python benchmarks/ray_engine.py --quick                              # few examples, to check that it runs
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import ray
from raw.instances import write_instances
from ray.cluster_utils import Cluster

from instraug_datasets.builders import build

_TASK = "object_grounding"
_PROCESSES = 2
_MEMORY = 200_000_000
_WAYS = {"local, `--num-proc 2`": (), "Ray, 1 node of 2 CPUs": (2,), "Ray, 2 nodes of 1 CPU": (1, 1)}
"""The CPUs of each node by way of building; no nodes for local processes."""

_NOTES = """\
Every way builds all examples of the same generated raw files in two parts, several times; the first time, in which
processes start and import, is not counted. Two nodes have one CPU each and are processes of this machine: they show
what a second node costs, not what it brings. Ratios are medians of the ratios of runs of the same number."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print the report, and write it to a file if requested."""
    options = _parser().parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="instraug-bench-") as folder:
        pictures = 60 if options.quick else 20_000
        write_instances(Path(folder), pictures=pictures, objects=7 * pictures)
        seconds = _measure(Path(folder), rounds=options.rounds)
    text = _report(seconds, " ".join(["python benchmarks/ray_engine.py", *(arguments or sys.argv[1:])]))
    print(text)
    if options.output:
        options.output.write_text(text, encoding="utf-8")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Measure building on Ray beside local processes.")
    parser.add_argument("--quick", action="store_true", help="few examples, to check that everything runs")
    parser.add_argument("--rounds", type=int, default=3, help="counted rounds, of which the median is taken")
    parser.add_argument("--output", type=Path, help="a Markdown file to write the table to")
    return parser


def _measure(folder: Path, *, rounds: int) -> dict[str, list[float]]:
    """Seconds of every round by way."""
    seconds: dict[str, list[float]] = {}
    for way, cpus in _WAYS.items():
        print(f"measuring {way} ...", file=sys.stderr)
        with _cluster(cpus):
            seconds[way] = [_build(folder, "ray" if cpus else "local") for _ in range(rounds + 1)][1:]
    return seconds


@contextmanager
def _cluster(cpus: Sequence[int]) -> Iterator[None]:
    """A cluster with nodes of these CPUs; none without nodes."""
    if not cpus:
        yield
        return
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "object_store_memory": _MEMORY // 2})
    for count in cpus:
        cluster.add_node(num_cpus=count, object_store_memory=_MEMORY // 2)
    ray.init(address=cluster.address, log_to_driver=False)
    try:
        yield
    finally:
        ray.shutdown()
        cluster.shutdown()


def _build(folder: Path, runner: str) -> float:
    started = time.perf_counter()
    build(
        "multiinstruct",
        [_TASK],
        data_dir=folder,
        output=folder / "out",
        num_examples=None,
        num_proc=_PROCESSES,
        on_error="skip",
        runner=runner,
        force=True,
        progress=False,
    )
    return time.perf_counter() - started


def _report(seconds: dict[str, list[float]], command: str) -> str:
    first = next(iter(seconds.values()))
    rows = [
        f"| {way} | {statistics.median(times):.1f} s | {min(times):.1f} to {max(times):.1f} s "
        f"| {statistics.median(a / b for a, b in zip(first, times, strict=True)):.2f}x |"
        for way, times in seconds.items()
    ]
    setting = (
        f"`{command}`: {os.cpu_count()} cores, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}, ray {version('ray')}"
    )
    head = "| way | median | range | throughput beside local |\n|---|---|---|---|"
    return "\n\n".join(["# Building on Ray", f"{setting}.", "\n".join([head, *rows]), _NOTES]) + "\n"


if __name__ == "__main__":
    main()
