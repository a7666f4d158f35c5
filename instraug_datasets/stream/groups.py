"""Find what each example draws from: by its task alone, or also by the fields and labels that it has.

An empty field is one that the example does not have, unless no instruction of its task does without it. A batch and a
single example must come to the same group, whatever the data.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Container, Iterable, Mapping, Sequence, Sized
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ..axes import named_styles
from ..conditions import Kind, label_pair
from ..errors import ExampleError, UnknownNameError, joined
from ..instructions import LABEL_PAIRS
from .columns import content, filled
from .fields import options_lists, options_of
from .layouts import BOXES, STRINGS, TURNS, column_of

__all__ = ["Groups"]

_log = logging.getLogger(__name__)

_NO_GROUP = -1
_NEVER_EMPTY = ("options", "region")
"""The fields that cannot be shown without content."""
_LIST_TYPES = {"options": STRINGS, "region": BOXES, "history": TURNS}
# Of the labels that a list of options may consist of, the bits; of those of a pair, both.
_LABEL_BITS = {"yes": 1, "no": 2, "true": 4, "false": 8}
_OTHER_LABEL = 16
_PAIR_BITS = {3: LABEL_PAIRS.index("yes_no"), 12: LABEL_PAIRS.index("true_false")}
_PHRASE = LABEL_PAIRS.index("phrase")


class Groups:
    """The groups of a pool's candidates, by what tells their examples apart.

    Args:
        groups: See `candidates.Candidates`.
        styles: The styles of the candidates, for messages; None if they are of all styles.
    """

    def __init__(
        self, groups: Mapping[str, Sequence[tuple[Kind, int | None]]], styles: Mapping[str, Sequence[str]] | None = None
    ) -> None:
        self._groups, self._styles = groups, styles
        self._tasks = {task: i for i, task in enumerate(groups)}
        kinds = [[kind for kind, _ in listed] for listed in groups.values()]
        named = [{name for kind in listed for name in kind.fields} for listed in kinds]
        self._fields = sorted(set().union(*named))
        # The fields that tell the examples of each task apart, as bits.
        self._own = np.array([sum(1 << i for i, name in enumerate(self._fields) if name in own) for own in named])
        self._reads_labels = np.array([any(kind.label_pair for kind in listed) for listed in kinds])
        self._lookup = self._tabulated()
        self._told: set[str] = set()
        self._depends = np.array([len(listed) > 1 for listed in kinds])
        # The group of the tasks that tell no examples apart.
        self._alone = {task: int(self._lookup[i, 0, 0]) for task, i in self._tasks.items() if not self._depends[i]}

    def of_example(self, example: Mapping[str, Any]) -> int:
        """The group of one example.

        Raises:
            UnknownNameError: The pool has no instructions for its task.
            ExampleError: None of them fits it.
        """
        task = example.get("task")
        if not isinstance(task, str) or task not in self._tasks:
            raise _no_such_task(task, self._tasks)
        if (alone := self._alone.get(task)) is not None:
            return alone
        number = self._tasks[task]
        own = int(self._own[number])
        names = [(i, name) for i, name in enumerate(self._fields) if own >> i & 1]
        present = sum(1 << i for i, name in names if _has(example, name))
        pair = LABEL_PAIRS.index(label_pair(options_of(example.get("options")))) if self._reads_labels[number] else 0
        group = int(self._lookup[number, present, pair])
        if group == _NO_GROUP:
            shown = sum(1 << i for i, name in names if _can_be_shown(example, name))
            group = int(self._lookup[number, shown, pair])
        if group == _NO_GROUP:
            raise self._unfit(task, present, pair)
        self._tell_missing(own, example)
        return group

    def of_table(self, table: pa.Table) -> npt.NDArray[np.int64]:
        """The group of every row.

        Raises:
            UnknownNameError: The pool has no instructions for a task.
            ExampleError: None of them fits a row.
        """
        numbers = self._numbers(column_of(table, "task", pa.string()))
        if not self._depends[numbers].any():
            alone: npt.NDArray[np.int64] = self._lookup[numbers, 0, 0]
            return alone
        present = self._bits(table, _has_column)
        labels = self._reads_labels[numbers]
        pairs = np.where(labels, _pairs(table), 0) if labels.any() else np.zeros(len(numbers), np.int64)
        # Of a task that tells no examples apart, every entry is the same.
        groups: npt.NDArray[np.int64] = self._lookup[numbers, present, pairs]
        if (groups == _NO_GROUP).any():
            shown = self._lookup[numbers, self._bits(table, _column_can_be_shown), pairs]
            groups = np.where(groups == _NO_GROUP, shown, groups)
        if (unfit := np.flatnonzero(groups == _NO_GROUP)).size:
            row = int(unfit[0])
            raise self._unfit(list(self._tasks)[numbers[row]], int(present[row]), int(pairs[row]))
        self._tell_missing(int(np.bitwise_or.reduce(self._own[numbers])), table.column_names)
        return groups

    def _bits(self, table: pa.Table, test: Callable[[pa.Table, str], npt.NDArray[np.bool_]]) -> npt.NDArray[np.int64]:
        """The fields that pass a test, as bits, for every row."""
        bits = np.zeros(table.num_rows, np.int64)
        for i, name in enumerate(self._fields):
            bits |= test(table, name).astype(np.int64) << i
        return bits

    def _numbers(self, tasks: pa.StringArray) -> npt.NDArray[np.int64]:
        # Few tasks in a batch: only those are looked up.
        named = tasks.dictionary_encode()
        if named.null_count:
            raise _no_such_task(None, self._tasks)
        names = named.dictionary.to_pylist()
        for name in names:
            if name not in self._tasks:
                raise _no_such_task(name, self._tasks)
        known = np.array([self._tasks[name] for name in names], np.int64)
        numbers: npt.NDArray[np.int64] = known[named.indices.to_numpy()]
        return numbers

    def _tabulated(self) -> npt.NDArray[np.int64]:
        """The group by task, fields present (as bits) and labels."""
        lookup = np.full((len(self._groups), 1 << len(self._fields), len(LABEL_PAIRS)), _NO_GROUP, np.int64)
        for number, listed in enumerate(self._groups.values()):
            masks = np.arange(lookup.shape[1]) & self._own[number]
            for kind, group in listed:
                rows = masks == sum(1 << i for i, name in enumerate(self._fields) if name in kind.fields)
                pairs = slice(None) if kind.label_pair is None else LABEL_PAIRS.index(kind.label_pair)
                lookup[number, rows, pairs] = _NO_GROUP if group is None else group
        return lookup

    def _tell_missing(self, fields: int, names: Container[str]) -> None:
        """Log once for each field that instructions lean on and the data have no column for: it may be misspelt."""
        for i, name in enumerate(self._fields):
            if fields >> i & 1 and name not in names and name not in self._told:
                self._told.add(name)
                _log.warning(
                    "The data have no column %r, so that instructions which use it are never drawn; "
                    "columns={%r: ...} names another column.",
                    name,
                    name,
                )

    def _unfit(self, task: str, present: int, pair: int) -> ExampleError:
        number = self._tasks[task]
        own = [(name, present >> i & 1) for i, name in enumerate(self._fields) if self._own[number] >> i & 1]
        having = [
            ("with", [name for name, there in own if there]),
            ("without", [name for name, there in own if not there]),
        ]
        facts = [f"{word} {', '.join(names)}" for word, names in having if names]
        if self._reads_labels[number]:
            facts.append(f"whose options are labels of the kind {LABEL_PAIRS[pair]!r}")
        example = f"for an example {' and '.join(facts)}."
        if self._styles is None:
            return ExampleError(f"The pool has no instruction of the task {task!r} {example}")
        return ExampleError(
            f"The pool has no instruction of the task {task!r} of the styles {named_styles(self._styles)} {example} "
            "Leave out a style, or allow more values of it."
        )


def _has(example: Mapping[str, Any], name: str) -> bool:
    value = example.get(name)
    if isinstance(value, Mapping):  # A history as a dict of lists.
        return any(isinstance(each, Sized) and len(each) for each in value.values())
    return value is not None and not (isinstance(value, Sized) and not len(value))


def _can_be_shown(example: Mapping[str, Any], name: str) -> bool:
    """Whether an instruction can show a field, even if it shows nothing: where all of a task's need an empty one."""
    return _has(example, name) or (name not in _NEVER_EMPTY and example.get(name) is not None)


