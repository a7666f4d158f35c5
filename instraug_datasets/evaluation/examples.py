"""The examples of an evaluation: read twice, first without their pictures to plan, then whole to generate."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from ..errors import ExampleError, SettingError
from ..stream.labels import label_names, name_of
from ..stream.settings import check_mapped

__all__ = ["read_examples", "read_fields"]

_IMAGES = "images"


def read_fields(
    dataset: Iterable[Mapping[str, Any]], *, limit: int | None, columns: Mapping[str, str], task: str | None
) -> list[dict[str, Any]]:
    """The first examples without their pictures, labels replaced by their names.

    Args:
        columns: The data's names for our columns where they differ.
        task: The task of every example, for data without a column `task`.

    Raises:
        SettingError: Raised if there are none, the data have several splits, or they can be read only once.
        UnknownNameError: Raised if the data lack a column that `columns` names.
        ExampleError: Raised if an example has no id or no task, or an id is there twice.
    """
    _check(dataset)
    if limit is not None and limit < 1:
        raise SettingError(f"limit must be a number from 1, or None for all examples, but got {limit!r}.")
    pictures = columns.get(_IMAGES, _IMAGES)
    names, labels = getattr(dataset, "column_names", None), label_names(getattr(dataset, "features", None))
    light: Any = dataset.select_columns([n for n in names if n != pictures]) if names else dataset  # type: ignore[attr-defined]
    found, rows = set(names or ()), []
    for row in itertools.islice(iter(light), limit):
        found.update(row)
        named = {name: name_of(name, row[name], labels) if name in labels else row[name] for name in row}
        rows.append({name: value for name, value in named.items() if name != pictures})
    if not rows:
        raise SettingError("The data set has no examples, so nothing can be evaluated; choose another split.")
    check_mapped(columns, found)
    _check_ids(rows, columns.get("unique_id", "unique_id"))
    if task is None:
        _check_tasks(rows, columns.get("task", "task"))
    return rows


def read_examples(dataset: Any, positions: Collection[int]) -> Iterator[tuple[int, dict[str, Any]]]:
    """The whole examples at these positions, in ascending order."""
    ordered = sorted(positions)
    if not ordered:
        return
    if hasattr(dataset, "select"):
        yield from zip(ordered, dataset.select(ordered), strict=True)
        return
    for position, example in enumerate(itertools.islice(dataset, ordered[-1] + 1)):
        if position in positions:
            yield position, example


def _check(dataset: Any) -> None:
    if isinstance(dataset, Mapping):
        raise SettingError(f"Evaluate one split at a time: choose one of {', '.join(map(str, dataset))}.")
    if isinstance(dataset, Iterator):
        raise SettingError(
            f"The examples are read twice, which a {type(dataset).__name__} does not allow; pass a list."
        )


def _check_ids(rows: list[dict[str, Any]], column: str) -> None:
    seen: set[str] = set()
    for row in rows:
        unique_id = row.get(column)
        if unique_id is None:
            raise ExampleError(
                f"An example has no {column!r}, which predictions are stored by: {str(row)[:200]}. "
                "columns={'unique_id': ...} names another column."
            )
        if str(unique_id) in seen:
            raise ExampleError(f"Two examples have the {column} {unique_id!r}; predictions are stored by it.")
        seen.add(str(unique_id))


def _check_tasks(rows: list[dict[str, Any]], column: str) -> None:
    for row in rows:
        if not isinstance(row.get(column), str):
            raise ExampleError(f"An example has no {column!r}: {str(row)[:200]}. task= names the task of all examples.")
