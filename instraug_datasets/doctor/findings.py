"""The traps that a script steps into."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import SettingError
from .script import Script
from .traps import TRAPS

__all__ = ["Finding", "calls_augment", "examine"]


@dataclass(frozen=True, slots=True)
class Finding:
    """A trap, and where a script steps into it.

    Args:
        trap: The name of the trap.
        file: The script.
        line: The line, from 1.
        happens: What happens.
        change: What to write instead.
    """

    trap: str
    file: str
    line: int
    happens: str
    change: str


def calls_augment(source: str, *, file: str) -> bool:
    """Whether a script calls `augment`; one that does not has no traps that `examine` knows.

    Raises:
        SettingError: Raised if the text is not valid Python.
    """
    return bool(Script(source, file=file).augments)


def examine(source: str, *, file: str, num_processes: int | None = None) -> list[Finding]:
    """The known traps in a training script, by line; a script that does not call `augment` has none.

    Args:
        source: The text of the script. It is parsed, not run.
        file: Its path, for messages.
        num_processes: The number of processes that train; by default what the script itself shows.

    Raises:
        SettingError: Raised if the text is not valid Python, or the number is not positive.
    """
    if num_processes is not None and num_processes < 1:
        raise SettingError(f"num_processes must be at least 1, but is {num_processes}.")
    script = Script(source, file=file)
    if not script.augments:
        return []
    found = [
        Finding(trap.name, file, getattr(node, "lineno", 0), trap.happens, trap.change)
        for trap in TRAPS
        for node in trap.find(script, num_processes)
    ]
    return sorted(found, key=lambda finding: finding.line)
