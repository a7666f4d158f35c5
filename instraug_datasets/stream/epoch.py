"""The epoch of a map-style data set: a number that `DataLoader` workers share with the process that starts them."""

from __future__ import annotations

import ctypes
import warnings
from collections.abc import Sequence
from multiprocessing.context import get_spawning_popen
from multiprocessing.sharedctypes import RawArray
from typing import Any

from ..hashing import hash_text
from .settings import check_epoch

__all__ = ["SharedEpoch"]

# The fields of the memory: the epoch, when it was set (0: never), how often any was set (in the oldest memory), and for
# the warning: when the count began, the rows served since, and the id that came first.
_EPOCH, _SET, _SETS, _BEGAN, _ROWS, _FIRST = range(6)

_STUCK = (
    "The same examples came round again, but the epoch is still {epoch}: their instructions will not change. Call "
    "set_epoch at the start of every epoch, or give transformers.Trainer callbacks=[EpochCallback()]. Data that should "
    "keep their instructions, as for evaluation, are augmented with epoch={epoch}."
)


class SharedEpoch:
    """An epoch in shared memory, which follows another until it is set itself.

    Forked workers inherit the memory, and spawned ones are handed it; any other pickle, and so every fingerprint,
    contains the epoch of that moment.

    Args:
        epoch: The epoch before anything is set.
        above: One to follow: whichever of the two was set last counts.
    """

    def __init__(self, epoch: int = 0, *, above: SharedEpoch | None = None) -> None:
        self._memory: Any = RawArray(ctypes.c_uint64, 6)
        self._memory[_EPOCH] = check_epoch(epoch)
        self._line: tuple[Any, ...] = (self._memory, *(above._line if above is not None else ()))

    def get(self) -> int:
        """The current epoch."""
        return int(self._latest()[_EPOCH])

    def set(self, epoch: int) -> None:
        """Begin an epoch, in this process and in its workers, here and in those that follow this one."""
        self._memory[_EPOCH] = check_epoch(epoch)
        self._line[-1][_SETS] += 1
        self._memory[_SET] = self._line[-1][_SETS]

    def watch(self, unique_ids: Sequence[Any], rows: int) -> None:
        """Warn once if the example that came first in this epoch comes round again in the same epoch.

        Args:
            unique_ids: The ids of the examples served now, texts or whole numbers.
            rows: The number of examples of the data set.
        """
        memory, began = self._memory, self._latest()[_SET]
        if memory[_BEGAN] != began:
            memory[_BEGAN], memory[_ROWS] = began, 0
        served = memory[_ROWS]
        memory[_ROWS] = served + len(unique_ids)
        if not served:
            memory[_FIRST] = hash_text(str(unique_ids[0])) if unique_ids else 0
        # A rank of many sees a part of the data; a few looks at one example in a notebook are no epoch.
        elif served >= max(16, rows // 16) and memory[_FIRST] in [hash_text(str(each)) for each in unique_ids]:
            warnings.warn(_STUCK.format(epoch=self.get()), UserWarning, stacklevel=2)
            memory[_FIRST] = 0

    def _latest(self) -> Any:
        """The memory that was set last; where none was, the oldest."""
        latest = self._line[-1]
        if len(self._line) == 1:
            return latest
        for memory in self._line[:-1]:
            if memory[_SET] > latest[_SET]:
                latest = memory
        return latest

    def __reduce__(self) -> tuple[Any, ...]:
        if get_spawning_popen() is None:
            return SharedEpoch, (self.get(),)
        return _attached, (self._line,)


def _attached(line: tuple[Any, ...]) -> SharedEpoch:
    epoch = SharedEpoch.__new__(SharedEpoch)
    epoch._memory, epoch._line = line[0], line
    return epoch
