"""A deadline for a whole exchange with a server: a socket's own timeout starts anew with every byte."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from types import TracebackType

__all__ = ["Deadline"]


class Deadline:
    """Shuts a socket down when time is up, so that whoever reads from it sees its end.

    Attributes:
        expired: Whether time was up.

    Example:
        >>> with Deadline(60.0) as deadline:
        ...     deadline.watch(connection.sock)
        ...     body = connection.getresponse().read()
    """

    def __init__(self, seconds: float) -> None:
        self.expired = False
        self._socket: socket.socket | None = None
        self._timer = self._new_timer(seconds)

    def watch(self, watched: socket.socket) -> None:
        """Choose the socket; one that is chosen too late is shut down at once."""
        self._socket = watched
        if self.expired:
            self._shut_down()

    def renew(self, seconds: float) -> None:
        """Let the time begin again."""
        self._timer.cancel()
        self._timer = self._new_timer(seconds)
        self._timer.start()

    def __enter__(self) -> Deadline:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()

    def _new_timer(self, seconds: float) -> threading.Timer:
        timer = threading.Timer(seconds, self._expire)
        timer.daemon = True
        return timer

    def _expire(self) -> None:
        self.expired = True
        self._shut_down()

    def _shut_down(self) -> None:
        if self._socket is not None:
            with suppress(OSError):
                # Not the method of a TLS socket, which drops the state that the reader is using.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
