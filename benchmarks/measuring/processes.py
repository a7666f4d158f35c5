"""Compares building with one process and with two, with pictures of real size inside."""

from __future__ import annotations

from pathlib import Path
from statistics import median

from .building import run_probe
from .table import table_text

__all__ = ["processes_table"]

TASK = "object_grounding"
WANTED = 1.7


def processes_table(data_dir: Path, *, rounds: int) -> str:
    """The seconds and processor times of a whole training split, as medians, and the median ratio of pairs of runs."""
    settings = {"task": TASK, "data_dir": str(data_dir)}
    pairs = [
        (run_probe(probe="one process", **settings), run_probe(probe="two processes", **settings))
        for _ in range(rounds)
    ]
    ratio = median(one["seconds"] / two["seconds"] for one, two in pairs)
    rows = [
        (name, *(f"{median(pair[place][key] for pair in pairs):.1f} s" for key in ("seconds", "own", "others")))
        for place, name in enumerate(("one", "two"))
    ]
    heads = ("processes", "seconds", "processor time of the main process", "of the others")
    return f"{table_text(heads, rows)}\n\nTwo processes are {ratio:.2f}x as fast as one; wanted is {WANTED}x."
