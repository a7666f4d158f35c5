"""Ends the processes of a build with the process that started them, which a `SIGKILL` gives no chance to do so."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import multiprocess  # type: ignore[import-untyped]
from multiprocess import connection, util

__all__ = ["children_end_with_us", "end_with_parent"]

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


class _Guard:
    """What a forked process calls first, as long as this object exists in its parent."""

    def end_with_parent(self) -> None:
        end_with_parent()


@contextmanager
def children_end_with_us() -> Iterator[None]:
    """End processes that `multiprocess` forks meanwhile with this one: workers, and the server of their queue."""
    guard = _Guard()
    util.register_after_fork(guard, _Guard.end_with_parent)
    yield


def end_with_parent() -> None:
    """Let this process end when its parent does; does nothing in a main process."""
    parent = multiprocess.parent_process()
    if parent is None:
        return
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() == parent.pid:
            return
    # The system knows no such signal, the parent has died already, or a fork server made this process.
    threading.Thread(target=_exit_after, args=(parent.sentinel,), daemon=True).start()


def _exit_after(sentinel: int) -> None:
    connection.wait([sentinel])
    os._exit(1)
