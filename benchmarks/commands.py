"""Measures the processor time of commands that should answer at once, each in a process of its own.

python benchmarks/commands.py                                          # prints the table
python benchmarks/commands.py --output benchmarks/COMMAND_RESULTS.md   # writes it too
python benchmarks/commands.py --quick                                  # one round, to see that it runs
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from statistics import median

from measuring.table import table_text

_BASELINE = ("-c", "import typer, pydantic, yaml")
_COMMANDS = (
    "--help",
    "--version",
    "expand --help",
    "pool export --help",
    "tasks",
    "sources",
    "pool stats multiinstruct",
    "pool report multiinstruct",
)
_LIBRARIES = ("instraug-datasets", "typer", "pydantic", "pyyaml")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print, and write if asked to."""
    parser = argparse.ArgumentParser(description="Measure how much processor time commands take.")
    parser.add_argument("--quick", action="store_true", help="one round, to see that everything runs")
    parser.add_argument("--output", type=Path, help="a Markdown file to write the table to")
    options = parser.parse_args(arguments)
    rounds = 1 if options.quick else 5
    rows = [("an empty interpreter", ("-c", "")), ("importing typer, pydantic and yaml", _BASELINE)]
    rows += [(f"`instraug {command}`", ("-m", "instraug_datasets.cli", *command.split())) for command in _COMMANDS]
    measured = [(what, f"{median(_processor_seconds(each) for _ in range(rounds)):.2f} s") for what, each in rows]
    command = " ".join(["python benchmarks/commands.py", *(arguments or sys.argv[1:])])
    libraries = ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    machine = f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"
    text = (
        f"# What commands cost\n\n`{command}`: {machine}, {libraries}. User and system time, the median of {rounds} "
        f"runs.\n\n{table_text(('what', 'processor time'), measured)}\n"
    )
    print(text)
    if options.output:
        options.output.write_text(text, encoding="utf-8")


def _processor_seconds(arguments: Sequence[str]) -> float:
    before = os.times()
    with tempfile.TemporaryDirectory() as folder:  # reports are written to the working directory
        done = subprocess.run([sys.executable, *arguments], cwd=folder, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(arguments)} failed:\n{done.stderr}")
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


if __name__ == "__main__":
    main()
