"""The epoch of a map-style data set: one number that `DataLoader` workers share with the process that starts them."""

from __future__ import annotations

import ctypes
import warnings
from multiprocessing.context import get_spawning_popen
from multiprocessing.sharedctypes import RawArray
from typing import Any

from ..hashing import hash_text
from .settings import check_epoch

__all__ = ["SharedEpoch"]

_EPOCH, _ROWS, _FIRST = range(3)

_STUCK = (
    "The same examples came round again, but the epoch is still {epoch}: their instructions will not change. Call "
    "set_epoch at the start of every epoch, or give transformers.Trainer callbacks=[EpochCallback()]."
)


class SharedEpoch:
    """An epoch in shared memory.

    Forked workers inherit the memory, and spawned ones are handed it; any other pickle starts again at `start`, so that
    neither caches nor fingerprints depend on how far a training run has come.

    Args:
        start: The epoch before anything is set.
    """

    def __init__(self, start: int = 0) -> None:
        self.start = check_epoch(start)
        self._memory: Any = RawArray(ctypes.c_uint64, 3)
        self._memory[_EPOCH] = start

    def get(self) -> int:
        """The current epoch."""
        return int(self._memory[_EPOCH])

    def set(self, epoch: int) -> None:
        """Begin an epoch, in this process and in its workers."""
        self._memory[_EPOCH] = check_epoch(epoch)
        self._memory[_ROWS] = 0

    def watch(self, unique_id: str, rows: int) -> None:
        """Warn once if the example that came first in this epoch comes round again in the same epoch.

        Args:
            unique_id: The id of the example served now.
            rows: The number of examples of the data set.
        """
        served = self._memory[_ROWS]
        self._memory[_ROWS] = served + 1
        word = hash_text(unique_id)
        if not served:
            self._memory[_FIRST] = word
        # A rank of many sees a part of the data; a few looks at one example in a notebook are no epoch.
        elif word == self._memory[_FIRST] and served >= max(16, rows // 16):
            warnings.warn(_STUCK.format(epoch=self.get()), UserWarning, stacklevel=2)
            self._memory[_FIRST] = 0

    def __reduce__(self) -> tuple[Any, ...]:
        if get_spawning_popen() is None:
            return SharedEpoch, (self.start,)
        return _attached, (self.start, self._memory)


def _attached(start: int, memory: Any) -> SharedEpoch:
    epoch = SharedEpoch.__new__(SharedEpoch)
    epoch.start, epoch._memory = start, memory
    return epoch
