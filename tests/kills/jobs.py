"""What runs in the process that is killed: a command of ours, which may kill itself at an event of the file system."""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

from tests.hub import our_jobs

__all__ = ["command"]

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
_EVENTS = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.truncate"}


def command(folder: str, arguments: list[str], moment: int | None = None) -> dict[str, Any]:
    """Run a command in a folder.

    Args:
        moment: The number of the event before which this process kills itself: a file opened for writing, synced,
            renamed, linked or removed, or a folder made or removed; None for never.

    Returns:
        The exit status, what was printed to stderr, and the number of events.
    """
    os.chdir(folder)
    process, events = os.getpid(), 0

    def event() -> None:
        nonlocal events
        if os.getpid() != process:  # a worker
            return
        if events == moment:
            os.kill(process, signal.SIGKILL)
        events += 1

    def audit(name: str, given: tuple[Any, ...]) -> None:
        if name in _EVENTS or (name == "open" and isinstance(given[2], int) and given[2] & _WRITING):
            event()

    sync = os.fsync

    def fsync(fd: Any) -> None:
        event()
        sync(fd)
        event()

    os.fsync = fsync
    sys.addaudithook(audit)
    told = our_jobs.command(*arguments)
    return {"status": told["status"], "err": told["err"][-2000:], "events": events}
