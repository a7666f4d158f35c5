"""Faults that a test orders: the next requests that match fail in the way it asks for."""

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True, kw_only=True)
class Fault:
    """One kind of failure.

    Attributes:
        match: A regular expression over `METHOD target`.
        skip: How many matching requests pass first.
        times: How many then fail.
        status: The answer in place of the true one; 0 leaves it.
        after: Whether the request is carried out before that answer is given.
        cut: Close the connection when so many bytes of the request's body have come.
        truncate: Close the connection when so many bytes of the answer's body have gone.
        action: What to do when a request matches, before anything else.
        headers: Further headers of the answer.
    """

    match: str = ""
    skip: int = 0
    times: int = 1
    status: int = 0
    after: bool = False
    cut: int | None = None
    truncate: int | None = None
    action: Callable[[], None] | None = None
    headers: dict[str, str] = field(default_factory=dict)


def _open_gate() -> threading.Event:
    gate = threading.Event()
    gate.set()
    return gate


@dataclass(slots=True)
class Faults:
    """The faults that are still to come, first come first served.

    Attributes:
        hold: Requests wait while it is not set.
    """

    ordered: list[Fault] = field(default_factory=list)
    hold: threading.Event = field(default_factory=_open_gate)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, line: str) -> Fault | None:
        """The fault of a request, if it is to have one."""
        self.hold.wait()
        with self._lock:
            for fault in self.ordered:
                if fault.times < 1 or not re.search(fault.match, line):
                    continue
                if fault.skip > 0:
                    fault.skip -= 1
                    continue
                fault.times -= 1
                return fault
        return None
