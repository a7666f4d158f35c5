"""Xet, as far as a local store shows it: who asks for a token is sent to a folder instead of a server.

The real client writes that folder and reads it. Two processes cannot open it at once, so files are taken out of it when
a reader first asks for them, never while they are being committed.
"""

import struct
import subprocess
import sys
import time
from pathlib import Path

from .exchange import Refusal, Reply, Request, json_reply
from .repository import Repository
from .store import Store

_HEADER, _RECORD, _END = 48, 48, b"\xff" * 32
_HAS_VERIFICATION, _HAS_METADATA = 1 << 31, 1 << 30
_DOWNLOAD = """
import sys, hf_xet
endpoint, xet_hash, size, target = sys.argv[1:]
with hf_xet.XetSession().new_file_download_group(endpoint=endpoint) as group:
    group.start_download_file(hf_xet.XetFileInfo(xet_hash, int(size)), target)
"""


def token(store: Store, request: Request) -> Reply:
    """Where the store is, and what opens it."""
    kind = request.value("kind")
    store.repository(request, write=kind == "write")
    if store.xet is None:
        raise Refusal(404, "This server has no Xet")
    url, expires = f"local://{store.xet}", int(time.time()) + 3600
    headers = {
        "X-Xet-Cas-Url": url,
        "X-Xet-Access-Token": "x",
        "X-Xet-Token-Expiration": str(expires),
    }
    return json_reply({"casUrl": url, "exp": expires, "accessToken": "x"}, headers=headers)


def find_xet_file(store: Store, oid: str) -> tuple[str, int] | None:
    """The Xet hash and size of a file in the store, by its SHA-256."""
    return _index(store.xet).get(oid) if store.xet is not None else None


def mark_xet_file(repository: Repository, oid: str, xet_hash: str, size: int) -> None:
    """Note that a committed file lies in the store."""
    _mark(repository, oid).write_text(f"{xet_hash} {size}", encoding="utf-8")


def xet_mark(repository: Repository, oid: str) -> tuple[str, int] | None:
    """The Xet hash and size of a committed file, if it came by Xet."""
    mark = _mark(repository, oid)
    if not mark.exists():
        return None
    xet_hash, size = mark.read_text(encoding="utf-8").split()
    return xet_hash, int(size)


def materialise(store: Store, repository: Repository, oid: str) -> None:
    """Take a file out of the store and put it where large files are."""
    mark = xet_mark(repository, oid)
    if mark is None or store.xet is None:
        raise Refusal(404, "Object not found")
    with repository.lock:
        if repository.large_file(oid).exists():
            return
        target = repository.folder / "lfs" / f"{oid}.partial"
        command = [sys.executable, "-c", _DOWNLOAD, f"local://{store.xet}", mark[0], str(mark[1]), str(target)]
        subprocess.run(command, check=True)
        target.rename(repository.large_file(oid))


def stored_bytes(folder: Path) -> int:
    """How much a store holds."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file() and "shards" not in file.parts)


def _mark(repository: Repository, oid: str) -> Path:
    return repository.folder / "lfs" / f"{oid}.xet"


def _index(folder: Path) -> dict[str, tuple[str, int]]:
    """Every file of a store, by SHA-256: its Xet hash and size."""
    found: dict[str, tuple[str, int]] = {}
    for shard in folder.glob("xet/xorbs/shards/*.mdb"):
        data, at = shard.read_bytes(), _HEADER
        while (head := data[at : at + _RECORD])[:32] != _END:
            at += _RECORD
            flags, segments = struct.unpack_from("<II", head, 32)
            size = sum(struct.unpack_from("<I", data, at + _RECORD * n + 36)[0] for n in range(segments))
            at += _RECORD * segments * (2 if flags & _HAS_VERIFICATION else 1)
            if flags & _HAS_METADATA:
                found[_hexadecimal(data[at : at + 32])] = (_hexadecimal(head[:32]), size)
                at += _RECORD
    return found


def _hexadecimal(digest: bytes) -> str:
    return "".join(f"{word:016x}" for word in struct.unpack("<4Q", digest))
