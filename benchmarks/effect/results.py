"""The file of results: one JSON line per trained arm and seed, which a later run reads and adds to."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["Results"]


class Results:
    """The finished arms and seeds of one set of settings.

    Lines of other settings stay in the file and are not read. A torn last line, of a run that was killed while it was
    written, is cut off.

    Attributes:
        runs: The results by arm and seed.
    """

    def __init__(self, path: Path, settings: Mapping[str, Any]) -> None:
        self._path, self._settings = path, json.loads(json.dumps(settings))
        path.parent.mkdir(parents=True, exist_ok=True)
        self.runs: dict[tuple[str, int], dict[str, Any]] = {}
        for line in _whole_lines(path):
            run = json.loads(line)
            if run["settings"] == self._settings:
                self.runs[run["arm"], run["seed"]] = run

    def add(self, arm: str, seed: int, result: Mapping[str, Any]) -> None:
        """Append a line; it is on disk when this returns."""
        run = {"arm": arm, "seed": seed, **result, "settings": self._settings}
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(run) + "\n")
            file.flush()
            os.fsync(file.fileno())
        self.runs[arm, seed] = run

    def scores(self, arm: str, test: str, figure: str) -> dict[int, float]:
        """A figure of an arm on a test, by seed."""
        found = {seed: run["scores"][test][figure] for (name, seed), run in self.runs.items() if name == arm}
        return {seed: float(value) for seed, value in sorted(found.items()) if value is not None}


def _whole_lines(path: Path) -> list[str]:
    if not path.is_file():
        return []
    content = path.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    if len(whole) < len(content):
        with path.open("r+b") as file:
            file.truncate(len(whole))
    return whole.decode("utf-8").splitlines()
