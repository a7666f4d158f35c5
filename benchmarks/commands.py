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

_BASELINE = ("-c", "import typer\ndef greet(name: str = 'you'): typer.echo(name)\ntyper.run(greet)")
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
    rows = [("an empty interpreter", ("-c", "")), ("a Typer command with one option", _BASELINE)]
    rows += [(f"`instraug {command}`", ("-m", "instraug_datasets.cli", *command.split())) for command in _COMMANDS]
    with tempfile.TemporaryDirectory() as folder:  # reports are written to the working directory
        measured = [(what, f"{_median_seconds(each, Path(folder), rounds):.2f} s") for what, each in rows]
    command = " ".join(["python benchmarks/commands.py", *(arguments or sys.argv[1:])])
    libraries = ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    machine = f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"
    text = (
        f"# What commands cost\n\n`{command}`: {machine}, {libraries}. User and system time, the median of {rounds} "
        f"runs after one that writes the byte code, as an installation does.\n\n"
        f"{table_text(('what', 'processor time'), measured)}\n"
    )
    print(text)
    if options.output:
        options.output.write_text(text, encoding="utf-8")


def _median_seconds(arguments: Sequence[str], folder: Path, rounds: int) -> float:
    _processor_seconds(arguments, folder)
    return median(_processor_seconds(arguments, folder) for _ in range(rounds))


def _processor_seconds(arguments: Sequence[str], folder: Path) -> float:
    # Byte code goes to the folder, so that checkouts are measured as installations are, and stay clean.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = str(folder / "bytecode")
    before = os.times()
    done = subprocess.run([sys.executable, *arguments], cwd=folder, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(arguments)} failed:\n{done.stderr}")
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


if __name__ == "__main__":
    main()
