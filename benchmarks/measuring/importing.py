"""Measures importing this package beside importing `datasets`, each in fresh processes."""

from __future__ import annotations

import subprocess
import sys
from functools import partial

from .fixtures import Fixtures
from .table import TableRow
from .timing import run_interleaved

__all__ = ["importing"]

_STATEMENTS = {
    "datasets": "import datasets",
    "instraug_datasets": "import instraug_datasets",
    # The package imports `datasets` when one of its functions is first asked for.
    "augment": "from instraug_datasets import augment",
}


def importing(fixtures: Fixtures) -> list[TableRow]:
    """Seconds of a process that imports a package and ends."""
    times = run_interleaved(
        {name: partial(_run, code) for name, code in _STATEMENTS.items()}, rounds=fixtures.sizes.rounds
    )
    return [
        TableRow(
            part="start",
            what=f"a process with `{code}`",
            rows=0,
            figure=f"{times.median(name):.2f} s",
            ratio="" if name == "datasets" else f"{times.ratio(name, 'datasets'):.2f}x the time of `datasets`",
            key=f"import.{name}",
            number=times.ratio(name, "datasets"),
        )
        for name, code in _STATEMENTS.items()
    ]


def _run(code: str) -> None:
    subprocess.run([sys.executable, "-c", code], check=True)
