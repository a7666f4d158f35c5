"""Reading augmented data: rows, batches, columns and every format of the library, with prompts of the epoch shown."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from numbers import Integral
from typing import Any

import pyarrow as pa
from datasets import Dataset, Features
from datasets.arrow_dataset import DatasetInfoMixin
from datasets.formatting import format_table, get_formatter
from datasets.search import IndexableMixin
from typing_extensions import Self

from .augmenter import InstructionAugmenter
from .stored import StoredRows
from .writing import undecoded

__all__ = ["ReadDataset", "renamed"]

_CHUNK = 100
"""How many rows are rendered together when rows are iterated in a format."""

_FEW = 64
"""Fewer rows are rendered faster one by one than as a table."""


class ReadDataset(Dataset):
    """Examples, an augmenter and a table of names, read as one data set.

    Args:
        examples: The plain data, without any format.
        augmenter: What adds the prompts.
        names: The columns shown, and what each is called by `examples` or the augmenter; all by default.
    """

    def __init__(
        self, examples: Dataset, augmenter: InstructionAugmenter, *, names: Mapping[str, str] | None = None
    ) -> None:
        if names is None:
            names = {name: name for name in (*examples.column_names, *augmenter.added)}
        self.augmenter = augmenter
        self._names = dict(names)
        self._examples = _needed(examples, set(names.values()), augmenter)
        # Whether a row with the columns added is the row to show, in any order of columns.
        self._whole = names.keys() == {*self._examples.column_names, *augmenter.added} and not renamed(names)
        every = {**self._examples.features, **augmenter.added}
        self._size = len(examples)
        info = examples.info.copy()
        info.features = Features({shown: every[name] for shown, name in self._names.items()})
        DatasetInfoMixin.__init__(self, info=info, split=examples.split)
        IndexableMixin.__init__(self)
        self._set_format(None, {}, None, False)

    # What it is

    @property
    def num_rows(self) -> int:
        """The number of rows."""
        return self._size

    @property
    def column_names(self) -> list[str]:
        """The columns of the data and those that augmenting adds."""
        return list(self._names)

    @property
    def num_columns(self) -> int:
        """The number of columns."""
        return len(self._names)

    @property
    def shape(self) -> tuple[int, int]:
        """The numbers of rows and of columns."""
        return self.num_rows, self.num_columns

    @property
    def cache_files(self) -> list[dict[str, Any]]:
        """The files that hold the examples."""
        files: list[dict[str, Any]] = self._examples.cache_files
        return files

    def cleanup_cache_files(self) -> int:
        """Remove the cached files beside those that hold the examples."""
        return int(self._examples.cleanup_cache_files())

    def __repr__(self) -> str:
        fixed = ", fixed" if self.augmenter.fixed else ""
        return (
            f"AugmentedDataset({{\n    features: {self.column_names},\n    num_rows: {self.num_rows},\n"
            f"    epoch: {self.epoch}{fixed}\n}})"
        )

    # Reading

    def _getitem(self, key: Any) -> Any:
        if isinstance(key, str):
            column = self._fast_select_column(key)
            return column._formatted(slice(None), key) if isinstance(column, ReadDataset) else column[key]
        if self._format_type is None and self._format_columns is None:
            place = self._place(key)
            return self._rows[key] if place is None else self._row(place)
        return self._formatted(key, 0 if isinstance(key, Integral) else slice(None))

    def __getitems__(self, keys: list[Any]) -> list[Any]:
        """The rows of these keys, as a `DataLoader` asks for a batch."""
        if keys and self._format_type is None and self._format_columns is None:
            places = [self._place(key) for key in keys]
            if None not in places:
                columns = self._shown(self._stored.columns(places))
                return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
        rows: list[Any] = super().__getitems__(keys)
        return rows

    def _place(self, key: Any) -> int | None:
        """The place from 0 of a row that can be read on its own; None if the library must look at the key."""
        if not isinstance(key, Integral) or isinstance(key, bool) or self._stored is None:
            return None
        place = int(key)
        return place if 0 <= place < self._size else place + self._size if -self._size <= place < 0 else None

    def __iter__(self) -> Iterator[Any]:
        if self._format_type is None and self._format_columns is None:
            yield from self._rows
            return
        formatter = self._formatter()
        for table in map(self._shown_table, self._tables.iter(_CHUNK)):
            for row in range(table.num_rows):
                yield self._format_table(table.slice(row, 1), 0, formatter)

    def iter(self, batch_size: int, drop_last_batch: bool = False) -> Iterator[Any]:
        """Batches of so many rows."""
        if self._format_type is None and self._format_columns is None:
            yield from self._rows.iter(batch_size, drop_last_batch)
            return
        formatter = self._formatter()
        for table in map(self._shown_table, self._tables.iter(batch_size, drop_last_batch)):
            yield self._format_table(table, slice(None), formatter)

    @functools.cached_property
    def _rows(self) -> Dataset:
        """The plain data set that gives rows and batches of Python objects."""
        return self._examples.with_transform(self._shown)

    @functools.cached_property
    def _stored(self) -> Any:
        """What reads rows on their own; None where the library must do it."""
        return StoredRows(self._examples) if StoredRows.serve(self._examples) else None

    def _row(self, place: int) -> dict[str, Any]:
        found = self._stored.row(place)
        added = self.augmenter.columns(found, self.augmenter.epoch)
        self.augmenter.watch((found[self.augmenter.id_column],), self._size)
        return self._with_added(found, added)

    def _shown(self, found: dict[str, Any]) -> dict[str, Any]:
        """The batch to show for one of the examples."""
        added = self.augmenter.columns(found, self.augmenter.epoch)
        self.augmenter.watch(found[self.augmenter.id_column], self._size)
        return self._with_added(found, added)

    def _with_added(self, found: dict[str, Any], added: dict[str, Any]) -> dict[str, Any]:
        if self._whole:
            found.update(added)
            return found
        return {shown: added[name] if name in added else found[name] for shown, name in self._names.items()}

    def _shown_table(self, found: pa.Table) -> pa.Table:
        self.augmenter.watch(found.column(self.augmenter.id_column).to_pylist(), self._size)
        epoch = self.augmenter.epoch
        if found.num_rows >= _FEW:
            return _named(self.augmenter.table(found, epoch), self._names)
        read = found.select([name for name in found.column_names if name in self.augmenter.reads])
        added = self.augmenter.columns(read.to_pydict(), epoch)
        for field in self.augmenter.added.arrow_schema:
            found = found.append_column(field, pa.array(added[field.name], field.type))
        return _named(found, self._names)

    def _formatted(self, key: Any, query: Any) -> Any:
        return self._format_table(self._shown_table(self._tables[key]), query, self._formatter())

    def _format_table(self, table: pa.Table, query: Any, formatter: Any) -> Any:
        return format_table(table, query, formatter, self._format_columns, self._output_all_columns)

    def _formatter(self) -> Any:
        return get_formatter(self._format_type, features=self._info.features, **self._format_kwargs)

    @functools.cached_property
    def _tables(self) -> Dataset:
        return self._examples.with_format("arrow")

    def _fast_select_column(self, column_name: str) -> Dataset:
        """The data with one column only, in the same format: what reading a column needs."""
        name = self._names[column_name]
        if name in self.augmenter.added:
            return self._with(self._examples, {column_name: name})
        plain = self._examples.select_columns([name])
        plain = plain if name == column_name else plain.rename_column(name, column_name)
        return plain.with_format(self._format_type, **self._format_kwargs)

    # Formats

    def set_format(
        self, type: str | None = None, columns: Any = None, output_all_columns: bool = False, **format_kwargs: Any
    ) -> None:
        """As `Dataset.set_format`: in rows of any format, prompts are those of the epoch shown."""
        outline = self._outline()
        outline.set_format(type, columns, output_all_columns, **format_kwargs)
        self._take_format(outline)

    def _take_format(self, other: Dataset) -> None:
        self._set_format(other._format_type, other._format_kwargs, other._format_columns, other._output_all_columns)

    def _set_format(self, type: str | None, kwargs: dict[str, Any], columns: list[str] | None, others: bool) -> None:
        self._format_type, self._format_kwargs = type, kwargs
        self._format_columns, self._output_all_columns = columns, others

    # Copies

    def _with(
        self,
        examples: Dataset,
        names: Mapping[str, str] | None = None,
        *,
        augmenter: InstructionAugmenter | None = None,
    ) -> Self:
        """Data of the same format with other examples, columns or epochs; by default they follow the epoch of these."""
        names = self._names if names is None else names
        made = type(self)(examples, augmenter or self.augmenter.follower(), names=names)
        made._take_format(self)
        if self._format_columns is not None:
            # As in the library: all columns but those that had no format before.
            others = {name for shown, name in self._names.items() if shown not in self._format_columns}
            made._format_columns = [shown for shown, name in names.items() if name not in others]
        return made

    def _outline(self) -> Dataset:
        """A plain data set of the same columns without rows: it knows what is allowed, and how to refuse."""
        return Dataset.from_dict({name: [] for name in self._names}, features=self.features)


def renamed(names: Mapping[str, str]) -> dict[str, str]:
    """The columns that are shown under another name."""
    return {shown: name for shown, name in names.items() if shown != name}


def _named(table: pa.Table, names: Mapping[str, str]) -> pa.Table:
    return table.select(list(names.values())).rename_columns(list(names))


def _needed(examples: Dataset, shown: set[str], augmenter: InstructionAugmenter) -> Dataset:
    """The columns that are shown or that instructions need; pictures that are not shown are not decoded."""
    kept = [name for name in examples.column_names if name in shown or name in augmenter.reads]
    if len(kept) < len(examples.column_names):
        examples = examples.select_columns(kept)
    for name in kept:
        if name not in shown and undecoded(examples.features[name]) != examples.features[name]:
            examples = examples.cast_column(name, undecoded(examples.features[name]))
    return examples