def _column_can_be_shown(table: pa.Table, name: str) -> npt.NDArray[np.bool_]:
    if name in _NEVER_EMPTY:
        return _has_column(table, name)
    column = column_of(table, name, _LIST_TYPES.get(name, pa.string()))
    valid: npt.NDArray[np.bool_] = column.is_valid().to_numpy(zero_copy_only=False)
    return valid


def _has_column(table: pa.Table, name: str) -> npt.NDArray[np.bool_]:
    return filled(column_of(table, name, _LIST_TYPES.get(name, pa.string())))


def _pairs(table: pa.Table) -> npt.NDArray[np.int64]:
    """The kind of every row's labels, as its place in `LABEL_PAIRS`."""
    values, offsets = content(options_lists(table))
    sizes = np.diff(offsets)
    lowered = pc.utf8_lower(values)
    places = pc.index_in(lowered, pa.array(list(_LABEL_BITS))).fill_null(len(_LABEL_BITS))
    bits = np.array([*_LABEL_BITS.values(), _OTHER_LABEL])[places.to_numpy(zero_copy_only=False)]
    found = np.zeros(len(sizes), np.int64)
    labelled = sizes > 0
    if labelled.any():
        found[labelled] = np.bitwise_or.reduceat(bits, offsets[:-1][labelled])
    pairs = np.full(len(sizes), _PHRASE, np.int64)
    for pair_bits, place in _PAIR_BITS.items():
        pairs[found == pair_bits] = place
    return pairs


def _no_such_task(task: object, known: Iterable[str]) -> UnknownNameError:
    if task is None:
        return UnknownNameError(
            "An example names no task: pass task=... if all examples are of one task, or add a column `task`. "
            f"The pool has instructions for: {joined(sorted(known))}."
        )
    hint = "An example names it, but the pool has no instructions for it."
    return UnknownNameError("task", task, known, hint=hint)
