"""Finds repeated keys of a table, a part of them at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from instraug_datasets.lazy_numpy import np

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["repeated_keys"]

_PARTS = 16
"""Of a large table, this part of the keys is sorted at a time."""


def repeated_keys(keys: npt.NDArray[Any], *, unreadable: int, most_sorted: int = 1 << 21) -> frozenset[int]:
    """The indices of keys that occurred before.

    Args:
        keys: Integers or texts, shape `(count,)`.
        unreadable: The integer key of records that cannot be read, which may repeat.
        most_sorted: The number of integers up to which all are sorted at once.

    Example:
        repeated_keys(np.array([7, 8, 7, -1, -1]), unreadable=-1)  # frozenset({2})
    """
    if keys.dtype.kind == "i" and len(keys) > most_sorted:
        # Equal keys have equal last bits, so that one part at a time is sorted.
        parts = keys.view(np.uint8)[:: keys.itemsize] % _PARTS
        places = (np.flatnonzero(parts == part) for part in range(_PARTS))
        return frozenset().union(*(place[_repeated(keys[place], unreadable)].tolist() for place in places))
    return frozenset(_repeated(keys, unreadable).tolist())


def _repeated(keys: npt.NDArray[Any], unreadable: int) -> npt.NDArray[np.int64]:
    ordered = np.sort(keys)
    if not (ordered[1:] == ordered[:-1]).any():
        return np.empty(0, np.int64)
    first = np.zeros(len(keys), bool)
    first[np.unique(keys, return_index=True)[1]] = True
    ignored = keys == unreadable if keys.dtype.kind == "i" else False
    return np.flatnonzero(~(first | ignored))
