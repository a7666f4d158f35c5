"""Tables whose first records can be read before the rest of a large file."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TypeVar, overload

from .tables import Table

__all__ = ["HeadedTable"]

R = TypeVar("R")


class HeadedTable(Table[R]):
    """A table that reads its first records from the start of a file, and the rest of the file when it is needed.

    Args:
        head: The first records, with the keys and errors that they have in the whole table.
        open_whole: Opens the whole table; called at most once.
    """

    def __init__(self, head: Table[R], open_whole: Callable[[], Table[R]]) -> None:
        self.file, self._head, self._open_whole = head.file, head, open_whole

    @cached_property
    def _whole(self) -> Table[R]:
        return self._open_whole()

    def __len__(self) -> int:
        return len(self._whole)

    @overload
    def __getitem__(self, index: int) -> R: ...
    @overload
    def __getitem__(self, index: slice) -> list[R]: ...
    def __getitem__(self, index: int | slice) -> R | list[R]:
        if isinstance(index, slice):
            return self._whole[index]
        return self._record(index)

    def key(self, index: int) -> str:
        """The natural key of a record, without decoding the record."""
        return self._holder(index).key(index)

    def count_early(self) -> int:
        """The number of first records that can be read before the rest of the file."""
        return len(self._whole if self._is_whole else self._head)

    def count_unreadable(self) -> int:
        """The number of records, of those that were read so far, that are known to be unreadable."""
        return (self._whole if self._is_whole else self._head).count_unreadable()

    @property
    def _is_whole(self) -> bool:
        return "_whole" in self.__dict__

    def _record(self, index: int) -> R:
        return self._holder(index)[index]

    def _holder(self, index: int) -> Table[R]:
        return self._head if not self._is_whole and 0 <= index < len(self._head) else self._whole
