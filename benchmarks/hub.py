"""Measures publishing and loading, against a Hub on this machine: requests, seconds, bytes, memory and disk.

python benchmarks/hub.py                                        # prints the tables; writes 1.5 GB of temporary files
python benchmarks/hub.py --output benchmarks/HUB_RESULTS.md     # writes them too
python benchmarks/hub.py --quick                                # small data; its numbers mean nothing
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from measuring.hub import loading_table, memory_table, variants_table

_LIBRARIES = ("instraug-datasets", "datasets", "huggingface-hub", "hf-xet", "pyarrow")

_NOTES = """\
Every figure is taken in a fresh process with an empty cache, against the strict server of the tests on loopback: there
a request costs about a millisecond, on the real Hub 50 to 200, so that the number of requests says more than the
seconds. Seconds run from `load_dataset` to the first example of a stream, imports left out; the median of three runs.
The layout of `push_to_hub` is what `DatasetDict.push_to_hub(repo, config)` writes for each task and for a default
config, with its `dataset_info` in the card. Pictures are noise, about 50 KB each as JPEG. New bytes are what a local
Xet store grows by, written by the real Xet client. Peak memory is what the kernel counts as resident for the publishing
process, less that of the same process when it has imported everything; disk is the largest sum of files below its
folder for temporary files and its cache, looked at a hundred times a second."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print, and write if asked to."""
    parser = argparse.ArgumentParser(description="Measure publishing to and loading from a Hub on this machine.")
    parser.add_argument("--quick", action="store_true", help="small data, to see that everything runs")
    parser.add_argument("--output", type=Path, help="a Markdown file to write the tables to")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="instraug-bench-") as folder:
        tables = {
            "Loading one of 63 configs": loading_table(
                Path(folder) / "loading", tasks=4 if options.quick else 63, rounds=1 if options.quick else 3
            ),
            "Bytes of an augmented split": variants_table(
                Path(folder) / "variants", rows=40 if options.quick else 1000
            ),
            "Publishing": memory_table(Path(folder) / "memory", rows=200 if options.quick else 8000),
        }
    command = " ".join(["python benchmarks/hub.py", *(arguments or sys.argv[1:])])
    text = _report(tables, command=command)
    print(text)
    if options.output:
        options.output.write_text(text, encoding="utf-8")


def _report(tables: dict[str, str], *, command: str) -> str:
    libraries = ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    machine = f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"
    parts = [f"`{command}`: {machine}, {libraries}."]
    parts += [f"## {title}\n\n{table}" for title, table in tables.items()]
    return "# What publishing and loading cost\n\n" + "\n\n".join([*parts, _NOTES]) + "\n"


if __name__ == "__main__":
    main()
