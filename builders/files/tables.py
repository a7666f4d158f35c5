"""Random-access tables: the records of a split by position, each of which is read, or refused, for itself."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Generic, Protocol, TypeAlias, TypeVar, overload

from instraug_datasets.errors import ExampleError, InstrAugError, SourceError
from instraug_datasets.lazy_numpy import np

from .repeated_keys import repeated_keys

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["UNREADABLE", "UNREADABLE_KEY", "IdArray", "Keyed", "ListTable", "Table", "group_by_value", "indices_of"]


class Keyed(Protocol):
    """A record with a natural key."""

    @property
    def key(self) -> str:
        """What names the record in its file."""


R = TypeVar("R")
K = TypeVar("K", bound=Keyed)

IdArray: TypeAlias = "npt.NDArray[np.int64]"

UNREADABLE = -1
"""The id of a record that cannot be decoded; reading the record raises the error."""

UNREADABLE_KEY = "unreadable-"
"""The start of the key of such a record, where keys are texts."""


class Table(Sequence[R], Generic[R]):
    """The records of one split of a source, by position.

    A subclass implements `_record`. A bad record raises only when it is accessed, and so does not affect others.

    Args:
        file: The logical path, for error messages.
        keys: The natural key of every record; accessing a record whose key is a duplicate raises ExampleError.
        orphans: Errors of raw records that belong to no record of the table; their positions follow the records.
    """

    def __init__(self, file: str, keys: Sequence[str] | IdArray, *, orphans: Iterable[InstrAugError] = ()) -> None:
        self.file, self._keys, self._orphans = file, keys, tuple(orphans)
        self._duplicates = repeated_keys(np.asarray(keys), unreadable=UNREADABLE)

    def __len__(self) -> int:
        return len(self._keys) + len(self._orphans)

    @overload
    def __getitem__(self, index: int) -> R: ...
    @overload
    def __getitem__(self, index: slice) -> list[R]: ...
    def __getitem__(self, index: int | slice) -> R | list[R]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        if not 0 <= index < len(self):
            raise IndexError(index)
        if index >= len(self._keys):
            raise self._orphans[index - len(self._keys)]
        if index in self._duplicates:
            raise ExampleError(f"{self.file}: the id {self.key(index)} occurs more than once.")
        return self._record(index)

    def key(self, index: int) -> str:
        """The natural key of a record, without decoding the record."""
        return str(self._keys[index]) if index < len(self._keys) else f"stray-{index - len(self._keys)}"

    def count_early(self) -> int:
        """The number of first records that can be read at once, without reading more of the file."""
        return len(self)

    def count_unreadable(self) -> int:
        """The number of records that are known to be unreadable without decoding the others."""
        keys = np.asarray(self._keys)
        numbered = (
            keys == UNREADABLE if keys.dtype.kind == "i" else np.char.startswith(keys.astype(str), UNREADABLE_KEY)
        )
        return int(np.count_nonzero(numbered)) + len(self._orphans)

    def get_or_none(self, index: int) -> R | None:
        """The record, or None if it cannot be read."""
        try:
            return self[index]
        except (SourceError, ExampleError):
            return None

    @abstractmethod
    def _record(self, index: int) -> R:
        """The record at a position of `keys`."""


class ListTable(Table[K]):
    """A table of records in memory, such as those of a text file that is parsed as a whole."""

    def __init__(self, file: str, records: Sequence[K], *, orphans: Iterable[InstrAugError] = ()) -> None:
        super().__init__(file, [record.key for record in records], orphans=orphans)
        self._records = records

    def _record(self, index: int) -> K:
        return self._records[index]


def indices_of(ids: IdArray, wanted: IdArray) -> IdArray:
    """The first index of each of `wanted` in `ids`, or -1."""
    if not len(ids):
        return np.full(len(wanted), -1, np.int64)
    order = np.argsort(ids, kind="stable")
    indices = order[np.searchsorted(ids, wanted, sorter=order).clip(max=len(ids) - 1)]
    return np.where(ids[indices] == wanted, indices, -1)


def group_by_value(values: IdArray) -> Iterator[tuple[int, IdArray]]:
    """Each distinct value, ascending, with the indices at which it occurs."""
    order = np.argsort(values, kind="stable")
    distinct, starts = np.unique(values[order], return_index=True)
    yield from zip(distinct.tolist(), np.split(order, starts[1:]), strict=True)
