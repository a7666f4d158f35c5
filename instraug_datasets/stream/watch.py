"""What is watched while a stream is read: whether its epoch is set at all, and whether it is set back again."""

from __future__ import annotations

import ctypes
import sys
import warnings
from multiprocessing.context import get_spawning_popen
from multiprocessing.sharedctypes import RawArray
from typing import Any

__all__ = ["PassWatch"]

_TOLD, _READ, _FINISHED, _WARNED_STILL, _WARNED_OVERWRITTEN = range(5)

_STILL = (
    "The examples of a stream came round again, but set_epoch was never called and the epoch is still {epoch}: their "
    "instructions do not change. {fix}, or augment(..., epoch={epoch}) if instructions are to stay, as for evaluation. "
    "See docs/epochs.md."
)
_FIX = "Call stream.set_epoch(epoch) before each pass"
_LIGHTNING = "Lightning does not tell it: call stream.set_epoch(trainer.current_epoch) in a callback"
_FIXES = {
    "lightning.pytorch": _LIGHTNING,
    "pytorch_lightning": _LIGHTNING,
    "transformers.trainer": f"{_FIX}, or, if transformers.Trainer reads it inside a wrapper, give that "
    "callbacks=[EpochCallback()]",
    "accelerate.accelerator": f"{_FIX}, or have accelerate prepare its loader, which sets the epoch itself",
}
"""What to do in the loop at hand, by the first of these modules that is imported; in any other loop, `_FIX`."""
_OVERWRITTEN = (
    "The stream's epoch was set to {before} and then back to {after} before an example was read. A loader that "
    "accelerate has prepared counts its own passes: call set_epoch({before}) of that loader instead of the stream's."
)


class PassWatch:
    """Remembers, in memory that forked and spawned workers share, how a stream's passes and epochs go.

    Of the workers of a loader, the first alone watches: all read the same passes.
    """

    def __init__(self) -> None:
        self._memory: Any = RawArray(ctypes.c_int64, 5)

    def told(self, before: int, after: int) -> None:
        """Somebody has set the epoch."""
        memory = self._memory
        if memory[_TOLD] and not memory[_READ] and after < before:
            self._warn(_WARNED_OVERWRITTEN, _OVERWRITTEN.format(before=before, after=after))
        memory[_TOLD], memory[_READ] = 1, 0

    def begins(self, epoch: int) -> None:
        """A pass begins."""
        memory = self._memory
        memory[_READ] = 1
        if not memory[_TOLD] and memory[_FINISHED] == epoch + 1:
            self._warn(_WARNED_STILL, _STILL.format(epoch=epoch, fix=_fix()))

    def ends(self, epoch: int) -> None:
        """A pass has come to its end."""
        self._memory[_FINISHED] = epoch + 1

    def rewinds(self) -> None:
        """A state was loaded: the next pass is no repetition."""
        self._memory[_FINISHED] = 0

    def _warn(self, once: int, message: str) -> None:
        if not self._memory[once]:
            self._memory[once] = 1
            warnings.warn(message, UserWarning, stacklevel=4)

    def __copy__(self) -> PassWatch:
        return PassWatch()

    def __deepcopy__(self, memo: dict[int, Any]) -> PassWatch:
        return PassWatch()

    def __reduce__(self) -> tuple[Any, ...]:
        return (PassWatch, ()) if get_spawning_popen() is None else (_attached, (self._memory,))


def _fix() -> str:
    return next((fix for module, fix in _FIXES.items() if module in sys.modules), _FIX)


def _attached(memory: Any) -> PassWatch:
    watch = PassWatch.__new__(PassWatch)
    watch._memory = memory
    return watch
