"""Single examples of a stream of tables, made many at a time.

The library cuts tables into one-row tables and converts each of them, which takes most of the time of reading single
examples. Here a table is converted in large parts. A state says what the library's says, the position at the start of
a table and the number of examples since, so that a state of either serves the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa
from datasets import Features
from datasets import iterable_dataset as protocol
from datasets.formatting import PythonFormatter

from .lengths import rows
from .nodes import Node, changed
from .stored import coded_columns, decode

__all__ = ["RowsExamplesIterable", "as_rows", "with_rows"]

_PART = 100
"""Rows that are converted together: much faster than one by one, and few enough to hold their pictures in memory."""


class RowsExamplesIterable(Node):
    """Yields the rows of another node's tables as examples of Python objects.

    Args:
        ex_iterable: A node that has tables.
        features: The columns and types of the examples; None if they stay what they are.
        token_per_repo_id: The library's tokens for pictures in private repositories.
    """

    def __init__(
        self, ex_iterable: Any, features: Features | None, token_per_repo_id: Mapping[str, str | bool | None]
    ) -> None:
        super().__init__(ex_iterable)
        self._features = features
        self.token_per_repo_id = token_per_repo_id

    def _around(self, ex_iterable: Any) -> RowsExamplesIterable:
        return RowsExamplesIterable(ex_iterable, self._features, self.token_per_repo_id)

    def rows(self) -> int | None:
        """The number of examples; None if unknown."""
        return rows(self.ex_iterable)

    @property
    def is_typed(self) -> bool:
        """Whether the examples already have the types of `features`."""
        return self._features is not None or super().is_typed

    @property
    def features(self) -> Features | None:
        """The columns and their types; None if unknown."""
        return self._features

    @property
    def iter_arrow(self) -> None:
        """None: what reads this node wants examples."""
        return None

    def _init_state_dict(self) -> dict[str, Any]:
        # The library's names, of its node that cuts tables into one-row tables.
        self._state_dict: dict[str, Any] = {
            "examples_iterable": self.ex_iterable._init_state_dict(),
            "previous_state": None,
            "batch_idx": 0,
            "num_chunks_since_previous_state": 0,
            "cropped_chunk_length": 0,
            "type": "RebatchedArrowExamplesIterable",
        }
        return self._state_dict

    def _iter_arrow(self) -> Iterator[tuple[Any, pa.Table]]:
        typed = protocol.FormattedExamplesIterable(
            self.ex_iterable, formatting=None, features=self._features, token_per_repo_id=self.token_per_repo_id
        )
        tables: Iterator[tuple[Any, pa.Table]] = typed._iter_arrow()
        return tables

    def __iter__(self) -> Iterator[tuple[Any, dict[str, Any]]]:
        state, skipped = self._begin()
        tables = self._iter_arrow()
        while True:
            before = self.ex_iterable.state_dict() if self._state_dict else None
            key, table = next(tables, (None, None))
            if table is None:
                return
            first, skipped = min(skipped, len(table)), max(0, skipped - len(table))
            for given, example in enumerate(self._examples(table.slice(first)), start=first + 1):
                state["previous_state"], state["num_chunks_since_previous_state"] = before, given
                state["batch_idx"] += 1
                yield key, example

    def _begin(self) -> tuple[dict[str, Any], int]:
        """The state, with the node inside at the start of its table, and the number of rows that were given since."""
        state = self._state_dict
        if not state:
            return {"batch_idx": 0}, 0
        if state["previous_state"]:
            self.ex_iterable.load_state_dict(state["previous_state"])
            state["examples_iterable"] = self.ex_iterable._state_dict
        return state, state["num_chunks_since_previous_state"]

    def _examples(self, table: pa.Table) -> Iterator[dict[str, Any]]:
        features = None if self._features is None or self.ex_iterable.is_typed else self._features
        coded = coded_columns(features)
        formatter, names = PythonFormatter(), table.column_names
        for start in range(0, len(table), _PART):
            columns = formatter.format_batch(table.slice(start, _PART))
            for values in zip(*columns.values(), strict=True):
                example = dict(zip(names, values, strict=True))
                decode(example, coded, features, token_per_repo_id=self.token_per_repo_id)
                yield example


def with_rows(node: Any) -> Any:
    """A copy of a tree that makes its single examples many at a time, wherever the library's nodes would cut tables."""
    return changed(node, as_rows)


def as_rows(node: Any) -> Any:
    """What yields the same examples as a node of the library that converts one-row tables; other nodes as they are."""
    cut: Any = getattr(node, "ex_iterable", None)
    if (
        type(node) is protocol.FormattedExamplesIterable
        and node.formatting is None
        and type(cut) is protocol.RebatchedArrowExamplesIterable
        and cut.batch_size == 1
        and cut.ex_iterable.iter_arrow
    ):
        return RowsExamplesIterable(cut.ex_iterable, node._features, node.token_per_repo_id)
    return node
