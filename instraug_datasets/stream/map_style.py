"""Map-style augmented data: a `datasets.Dataset` in which the columns of an augmenter are seen, but stored nowhere.

Inside is the plain data set of the examples. Rows are chosen and ordered there; columns are shown, hidden and renamed
in a table of names; prompts are rendered when rows are read, and stand in Arrow tables only where something is written.
"""

from __future__ import annotations

from typing import Any

from datasets import Dataset, DatasetDict, Features, IterableDataset

from ..errors import UnsupportedError
from .augmenter import InstructionAugmenter
from .iterable import augment_iterable
from .layouts import is_text
from .methods import BEFORE, by_rule
from .reading import ReadDataset, renamed
from .writing import fingerprint, rows_like, write

__all__ = ["AugmentedDataset"]


@by_rule
class AugmentedDataset(ReadDataset):
    """A map-style data set whose rows carry the prompts of the current epoch.

    What `select`, `shuffle`, `filter`, `rename_column` and the like make from it keeps being augmented. Its `set_epoch`
    sets the epoch of everything made from it, too; the other way round an epoch set on a part is the part's own, so
    that the data of an evaluation cannot disturb those of training. Of `train_test_split` the part `train` follows,
    while `test` stays at the epoch shown at that moment.

    `map` and whatever writes files, tables or repositories take the prompts of the epoch shown; `bake` writes several.
    What would lose the prompts is refused: join plain data sets and augment the result.
    """

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
                f"A column {name!r} is hidden here, since the instructions need it: choose another name, or {BEFORE}."
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
                f"{method}() cannot change the column {column!r}, which is made anew in every epoch: {BEFORE}."
            )
        return name

    def _check_texts(self, changed: Dataset, name: str, method: str) -> None:
        was, now = (is_text(each.features.arrow_schema.field(name).type) for each in (self._examples, changed))
        if name in self.augmenter.reads and was != now:
            raise UnsupportedError(
                f"{method}() would change the column {name!r}, whose texts the instructions need: {BEFORE}."
            )

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
            stream = stream.rename_columns({name: shown for shown, name in renamed(self._names).items()})
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

    def _written(self, epoch: int | None = None, *, suffix: str = "") -> Dataset:
        """A plain data set of what is shown in an epoch, by default the current one.

        Args:
            suffix: What every id gets at its end.
        """
        augmenter = self.augmenter.at_epoch(self.epoch if epoch is None else epoch)
        plain = write(self._examples, augmenter, suffix=suffix).select_columns(list(self._names.values()))
        plain = plain.rename_columns({name: shown for shown, name in renamed(self._names).items()})
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
