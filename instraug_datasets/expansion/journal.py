"""The journal of a run: stores every completion on disk, so that an interrupted run can be resumed.

The file has JSON lines: the first holds the settings of the run, each further line a completion with a checksum.
Batches are synced to disk before they are processed; an incomplete last line is removed when the journal is reopened.
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from xxhash import xxh3_64_hexdigest

from ..engines import Completion
from ..errors import OutputError, SettingError, brief, shown

__all__ = ["Journal"]

_FORMAT = 2
"""Journals of format 1, whose completions have no checksum, can be resumed."""

_LIMIT = "max_rounds"
"""The setting that only decides when a run ends: it may go on with another one."""

_CHECKSUM = "checksum"
_PREFIX = b'{"journal": '
_FIELDS = {field.name for field in dataclasses.fields(Completion)}


class Journal:
    """Stores the completions of one run on disk.

    Args:
        path: The journal file; created if missing.
        settings: Everything that determines the result of the run, as JSON-compatible data. A run may be resumed with
            another `max_rounds`.

    Raises:
        SettingError: Raised if the file is not a journal, or belongs to a run with other settings.
        OutputError: Raised if the file cannot be written.

    Example:
        >>> journal = Journal("pool.journal.jsonl", run_settings(tasks, engine, config))
        >>> expansion = run(tasks, engine, config, journal=journal)
    """

    def __init__(self, path: str | Path, settings: Mapping[str, Any]) -> None:
        self.path = Path(path)
        # A JSON round trip turns tuples into lists, as in the file.
        self.settings = json.loads(json.dumps({"journal": _FORMAT, **settings}))
        self.completions: dict[str, Completion] = {}
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            # Validate before opening for writing: the path may name an unrelated file.
            lines, length = _complete_lines(self.path)
            self._recover(lines)
            self._file = self.path.open("ab", buffering=0)
        except OSError as error:
            raise OutputError(f"Cannot write the journal {self.path}: {error}") from error
        self._start(lines, length)

    def append(self, completions: Iterable[Completion]) -> None:
        """Append completions and sync them to disk.

        Raises:
            OutputError: Raised if the disk is full or the file cannot be written.
        """
        added = list(completions)
        if not added:
            return
        self._write(_with_checksum(dataclasses.asdict(each)) for each in added)
        self.completions.update((each.key, each) for each in added)

    def close(self) -> None:
        """Close the journal file."""
        self._file.close()

    def _recover(self, lines: list[dict[str, Any]]) -> None:
        if not lines:
            return
        self._check_header(lines[0])
        for number, line in enumerate(lines[1:], 2):
            self._check_checksum(number, line, required=lines[0]["journal"] != 1)
            fields = {name: value for name, value in line.items() if name != _CHECKSUM}
            if not {"key", "text"} <= fields.keys() <= _FIELDS:
                raise SettingError(f"{self.path}, line {number}: expected a completion, but got {shown(line)}.")
            completion = Completion(**fields)
            self.completions.setdefault(completion.key, completion)

    def _check_checksum(self, number: int, line: Mapping[str, Any], *, required: bool) -> None:
        if (required or _CHECKSUM in line) and line.get(_CHECKSUM) != _checksum(line):
            raise SettingError(
                f"{self.path}, line {number} is damaged: its content does not match its checksum "
                f"{shown(line.get(_CHECKSUM))}. Delete the line, so that its completion is requested again."
            )

    def _start(self, lines: list[dict[str, Any]], length: int) -> None:
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
            raise SettingError(f"{self.path} is not a journal: it begins with {shown(header)}. Choose another file.")
        names = dict.fromkeys((*self.settings, *header))
        known = {**header, "journal": _FORMAT} if header["journal"] == 1 else header
        changed = [name for name in names if name != _LIMIT and _differs(name, known, self.settings)]
        if changed:
            differences = "; ".join(_difference(name, header.get(name), self.settings.get(name)) for name in changed)
            raise SettingError(
                f"The journal {self.path} belongs to a run with other settings: {differences}. "
                "Start a new run with `--fresh` or another journal, or use the same settings to resume."
            )

    def _write(self, rows: Iterable[Mapping[str, Any]]) -> None:
        # ASCII only: completions may contain lone surrogates.
        data = "".join(json.dumps(row) + "\n" for row in rows).encode("ascii")
        try:
            while data:  # an unbuffered file may write only a part
                data = data[self._file.write(data) :]
            os.fsync(self._file.fileno())
        except OSError as error:
            raise OutputError(
                f"Cannot write the journal {self.path}: {error}. Its content is intact: free some space "
                "and run the same command again to resume."
            ) from error


def _with_checksum(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**row, _CHECKSUM: _checksum(row)}


def _checksum(row: Mapping[str, Any]) -> str:
    """16 hexadecimal digits that identify the content of a line."""
    content = {name: value for name, value in row.items() if name != _CHECKSUM}
    return xxh3_64_hexdigest(json.dumps(content, sort_keys=True).encode())


def _differs(name: str, one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    missing = object()
    return bool(one.get(name, missing) != other.get(name, missing))


def _difference(name: str, before: Any, now: Any) -> str:
    if name == "tasks" and isinstance(before, Mapping) and isinstance(now, Mapping):
        return _task_differences(before, now)
    return f"{name} was {shown(before)} and is now {shown(now)}"


def _task_differences(before: Mapping[str, str], now: Mapping[str, str]) -> str:
    """How the tasks of two runs differ, given a digest of the instructions of each."""
    listed = {
        "the instructions of {} have changed": [task for task in now if task in before and now[task] != before[task]],
        "tasks added: {}": [task for task in now if task not in before],
        "tasks left out: {}": [task for task in before if task not in now],
    }
    return "; ".join(text.format(brief(", ".join(tasks))) for text, tasks in listed.items() if tasks)


def _complete_lines(path: Path) -> tuple[list[dict[str, Any]], int]:
    """Return the complete lines of a journal and their length in bytes, without an incomplete last line."""
    content = path.read_bytes() if path.is_file() else b""
    length = content.rfind(b"\n") + 1
    if not length and content[: len(_PREFIX)] != _PREFIX[: len(content)]:
        raise SettingError(f"{path} is not a journal: it begins with {content[:40]!r}. Choose another file.")
    lines = []
    for number, line in enumerate(content[:length].splitlines(), 1):
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            row = None
        if not isinstance(row, dict):
            raise SettingError(
                f"{path}, line {number}: expected a JSON object, but got {shown(line)}. Choose another file."
            )
        lines.append(row)
    return lines, length
