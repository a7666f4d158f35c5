"""Map-style augmented data: a `datasets.Dataset` in which the columns of an augmenter are seen, but stored nowhere.

Inside is the plain data set of the examples. Rows are chosen and ordered there; columns are shown, hidden and renamed
in a table of names; prompts are rendered when rows are read, and stand in Arrow tables only where something is written.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

import pyarrow as pa
from datasets import Dataset, DatasetDict, Features, IterableDataset
from datasets.arrow_dataset import DatasetInfoMixin
from datasets.formatting import format_table, get_formatter
from datasets.search import IndexableMixin

from ..errors import UnsupportedError
from .augmenter import InstructionAugmenter
from .iterable import augment_iterable
from .layouts import is_text
from .writing import fingerprint, rows_like, undecoded, write

__all__ = ["PLAIN", "REFUSED", "ROWS", "WRITTEN", "AugmentedDataset"]

ROWS = ("flatten_indices", "repeat", "select", "shard", "shuffle", "skip", "take")
"""Methods of `Dataset` that choose rows: they choose examples, which keep being augmented."""

WRITTEN = (
    "_push_parquet_shards_to_hub",  # what DatasetDict.push_to_hub calls on every split
    "map",
    "push_to_hub",
    "save_to_disk",
    "to_csv",
    "to_dict",
    "to_json",
    "to_list",
    "to_pandas",
    "to_parquet",
    "to_polars",
    "to_sql",
)
"""Methods that write: they write the prompts of the epoch shown, and what they return is a plain `Dataset`."""

PLAIN = ("from_buffer", "from_dict", "from_file", "from_list", "from_pandas", "from_polars")
"""Class methods that make a data set: they make a plain one."""

_BEFORE = "do it before augment(), or to what bake() writes"
REFUSED: Mapping[str, str] = MappingProxyType(
    {
        "add_elasticsearch_index": f"an index of prompts would be one of a single epoch: {_BEFORE}",
        "add_faiss_index": f"an index of prompts would be one of a single epoch: {_BEFORE}",
        "add_faiss_index_from_external_arrays": f"an index would be lost with the next method: {_BEFORE}",
        "load_elasticsearch_index": f"an index would be lost with the next method: {_BEFORE}",
        "load_faiss_index": f"an index would be lost with the next method: {_BEFORE}",
        "add_item": f"ids are checked when the data are augmented: {_BEFORE}",
        "batch": "rows of batches have no id of their own: take batches from iter(batch_size) or a DataLoader, or "
        "bake(data).batch(...)",
        "flatten": f"instructions need the columns as they are: {_BEFORE}",
        "to_tf_dataset": "its prompts would stay those of one epoch: bake(data, epochs=...).to_tf_dataset(...)",
    }
)
"""Methods that cannot keep the promise of `augment`, and what to do instead."""

_CHUNK = 100


class AugmentedDataset(Dataset):
    """A map-style data set whose rows carry the prompts of the current epoch.

    What `select`, `shuffle`, `filter`, `rename_column` and the like make from it keeps being augmented. Its `set_epoch`
    sets the epoch of everything made from it, too; the other way round an epoch set on a part is the part's own, so
    that the data of an evaluation cannot disturb those of training. Of `train_test_split` the part `train` follows,
    while `test` stays at the epoch shown at that moment.

    `map` and whatever writes files, tables or repositories take the prompts of the epoch shown; `bake` writes several.
    What would lose the prompts is refused: join plain data sets and augment the result.

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
        self._whole = names.keys() == {*self._examples.column_names, *augmenter.added} and not _renamed(names)
        every = {**self._examples.features, **augmenter.added}
        self._size = len(examples)
        info = examples.info.copy()
        info.features = Features({shown: every[name] for shown, name in self._names.items()})
        DatasetInfoMixin.__init__(self, info=info, split=examples.split)
        IndexableMixin.__init__(self)
        self._set_format(None, {}, None, False)

    @property
    def epoch(self) -> int:
        """The epoch whose prompts its rows carry."""
        return self.augmenter.epoch

    def set_epoch(self, epoch: int) -> None:
        """Give the prompts of this epoch from now on, in `DataLoader` workers too; does nothing to fixed data."""
        self.augmenter.set_epoch(epoch)

    def at_epoch(self, epoch: int) -> AugmentedDataset:
        """The same data fixed at an epoch, whatever is set: evaluation data, for instance."""
        return self._with(self._examples, augmenter=self.augmenter.at_epoch(epoch))

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
            return column._formatted(slice(None), key) if isinstance(column, AugmentedDataset) else column[key]
        if self._format_type is None and self._format_columns is None:
            return self._rows[key]
        return self._formatted(key, 0 if isinstance(key, int) else slice(None))

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

    def _shown(self, found: dict[str, Any]) -> dict[str, Any]:
        """The batch to show for one of the examples."""
        added = self.augmenter.columns(found, self.augmenter.epoch)
        self.augmenter.watch(found[self.augmenter.id_column], self._size)
        if self._whole:
            found.update(added)
            return found
        return {shown: added[name] if name in added else found[name] for shown, name in self._names.items()}

    def _shown_table(self, found: pa.Table) -> pa.Table:
        self.augmenter.watch(found.column(self.augmenter.id_column).to_pylist(), self._size)
        return _named(self.augmenter.table(found, self.augmenter.epoch), self._names)

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

    # Columns

    def select_columns(self, column_names: str | list[str], new_fingerprint: str | None = None) -> AugmentedDataset:
        """As `Dataset.select_columns`; columns that instructions need are hidden, not lost."""
        return self._showing(self._outline().select_columns(column_names).column_names)

    def remove_columns(self, column_names: str | list[str], new_fingerprint: str | None = None) -> AugmentedDataset:
        """As `Dataset.remove_columns`; columns that instructions need are hidden, not lost."""
        return self._showing(self._outline().remove_columns(column_names).column_names)

    def rename_column(
        self, original_column_name: str, new_column_name: str, new_fingerprint: str | None = None
    ) -> AugmentedDataset:
        """As `Dataset.rename_column`; instructions still find what they need."""
        return self.rename_columns({original_column_name: new_column_name})

    def rename_columns(self, column_mapping: dict[str, str], new_fingerprint: str | None = None) -> AugmentedDataset:
        """As `Dataset.rename_columns`; instructions still find what they need."""
        renamed = self._outline().rename_columns(column_mapping).column_names
        return self._with(self._examples, dict(zip(renamed, self._names.values(), strict=True)))

    def add_column(self, name: str, column: Any, *args: Any, **kwargs: Any) -> AugmentedDataset:
        """As `Dataset.add_column`."""
        self._outline().add_column(name, [])
        if name in self._examples.column_names or name in self.augmenter.added:
            raise UnsupportedError(
                f"A column {name!r} is hidden here, since the instructions need it: choose another name, or {_BEFORE}."
            )
        return self._with(self._examples.add_column(name, column, *args, **kwargs), {**self._names, name: name})

    def cast(self, features: Features, *args: Any, **kwargs: Any) -> AugmentedDataset:
        """As `Dataset.cast`, for columns of the data."""
        self._outline().cast(features)
        changed = {name: feature for name, feature in features.items() if feature != self.features[name]}
        cast = self._with(self._examples)
        for name, feature in changed.items():
            cast = cast.cast_column(name, feature)
        return cast

    def cast_column(self, column: str, feature: Any, new_fingerprint: str | None = None) -> AugmentedDataset:
        """As `Dataset.cast_column`, for columns of the data."""
        name = self._of_the_data(column, "cast_column")
        cast = self._examples.cast_column(name, feature)
        self._check_texts(cast, name, "cast_column")
        return self._with(cast)

    def class_encode_column(self, column: str, include_nulls: bool = False) -> AugmentedDataset:
        """As `Dataset.class_encode_column`, for columns of the data that instructions do not need."""
        name = self._of_the_data(column, "class_encode_column")
        encoded = self._examples.class_encode_column(name, include_nulls)
        self._check_texts(encoded, name, "class_encode_column")
        return self._with(encoded)

    def align_labels_with_mapping(self, label2id: dict[str, int], label_column: str) -> AugmentedDataset:
        """As `Dataset.align_labels_with_mapping`, for columns of the data."""
        name = self._of_the_data(label_column, "align_labels_with_mapping")
        return self._with(self._examples.align_labels_with_mapping(label2id, name))

    def _showing(self, names: list[str]) -> AugmentedDataset:
        shown = {name: self._names[name] for name in names}
        if not set(shown.values()) & set(self.augmenter.added):
            raise UnsupportedError(
                f"Only {names} would be left, and none of the columns that augment() adds. transformers.Trainer "
                "removes columns that the model does not take before the collator sees them: set "
                "TrainingArguments(remove_unused_columns=False)."
            )
        return self._with(self._examples, shown)

    def _of_the_data(self, column: str, method: str) -> str:
        name = self._names.get(column, column)
        if name in self.augmenter.added:
            raise UnsupportedError(
                f"{method}() cannot change the column {column!r}, which is made anew in every epoch: {_BEFORE}."
            )
        return name

    def _check_texts(self, changed: Dataset, name: str, method: str) -> None:
        was, now = (is_text(each.features.arrow_schema.field(name).type) for each in (self._examples, changed))
        if name in self.augmenter.reads and was and not now:
            raise UnsupportedError(
                f"{method}() would change the column {name!r}, whose texts the instructions need: {_BEFORE}."
            )

    def _outline(self) -> Dataset:
        """A plain data set of the same columns without rows: it knows what is allowed, and how to refuse."""
        return Dataset.from_dict({name: [] for name in self._names}, features=self.features)

    # Rows

    def sort(self, column_names: str | list[str], *args: Any, **kwargs: Any) -> AugmentedDataset:
        """As `Dataset.sort`, by columns of the data."""
        given = [column_names] if isinstance(column_names, str) else column_names
        names = [self._of_the_data(name, "sort") for name in given]
        return self._with(self._examples.sort(names, *args, **kwargs))

    def filter(self, *args: Any, **kwargs: Any) -> AugmentedDataset:
        """As `Dataset.filter`: the rows are chosen by what they show in the current epoch."""
        if not self._size:
            return self._with(self._examples)
        return self._with(rows_like(self._examples, self._written().filter(*args, **kwargs)))

    def train_test_split(self, *args: Any, stratify_by_column: str | None = None, **kwargs: Any) -> DatasetDict:
        """As `Dataset.train_test_split`; `train` follows the epoch, `test` stays at the epoch shown now."""
        if stratify_by_column is not None:
            stratify_by_column = self._of_the_data(stratify_by_column, "train_test_split")
        parts = self._examples.train_test_split(*args, stratify_by_column=stratify_by_column, **kwargs)
        still = self.augmenter.at_epoch(self.epoch)
        return DatasetDict({"train": self._with(parts["train"]), "test": self._with(parts["test"], augmenter=still)})

    def to_iterable_dataset(self, num_shards: int | None = 1) -> IterableDataset:
        """The data as a stream that is augmented, too, and begins in the same epoch."""
        if self._format_kwargs or self._format_columns is not None:
            raise UnsupportedError(
                "A stream cannot take over a transform, chosen columns or arguments of a format: "
                "with_format(None).to_iterable_dataset(), and give the format to the stream."
            )
        stream = augment_iterable(self._examples.to_iterable_dataset(num_shards), self.augmenter.follower())
        if not self._whole:
            stream = stream.select_columns(list(self._names.values()))
            stream = stream.rename_columns({name: shown for shown, name in _renamed(self._names).items()})
        if self._format_type is not None:
            stream = stream.with_format(self._format_type)
        stream.set_epoch(self.epoch)
        return stream

    def unique(self, column: str) -> list[Any]:
        """As `Dataset.unique`; of prompts, those of the epoch shown."""
        if column not in self._names:
            self._outline().unique(column)
        selected = self._fast_select_column(column)
        plain = selected._written() if isinstance(selected, AugmentedDataset) else selected
        values: list[Any] = plain.unique(column)
        return values

    # Copies

    def _with(
        self,
        examples: Dataset,
        names: Mapping[str, str] | None = None,
        *,
        augmenter: InstructionAugmenter | None = None,
    ) -> AugmentedDataset:
        """Data of the same format with other examples, columns or epochs; by default they follow the epoch of these."""
        names = self._names if names is None else names
        made = AugmentedDataset(examples, augmenter or self.augmenter.follower(), names=names)
        made._take_format(self)
        if self._format_columns is not None:
            # As in the library: all columns but those that had no format before.
            others = {name for shown, name in self._names.items() if shown not in self._format_columns}
            made._format_columns = [shown for shown, name in names.items() if name not in others]
        return made

    def _written(self, epoch: int | None = None, *, suffix: str = "") -> Dataset:
        """A plain data set of what is shown in an epoch, by default the current one.

        Args:
            suffix: What every id gets at its end.
        """
        augmenter = self.augmenter.at_epoch(self.epoch if epoch is None else epoch)
        plain = write(self._examples, augmenter, suffix=suffix).select_columns(list(self._names.values()))
        plain = plain.rename_columns({name: shown for shown, name in _renamed(self._names).items()})
        plain.set_format(self._format_type, self._format_columns, self._output_all_columns, **self._format_kwargs)
        return plain

    def __copy__(self) -> AugmentedDataset:
        return self._with(self._examples)

    def __deepcopy__(self, memo: dict[int, Any]) -> AugmentedDataset:
        return self._with(self._examples)

    def __reduce__(self) -> tuple[Any, ...]:
        formatted = (self._format_type, self._format_kwargs, self._format_columns, self._output_all_columns)
        return _unpickled, (self._examples, self.augmenter, self._names, formatted)

    # What the library and others would read behind its back

    @property
    def _fingerprint(self) -> str:
        return fingerprint(self._examples, self.augmenter, self._names)

    @property
    def _data(self) -> Any:
        raise UnsupportedError(
            "An augmented data set has no table of its prompts, so that concatenate_datasets, interleave_datasets and "
            "others that work on tables would lose them. Join the data sets before augment(), or with "
            "torch.utils.data.ConcatDataset; bake(data) gives a plain data set with the prompts of the epoch shown."
        )

    @property
    def _indices(self) -> Any:
        return self._data

    @property
    def data(self) -> Any:
        """Not here: there is no table of prompts.

        Raises:
            UnsupportedError: Always; `bake` makes a data set that has a table.
        """
        return self._data


