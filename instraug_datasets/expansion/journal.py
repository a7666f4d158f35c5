"""The journal: every completion of a run, appended as it comes, so that a killed run goes on where it stopped.

JSON lines. The first holds the settings of the run, each further one a completion. A batch is on the disk before
anything is made of it; a last line that a kill has torn is cut off when the journal is opened again.
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ..engines import Completion
from ..errors import OutputError, SettingError

__all__ = ["Journal"]

_FORMAT = 1
_BEGINNING = b'{"journal": '
_FIELDS = {field.name for field in dataclasses.fields(Completion)}


class Journal:
    """The completions of one run on disk.

    Args:
        path: The file; made if it is not there.
        settings: Everything that the run's result depends on, as JSON can hold it.

    Raises:
        SettingError: The file is a journal of other settings, or no journal; the message shows the difference.
        OutputError: The file cannot be written.
    """

    def __init__(self, path: str | Path, settings: Mapping[str, Any]) -> None:
        self.path = Path(path)
        # As JSON gives it back: tuples have become lists.
        self.settings = json.loads(json.dumps({"journal": _FORMAT, **settings}))
        self.completions: dict[str, Completion] = {}
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            # Read, and refused, before anything is opened for writing: it may be a file that somebody needs.
            lines, length = _whole_lines(self.path)
            self._recover(lines)
            self._file = self.path.open("ab", buffering=0)
        except OSError as error:
            raise OutputError(f"Cannot write the journal {self.path}: {error}") from error
        self._begin(lines, length)

    def append(self, completions: Iterable[Completion]) -> None:
        """Add completions; they are on the disk when this returns.

        Raises:
            OutputError: The disk is full, or the file cannot be written any more.
        """
        added = list(completions)
        if not added:
            return
        self._write(dataclasses.asdict(each) for each in added)
        self.completions.update((each.key, each) for each in added)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _recover(self, lines: list[dict[str, Any]]) -> None:
        if lines:
            self._check_header(lines[0])
        for number, line in enumerate(lines[1:], 2):
            if not {"key", "text"} <= line.keys() <= _FIELDS:
                raise SettingError(f"{self.path}, line {number} is not a completion: {line!r}.")
            completion = Completion(**line)
            self.completions.setdefault(completion.key, completion)

    def _begin(self, lines: list[dict[str, Any]], length: int) -> None:
        try:
            if self.path.is_file():
                self._file.truncate(length)
            if not lines:
                self._write([self.settings])
        except BaseException:
            self._file.close()
            raise

    def _check_header(self, header: Mapping[str, Any]) -> None:
        if "journal" not in header:
            raise SettingError(f"{self.path} is not a journal: it begins with {header!r}. Name another file.")
        every = dict.fromkeys((*self.settings, *header))
        names = [name for name in every if _differs(name, header, self.settings)]
        if names:
            differences = "; ".join(
                f"{name} was {header.get(name)!r} and is {self.settings.get(name)!r}" for name in names
            )
            raise SettingError(
                f"The journal {self.path} is of a run with other settings: {differences}. "
                "Repeat those settings to go on, or name another journal to begin anew."
            )

    def _write(self, rows: Iterable[Mapping[str, Any]]) -> None:
        # ASCII only: what an engine gives may not be encodable.
        data = "".join(json.dumps(row) + "\n" for row in rows).encode("ascii")
        try:
            while data:  # an unbuffered file may take a part
                data = data[self._file.write(data) :]
            os.fsync(self._file.fileno())
        except OSError as error:
            raise OutputError(
                f"Cannot write the journal {self.path}: {error}. Nothing that is in it is lost: make room, "
                "and run the same command again."
            ) from error


def _differs(name: str, one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    missing = object()
    return bool(one.get(name, missing) != other.get(name, missing))


def _whole_lines(path: Path) -> tuple[list[dict[str, Any]], int]:
    """The lines of a journal and their length in bytes, without a last one that was torn."""
    content = path.read_bytes() if path.is_file() else b""
    length = content.rfind(b"\n") + 1
    if not length and content[: len(_BEGINNING)] != _BEGINNING[: len(content)]:
        raise SettingError(f"{path} is not a journal: it begins with {content[:40]!r}. Name another file.")
    lines = []
    for number, line in enumerate(content[:length].splitlines(), 1):
        try:
            row = json.loads(line)
        except ValueError:
            row = None
        if not isinstance(row, dict):
            raise SettingError(f"{path}, line {number} is not a journal's: {line[:80]!r}. Name another file.")
        lines.append(row)
    return lines, length
