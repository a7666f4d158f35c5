"""The transform itself: a plain callable that adds a prompt to examples, batches and tables."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa
from datasets import Features
from typing_extensions import Unpack

from ..errors import ExampleError
from ..pool import InstructionPool
from ..records import FEATURES
from .batches import Added, Batch, batch_of, check_length, example_of
from .epoch import SharedEpoch
from .labels import Labels, label_names, name_of, with_names
from .outputs import Output
from .render import Renderer
from .settings import AugmenterOptions, Settings, check_epoch, shows_options

__all__ = ["InstructionAugmenter"]


class InstructionAugmenter:
    """Adds `prompt` and `instruction_id` to examples, chosen anew in every epoch; every other column passes untouched.

    Call it with an example (a dict) or a batch: a dict of lists or of NumPy arrays, a `pyarrow.Table` or `RecordBatch`,
    or a pandas or Polars data frame. The same kind comes back. It therefore works as the function of `Dataset.map`
    (which keeps pictures as they are stored) and `IterableDataset.map`, batched or not, as the transform of
    `Dataset.with_transform`, and under Ray Data's `map_batches` and Spark's `mapInArrow`. To follow the epochs of a
    training loop, give the data set to `augment` instead, or call `set_epoch` at the start of each.

    `IterableDataset.map` decodes every picture before it calls any function, unless the stream has the Arrow format or
    its decoding is off: `stream.with_format("arrow").map(augmenter, batched=True)`.

    Pickles and fingerprints contain the pool, the options and the epoch of that moment, so that caches, other processes
    and clusters render what it renders; the worker processes of a `DataLoader` share every epoch set later too.

    Args:
        pool: An `InstructionPool`, or whatever `InstructionPool.load` reads.
        options: See `Settings`.

    Raises:
        UnknownNameError: An option, the strategy, output, a style or a column of ours is unknown.
        SettingError: A number is out of range.
        PoolError: The pool cannot be read.
    """

    @shows_options
    def __init__(self, pool: InstructionPool | str, **options: Unpack[AugmenterOptions]) -> None:
        self.pool = pool if isinstance(pool, InstructionPool) else InstructionPool.load(pool)
        self.settings = Settings.of(options)
        self._epoch = SharedEpoch(self.settings.epoch or 0)
        self._labels: Labels = {}
        self._prepare()

    @property
    def added(self) -> Features:
        """The columns that it adds."""
        return self._output.features

    @property
    def id_column(self) -> str:
        """The data's name for `unique_id`."""
        return self._columns.get("unique_id", "unique_id")

    @property
    def epoch(self) -> int:
        """The epoch that calls render."""
        return self._epoch.get()

    @property
    def fixed(self) -> bool:
        """Whether it renders one epoch, whatever `set_epoch` says."""
        return self.settings.epoch is not None

    def set_epoch(self, epoch: int) -> None:
        """Render the prompts of this epoch from now on, in `DataLoader` workers too; does nothing if it is `fixed`."""
        if self.fixed:
            check_epoch(epoch)
        else:
            self._epoch.set(epoch)

    def at_epoch(self, epoch: int) -> InstructionAugmenter:
        """The same augmenter, fixed at an epoch."""
        return self._with(replace(self.settings, epoch=epoch), SharedEpoch(epoch))

    def follower(self) -> InstructionAugmenter:
        """The same augmenter with an epoch of its own, which this one's `set_epoch` sets too, but not the other way."""
        return self if self.fixed else self._with(self.settings, SharedEpoch(above=self._epoch))

    def watch(self, unique_ids: Sequence[Any], rows: int) -> None:
        """Warn once when a data set of so many rows is read again without a new epoch, unless that is meant."""
        if not self.fixed:
            self._epoch.watch(unique_ids, rows)

    def read_labels(self, features: Features | None) -> None:
        """Read the names of `ClassLabel` columns, for examples that do not carry their features, such as dicts."""
        self._labels = label_names(features)

    def __call__(self, examples: Any) -> Any:
        """Add the columns to an example or a batch, and give the same kind back.

        Raises:
            SettingError: Raised if it is neither.
            ExampleError: An id or a field that an instruction needs is missing, or a column to add is there already.
            UnknownNameError: The pool has no instructions for a task.
        """
        if isinstance(examples, pa.Table):
            return self.table(examples, self.epoch)
        example = example_of(examples, self.id_column)
        if example is not None:
            self.check_columns(examples)
            return {**examples, **self._example(example, self.epoch)}
        batch = batch_of(examples, self.id_column)
        self.check_columns(batch.columns)
        return batch.add(self._added(batch), self._added_schema)

    def columns(self, examples: Mapping[str, Any], epoch: int) -> dict[str, Any]:
        """The columns to add to an example or a batch for `epoch`."""
        self.check_columns(examples)
        if not isinstance(examples.get(self.id_column), list):
            return self._example(examples, epoch)
        names = [name for name in examples if name in self.reads]
        count = len(examples[self.id_column])
        for name in names:
            check_length(name, examples[name], count)
        rows = zip(*(examples[name] for name in names), strict=True)
        return self._of_rows((dict(zip(names, row, strict=True)) for row in rows), epoch)

    def table(self, table: pa.Table, epoch: int) -> pa.Table:
        """The table with the columns added for `epoch`."""
        self.check_columns(table.column_names)
        named = view = with_names(table, self._labels)
        for ours, theirs in self._columns.items():
            if theirs in table.column_names:
                view = _with_column(view, ours, named.column(theirs))
            elif ours in view.column_names:
                view = view.drop_columns(ours)
        if self._task is not None:
            view = _with_column(view, "task", pa.repeat(self._task, table.num_rows))
        rendered = self._renderer.batch(view, epoch)
        for field, column in zip(self._added_schema, self._output.columns(view, rendered), strict=True):
            table = table.append_column(field, column)
        return table

    def example(self, example: Mapping[str, Any], epoch: int) -> dict[str, Any]:
        """The example with the columns added for `epoch`."""
        self.check_columns(example)
        return {**example, **self._example(example, epoch)}

    def check_columns(self, names: Container[str]) -> None:
        """Refuse data that already has a column of a name to add.

        Raises:
            ExampleError: It has.
        """
        for name in self._added_names:
            if name in names:
                raise ExampleError(
                    f"The data already have a column {name!r}, which augmenting would overwrite; "
                    f"rename it or remove it first: dataset.remove_columns({name!r})."
                )

    def _example(self, example: Mapping[str, Any], epoch: int) -> dict[str, Any]:
        """The columns to add to one example."""
        view = self._view(example)
        return self._output.values(view, self._renderer.example(view, epoch))

    def _added(self, batch: Batch) -> Added:
        """The columns to add to a batch of any kind."""
        pictures = self._columns.get("images", "images")
        table = batch.table(self.reads, pictures=pictures)
        if table is not None:
            return self.table(table, self.epoch).select(self._added_names)
        return self._of_rows(batch.rows(self.reads, pictures=pictures), self.epoch)

    def _of_rows(self, rows: Iterable[Mapping[str, Any]], epoch: int) -> dict[str, list[Any]]:
        views = [self._view(row) for row in rows]
        rendered = self._renderer.examples(views, epoch)
        added = [self._output.values(*each) for each in zip(views, rendered, strict=True)]
        return {name: [row[name] for row in added] for name in self._added_names}

    def _view(self, example: Mapping[str, Any]) -> Mapping[str, Any]:
        """The example under our names."""
        if not (self._columns or self._task is not None or self._labels):
            return example
        named = {name: name_of(name, example[name], self._labels) for name in self._labels if name in example}
        theirs = {**example, **named}
        renamed = {ours: theirs[name] for ours, name in self._columns.items() if name in theirs}
        view = {**{name: value for name, value in theirs.items() if name not in self._columns}, **renamed}
        if self._task is not None:
            view["task"] = self._task
        return view

    def __copy__(self) -> InstructionAugmenter:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> InstructionAugmenter:
        # Nothing but the epoch can change, and data sets that are copied from one another must share that.
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return _unpickled, (self.pool, self.settings.changed(), self._epoch, self._labels)

    def _with(self, settings: Settings, epoch: SharedEpoch) -> InstructionAugmenter:
        other = InstructionAugmenter.__new__(InstructionAugmenter)
        vars(other).update(vars(self), settings=settings, _epoch=epoch)
        return other

    def _prepare(self) -> None:
        self._columns, self._task = dict(self.settings.columns or {}), self.settings.task
        self._output = Output(self.settings)
        self._renderer = Renderer(self.pool, self.settings, shows_target=self._output.shows_target)
        self._added_names = tuple(self.added)
        self._added_schema = self.added.arrow_schema
        unread = {"images"} if self.settings.output == "prompt" else set()
        self.reads = frozenset(self._columns.get(name, name) for name in FEATURES if name not in unread)
        # Compiling a pool takes several times the memory that stays; each worker would keep that as long as it lives.
        pa.default_memory_pool().release_unused()


def _unpickled(
    pool: InstructionPool, options: dict[str, Any], epoch: SharedEpoch, labels: Labels
) -> InstructionAugmenter:
    augmenter = InstructionAugmenter.__new__(InstructionAugmenter)
    augmenter.pool, augmenter.settings = pool, Settings(**options)
    augmenter._epoch, augmenter._labels = epoch, labels
    augmenter._prepare()
    return augmenter


def _with_column(table: pa.Table, name: str, column: Any) -> pa.Table:
    if name in table.column_names:
        return table.set_column(table.column_names.index(name), name, column)
    return table.append_column(name, column)