def _unpickled(
    examples: Dataset, augmenter: InstructionAugmenter, names: dict[str, str], formatted: tuple[Any, ...]
) -> AugmentedDataset:
    data = AugmentedDataset(examples, augmenter, names=names)
    data._set_format(*formatted)
    return data


def _renamed(names: Mapping[str, str]) -> dict[str, str]:
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


def _choosing_rows(name: str) -> Callable[..., AugmentedDataset]:
    @functools.wraps(getattr(Dataset, name))
    def method(self: AugmentedDataset, *args: Any, **kwargs: Any) -> AugmentedDataset:
        return self._with(getattr(self._examples, name)(*args, **kwargs))

    return method


def _writing(name: str) -> Callable[..., Any]:
    @functools.wraps(getattr(Dataset, name))
    def method(self: AugmentedDataset, *args: Any, **kwargs: Any) -> Any:
        return getattr(self._written(), name)(*args, **kwargs)

    return method


def _refusing(name: str) -> Callable[..., Any]:
    @functools.wraps(getattr(Dataset, name))
    def method(self: AugmentedDataset, *args: Any, **kwargs: Any) -> Any:
        raise UnsupportedError(f"{name}() is not for augmented data: {REFUSED[name]}.")

    return method


for _names, _made in ((ROWS, _choosing_rows), (WRITTEN, _writing), (REFUSED, _refusing)):
    for _name in _names:
        setattr(AugmentedDataset, _name, _made(_name))
for _name in PLAIN:
    setattr(AugmentedDataset, _name, getattr(Dataset, _name))
