"""A file of predictions: JSON lines, appended while a model generates, so that a killed evaluation resumes.

The first line of a file written here holds the settings of the run; every other one is
`{"unique_id": ..., "instruction_id": ..., "prediction": ...}`. Files from elsewhere need no first line.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from ..errors import OutputError, SettingError

__all__ = ["Key", "Predictions"]

Key = tuple[str, str]
"""A `unique_id` and an `instruction_id`."""

_KEYS = {"unique_id", "instruction_id", "prediction"}
_FORMAT = 1
_PREFIX = b'{"predictions": '


class Predictions:
    """The predictions of a run, in memory and in a file if there is one.

    Args:
        path: The file; created if missing. None keeps them in memory.
        settings: What determines the predictions, as JSON-compatible data; a file with other settings is refused.

    Raises:
        SettingError: Raised if a line is malformed, a prediction is there twice, or the settings differ.
        OutputError: Raised if the file cannot be opened.

    Example:
        >>> with Predictions("predictions.jsonl", {"model": "my-model"}) as predictions:
        ...     predictions.append([(("nlvr/1", "nlvr/c71539c484edadb5"), "yes")])
    """

    def __init__(self, path: str | Path | None, settings: Mapping[str, Any]) -> None:
        self.path = None if path is None else Path(path)
        self.texts: dict[Key, str] = {}
        self._lines: dict[Key, int] = {}
        self._file: BinaryIO | None = None
        if self.path is not None:
            self._open(self.path, json.loads(json.dumps({"predictions": _FORMAT, **settings})))

    def __enter__(self) -> Predictions:
        return self

    def __exit__(self, *error: object) -> None:
        if self._file is not None:
            self._file.close()

    def check(self, unique_ids: Collection[str], instruction_ids: Collection[str]) -> None:
        """Refuse predictions for other examples or wordings than these.

        Raises:
            SettingError: Raised if there are any.
        """
        for (unique_id, instruction_id), line in self._lines.items():
            for kind, given, known in (
                ("unique_id", unique_id, unique_ids),
                ("instruction_id", instruction_id, instruction_ids),
            ):
                if given not in known:
                    raise SettingError(
                        f"{self.path}, line {line}: unknown {kind} {given!r}: this evaluation has {len(known)} others. "
                        "Evaluate the same examples (limit=) and wordings as before, or choose another file "
                        "(predictions=, --predictions)."
                    )

    def append(self, predicted: Iterable[tuple[Key, str]]) -> None:
        """Add predictions, and sync them to disk.

        Raises:
            OutputError: Raised if the disk is full or the file cannot be written.
        """
        added = dict(predicted)
        self._write({"unique_id": key[0], "instruction_id": key[1], "prediction": text} for key, text in added.items())
        self.texts.update(added)

    def _open(self, path: Path, settings: Mapping[str, Any]) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            content = path.read_bytes() if path.exists() else b""
            length = self._complete(content)
            self._read(content[:length], settings)
            self._file = path.open("ab", buffering=0)
            self._file.truncate(length)
        except OSError as error:
            raise OutputError(f"Cannot write the predictions {path}: {error}") from error
        if not length:
            self._write([settings])
        elif not content[:length].endswith(b"\n"):
            self._write_bytes(self._file, b"\n")

    def _complete(self, content: bytes) -> int:
        """The length without an incomplete last line, which a process killed while writing leaves."""
        length = content.rfind(b"\n") + 1
        tail = content[length:]
        if tail and _row_of(tail) is not None:  # a file from elsewhere, without a last line break
            return len(content)
        if tail and not length and tail != _PREFIX[: len(tail)] and not tail.startswith(_PREFIX):
            raise self._malformed(1, tail)
        return length

    def _read(self, content: bytes, settings: Mapping[str, Any]) -> None:
        for number, line in enumerate(content.splitlines(), 1):
            row = self._parsed(line, number)
            if number == 1 and "predictions" in row:
                self._check_settings(row, settings)
                continue
            if not (row.keys() >= _KEYS and isinstance(row["prediction"], str)):
                raise self._malformed(number, line)
            key = (str(row["unique_id"]), str(row["instruction_id"]))
            if key in self._lines:
                raise SettingError(
                    f"{self.path}, line {number}: the prediction for {key[0]!r} with {key[1]!r} is there twice, "
                    f"first in line {self._lines[key]}. Keep one of them."
                )
            self.texts[key], self._lines[key] = row["prediction"], number

    def _parsed(self, line: bytes, number: int) -> dict[str, Any]:
        row = _row_of(line)
        if row is None or not ("predictions" in row or row.keys() >= _KEYS):
            raise self._malformed(number, line)
        return row

    def _malformed(self, number: int, line: bytes) -> SettingError:
        return SettingError(
            f"{self.path}, line {number}: expected an object with unique_id, instruction_id and prediction, a text, "
            f"but got {line[:80]!r}."
        )

    def _check_settings(self, found: Mapping[str, Any], settings: Mapping[str, Any]) -> None:
        names = dict.fromkeys((*settings, *found))
        changed = [name for name in names if found.get(name) != settings.get(name)]
        if changed:
            differences = "; ".join(
                f"{name} was {found.get(name)!r} and is now {settings.get(name)!r}" for name in changed
            )
            raise SettingError(
                f"The predictions {self.path} belong to an evaluation with other settings: {differences}. "
                "Use the same settings to resume, or another file."
            )

    def _write(self, rows: Iterable[Mapping[str, Any]]) -> None:
        if self._file is not None:
            # ASCII only: predictions may contain lone surrogates.
            self._write_bytes(self._file, "".join(json.dumps(row) + "\n" for row in rows).encode("ascii"))

    def _write_bytes(self, file: BinaryIO, data: bytes) -> None:
        try:
            while data:  # an unbuffered file may write only a part
                data = data[file.write(data) :]
            os.fsync(file.fileno())
        except OSError as error:
            raise OutputError(
                f"Cannot write the predictions {self.path}: {error}. What was written is intact: free some space and "
                "run the same evaluation again to resume."
            ) from error


def _row_of(line: bytes) -> dict[str, Any] | None:
    try:
        row = json.loads(line)
    except ValueError:
        return None
    return row if isinstance(row, dict) else None
