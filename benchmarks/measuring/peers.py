"""Other data loading libraries, each in a process of its own that reads the same examples when asked to."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Any

from instraug_datasets.records import FIELDS

from .alternatives import instruction_texts
from .fixtures import Fixtures

__all__ = ["PEERS", "Peer", "PeerProcess"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """Another library.

    Attributes:
        package: Its name on the package index.
        module: What is imported.
        label: What is measured, as in the table.
        advantage: Why it may be faster per example, as a sentence.
        own: Whether it needs a folder of its own, because its dependencies contradict ours.
    """

    package: str
    module: str
    label: str
    advantage: str
    own: bool = False

    @property
    def folder(self) -> Path:
        """The folder that `make bench` installs it into, if it needs one of its own."""
        return Path(sys.prefix) / "peers" / self.package

    @property
    def installed(self) -> bool:
        """Whether it can be measured here."""
        return (self.folder / self.module).is_dir() if self.own else find_spec(self.module) is not None


_OWN_FORMAT = (
    "{} reads copies of the examples in a format of its own, without null fields and without decoding Parquet; writing "
    "them is not on the clock."
)

PEERS: Mapping[str, Peer] = {
    "grain records": Peer(
        package="grain",
        module="grain",
        label="grain, ArrayRecord, `random_map`",
        advantage=_OWN_FORMAT.format("grain"),
    ),
    "grain parquet": Peer(
        package="grain",
        module="grain",
        label="grain, the same Parquet files, `random_map`",
        advantage="grain leaves lists of Parquet as NumPy arrays, of which `datasets` makes Python objects.",
    ),
    "webdataset": Peer(
        package="webdataset",
        module="webdataset",
        label="webdataset, tar shards, `map`",
        advantage=_OWN_FORMAT.format("webdataset"),
    ),
    "litdata": Peer(
        package="litdata",
        module="litdata",
        label="litData, chunks, `transform`",
        advantage=_OWN_FORMAT.format("litData"),
        own=True,
    ),
}


class PeerProcess:
    """A process that has written the examples in the format of a library, and reads them when told to.

    Args:
        name: A key of `PEERS`.
        fixtures: Its first file with pictures is what the library reads.
    """

    def __init__(self, name: str, fixtures: Fixtures) -> None:
        self.peer, self._folder = PEERS[name], fixtures.folder / "peers" / name.replace(" ", "-")
        self._folder.mkdir(parents=True, exist_ok=True)
        settings = {
            "peer": name,
            "package": self.peer.package,
            "files": list(fixtures.files[:1]),
            "texts": instruction_texts(fixtures.pool),
            "fields": FIELDS,
            "folder": str(self._folder),
        }
        (self._folder / "settings.json").write_text(json.dumps(settings), encoding="utf-8")
        self._log = (self._folder / "log.txt").open("w+", encoding="utf-8")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "measuring.peer_process", str(self._folder / "settings.json")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            bufsize=1,
            env=self._environment(),
        )
        self.version = self._answer()

    def __enter__(self) -> PeerProcess:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()
        self._log.close()

    def read(self) -> int:
        """Read all examples once; their number."""
        assert self._process.stdin is not None
        print(file=self._process.stdin)
        return int(self._answer())

    def _answer(self) -> str:
        assert self._process.stdout is not None
        if line := self._process.stdout.readline():
            return line.strip()
        self._log.seek(0)
        raise SystemExit(f"{self.peer.package} failed:\n{self._log.read()[-4000:]}")

    def _environment(self) -> dict[str, Any]:
        paths = [str(self.peer.folder)] if self.peer.own else []
        return {**os.environ, "PYTHONPATH": os.pathsep.join([*paths, str(Path(__file__).parents[1])])}
