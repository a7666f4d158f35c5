"""One repository: a bare git repository, and its large files beside it."""

import json
import re
import subprocess
import threading
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from .exchange import Refusal

LARGE = ("parquet", "arrow", "bin", "zip", "png", "jpg")
ATTRIBUTES = "".join(f"*.{ending} filter=lfs diff=lfs merge=lfs -text\n" for ending in LARGE).encode()
STALE = "A commit has happened since. Please refresh and try again."

_POINTER = re.compile(rb"version https://git-lfs\.github\.com/spec/v1\noid sha256:([0-9a-f]{64})\nsize (\d+)\n\Z")
_LOCKS: dict[Path, threading.Lock] = {}


def git(folder: Path, *arguments: str, data: bytes | None = None) -> bytes:
    """What a git command prints.

    Raises:
        subprocess.CalledProcessError: It fails.
    """
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(command, input=data, capture_output=True, check=True).stdout


class Repository:
    """A data set repository, by the folder that holds it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lock = _LOCKS.setdefault(folder, threading.Lock())

    @classmethod
    def create(cls, folder: Path, *, private: bool) -> "Repository":
        folder.mkdir(parents=True)
        git(folder, "init", "--bare", "--quiet", "--initial-branch", "main")
        (folder / "lfs").mkdir()
        (folder / "hub.json").write_text(json.dumps({"private": private}), encoding="utf-8")
        repository = cls(folder)
        repository.commit("refs/heads/main", None, "initial commit", {".gitattributes": ATTRIBUTES}, [])
        return repository

    @property
    def private(self) -> bool:
        return bool(json.loads((self.folder / "hub.json").read_text(encoding="utf-8"))["private"])

    def resolve(self, revision: str) -> str:
        """The commit that a branch, tag, pull request or commit stands for."""
        names = (f"refs/heads/{revision}", f"refs/tags/{revision}", revision)
        if not revision.startswith("-") and ".." not in revision:
            for name in names:
                try:
                    found = git(self.folder, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
                except subprocess.CalledProcessError:
                    continue
                return found.decode().strip()
        raise Refusal(404, f"Invalid rev id: {revision}", "RevisionNotFound")

    def has(self, ref: str) -> bool:
        return ref in {name for name, _ in self.refs()}

    def refs(self) -> list[tuple[str, str]]:
        """Every ref with its commit."""
        listed = git(self.folder, "for-each-ref", "--format=%(refname) %(objectname)").decode()
        return [(line.split()[0], line.split()[1]) for line in listed.splitlines()]

    def log(self, ref: str = "main") -> list[str]:
        """The subjects of the commits, newest first."""
        return git(self.folder, "log", "--format=%s", ref).decode().splitlines()

    def tree(self, commit: str) -> dict[str, dict[str, Any]]:
        """Every file and folder at a commit, as the Hub describes it."""
        return _tree(self.folder, commit)

    def files(self, revision: str = "main") -> dict[str, str]:
        """Every file at a revision with what identifies its content."""
        tree = self.tree(self.resolve(revision))
        return {path: _content_of(entry) for path, entry in tree.items() if entry["type"] == "file"}

    def read(self, path: str, revision: str = "main") -> bytes:
        """The content of a small file."""
        return git(self.folder, "cat-file", "blob", f"{self.resolve(revision)}:{path}")

    def blob(self, oid: str) -> bytes:
        return git(self.folder, "cat-file", "blob", oid)

    def large_file(self, oid: str) -> Path:
        return self.folder / "lfs" / oid

    def commit(
        self, ref: str, parent: str | None, message: str, files: Mapping[str, bytes], deleted: Iterable[str]
    ) -> str:
        """Make one commit, and move the ref if it still is at the parent."""
        temporary = f"refs/incoming/{uuid.uuid4().hex}"
        try:
            stream = b"".join(_fast_import(temporary, parent, message, files, deleted))
            git(self.folder, "fast-import", "--quiet", data=stream)
            commit = git(self.folder, "rev-parse", temporary).decode().strip()
            git(self.folder, "update-ref", ref, commit, parent or "0" * 40)
        except subprocess.CalledProcessError as error:
            raise Refusal(412, STALE) from error
        finally:
            git(self.folder, "update-ref", "-d", temporary)
        return commit

    def set_ref(self, ref: str, commit: str) -> None:
        git(self.folder, "update-ref", ref, commit)


@lru_cache(maxsize=256)
def _tree(folder: Path, commit: str) -> dict[str, dict[str, Any]]:
    entries: dict[str, dict[str, Any]] = {}
    pointers: list[str] = []
    for line in git(folder, "ls-tree", "-r", "-t", "-l", "-z", commit).split(b"\0")[:-1]:
        head, path = line.decode().split("\t", 1)
        _, kind, oid, size = head.split()
        is_file = kind == "blob"
        entries[path] = {
            "type": "file" if is_file else "directory",
            "oid": oid,
            "size": int(size) if is_file else 0,
            "path": path,
        }
        if is_file and 120 < int(size) < 150:
            pointers.append(path)
    for path, content in zip(pointers, _blobs(folder, [entries[path]["oid"] for path in pointers]), strict=True):
        if found := _POINTER.match(content):
            length = int(found[2])
            lfs = {"oid": found[1].decode(), "size": length, "pointerSize": entries[path]["size"]}
            entries[path].update(lfs=lfs, size=length)
    return entries


def _blobs(folder: Path, oids: list[str]) -> Iterator[bytes]:
    listed = git(folder, "cat-file", "--batch", data="\n".join(oids).encode() + b"\n") if oids else b""
    at = 0
    for _ in oids:
        end = listed.index(b"\n", at)
        size = int(listed[at:end].split()[2])
        yield listed[end + 1 : end + 1 + size]
        at = end + size + 2


def _content_of(entry: Mapping[str, Any]) -> str:
    return str(entry["lfs"]["oid"] if "lfs" in entry else entry["oid"])


def _fast_import(
    ref: str, parent: str | None, message: str, files: Mapping[str, bytes], deleted: Iterable[str]
) -> Iterator[bytes]:
    text = message.encode()
    yield f"commit {ref}\ncommitter test <test@localhost> {int(time.time())} +0000\n".encode()
    yield b"data %d\n%s\n" % (len(text), text)
    if parent:
        yield f"from {parent}\n".encode()
    for path in deleted:
        yield b"D %s\n" % _quoted(path)
    for path, content in files.items():
        yield b"M 100644 inline %s\ndata %d\n%s\n" % (_quoted(path), len(content), content)
    yield b"\n"


def _quoted(path: str) -> bytes:
    return ('"' + path.replace("\\", "\\\\").replace('"', '\\"') + '"').encode()
