"""Ends worker processes with the process that started them, which a `SIGKILL` gives no chance to do so."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

import multiprocess  # type: ignore[import-untyped]

__all__ = ["end_with_parent"]

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def end_with_parent() -> None:
    """Let the system kill this process when its parent dies; does nothing in a main process, or outside Linux."""
    parent = multiprocess.parent_process()
    if parent is None or sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent.pid:  # it died before that
        os._exit(1)
