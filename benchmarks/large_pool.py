"""Measures what a pool of a million instructions costs: reading and checking it, making an augmenter, a first batch.

python benchmarks/large_pool.py                                               # prints the table
python benchmarks/large_pool.py --output benchmarks/LARGE_POOL_RESULTS.md     # writes it too
python benchmarks/large_pool.py --instructions 20000                          # fewer, to see that it runs
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import psutil
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from measuring.table import table_text

from instraug_datasets import InstructionPool
from instraug_datasets.instructions import instruction_id
from instraug_datasets.stream import InstructionAugmenter

_LIBRARIES = ("instraug-datasets", "pyarrow", "numpy")
_EXAMPLE = {"unique_id": ["0"], "task": ["open-domain_VQA"], "question": ["What is it?"], "target": ["a cup"]}


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure in a process of its own, print, and write if asked to."""
    parser = argparse.ArgumentParser(description="Measure what a pool of a million instructions costs.")
    parser.add_argument("--instructions", type=int, default=1_000_000)
    parser.add_argument("--output", type=Path, help="a Markdown file to write the table to")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.measure:
        print(json.dumps(_measured(options.measure)))
        return
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "pool.parquet"
        size = _write_pool(file, options.instructions)
        own = [sys.executable, __file__, "--measure", str(file)]
        rows = json.loads(subprocess.run(own, check=True, stdout=subprocess.PIPE).stdout)
    command = " ".join(["python benchmarks/large_pool.py", *(arguments or sys.argv[1:])])
    machine = f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"
    libraries = ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    text = (
        f"# What a very large pool costs\n\n`{command}`: {options.instructions:,} instructions, those of the bundled "
        f"pool with numbers before them, {size / 1e6:.0f} MB as an Arrow table. {machine}, {libraries}. "
        "Each row has the time and the memory of all steps up to it.\n\n"
        f"{table_text(('up to', 'processor time', 'memory added', 'peak'), rows)}\n"
    )
    print(text)
    if options.output:
        options.output.write_text(text, encoding="utf-8")


def _write_pool(file: Path, count: int) -> int:
    """Write a pool, and return its size in memory."""
    table = InstructionPool.load("multiinstruct").to_table()
    variants = table.filter(pc.is_valid(table["origin"]))
    tables = [table.filter(pc.is_null(table["origin"]))]
    while sum(map(len, tables)) < count:
        texts = [f"{len(tables)} {text}" for text in variants["text"].to_pylist()]
        ids = [instruction_id(task, text) for task, text in zip(variants["task"].to_pylist(), texts, strict=True)]
        changed = {"instruction_id": pa.array(ids), "text": pa.array(texts), "parent": variants["origin"]}
        columns = [changed.get(name, variants[name]) for name in table.column_names]
        tables.append(pa.table(columns, schema=table.schema))
    whole = pa.concat_tables(tables).slice(0, count)
    pq.write_table(whole.sort_by([("task", "ascending"), ("instruction_id", "ascending")]), file)
    return int(whole.nbytes)


def _measured(file: Path) -> list[tuple[str, str, str, str]]:
    process, started = psutil.Process(), time.process_time()
    before = process.memory_info().rss
    rows = []

    def add(what: str) -> None:
        pa.default_memory_pool().release_unused()
        seconds, memory = time.process_time() - started, process.memory_info()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        figures = (f"{seconds:.1f} s", f"{(memory.rss - before) / 1e6:.0f} MB", f"{(peak - before) / 1e6:.0f} MB")
        rows.append((what, *figures))

    pool = InstructionPool.load(file)
    add("read and checked")
    augmenter = InstructionAugmenter(pool)
    add("an augmenter")
    augmenter.table(pa.table(_EXAMPLE), 0)
    add("a first example")
    return rows


if __name__ == "__main__":
    main()
