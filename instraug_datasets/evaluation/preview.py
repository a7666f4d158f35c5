"""The same examples over several epochs."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

__all__ = ["SHOWN", "examples_over_epochs"]

SHOWN = ("unique_id", "task", "target", "prompt", "instruction_id")
"""The columns to read by default."""


def examples_over_epochs(
    stream: Any, *, epochs: int, num_examples: int, columns: Collection[str] = SHOWN, once: Collection[str] = ()
) -> list[list[dict[str, Any]]]:
    """The first examples of an augmented stream, each as its rows in epoch 0, 1, 2 and so on.

    Args:
        stream: An augmented `IterableDataset`; it is left in the last epoch.
        columns: The columns to read in every epoch.
        once: Further columns, read in epoch 0 only.

    Example:
        >>> for rows in examples_over_epochs(augment(stream, "multiinstruct"), epochs=3, num_examples=2):
        ...     print([row["prompt"] for row in rows])
    """
    stream.set_epoch(0)
    first = stream.select_columns([*columns, *once]).take(num_examples)
    examples = {row["unique_id"]: [row] for row in first}
    rows = stream.select_columns(list(columns))
    for epoch in range(1, epochs):
        rows.set_epoch(epoch)
        for unique_id, row in _find(rows, set(examples)).items():
            examples[unique_id].append(row)
    return list(examples.values())


def _find(rows: Any, wanted: set[str]) -> dict[str, Any]:
    """Find rows by id, reading only as far as needed: shards may come in another order in a new epoch."""
    found: dict[str, Any] = {}
    for row in rows:
        if row["unique_id"] in wanted:
            found[row["unique_id"]] = row
            if len(found) == len(wanted):
                break
    return found
