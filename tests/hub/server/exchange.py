"""What travels between the server and a handler: requests, replies, and refusals in the form that clients read."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import BufferedIOBase
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

CHUNK = 1 << 16


class Refusal(Exception):
    """An answer other than success.

    Args:
        status: The HTTP status.
        message: What clients show to people.
        code: What clients tell errors apart by (`RepoNotFound`, `RevisionNotFound`, `EntryNotFound`).
    """

    def __init__(self, status: int, message: str, code: str = "") -> None:
        super().__init__(message)
        self.status, self.message, self.code = status, message, code

    def reply(self) -> "Reply":
        headers = {"X-Error-Message": self.message.replace("\n", " "), "X-Request-Id": "test"}
        if self.code:
            headers["X-Error-Code"] = self.code
        return Reply(self.status, json.dumps({"error": self.message}).encode(), headers)


@dataclass(slots=True)
class Request:
    """One request; its path is still quoted, because a revision may hold a quoted slash."""

    method: str
    target: str
    headers: Mapping[str, str]
    stream: BufferedIOBase
    values: dict[str, str] = field(default_factory=dict)

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        return {name: values[-1] for name, values in parse_qs(urlsplit(self.target).query).items()}

    def value(self, name: str, default: str = "") -> str:
        """A part of the path, unquoted."""
        return unquote(self.values.get(name) or default)

    def chunks(self) -> Iterator[bytes]:
        """The body, whether its length was announced or it comes in pieces."""
        if self.headers.get("transfer-encoding", "").lower() == "chunked":
            while size := int(self.stream.readline().split(b";")[0], 16):
                yield self.stream.read(size)
                self.stream.readline()
            self.stream.readline()
            return
        left = int(self.headers.get("content-length", "0"))
        while left:
            chunk = self.stream.read(min(CHUNK, left))
            if not chunk:
                raise ConnectionError("the client went away")
            left -= len(chunk)
            yield chunk

    def body(self) -> bytes:
        return b"".join(self.chunks())

    def json(self) -> Any:
        return json.loads(self.body())

    def form(self, name: str) -> list[str]:
        """The values of a field, whether the body is a form or JSON."""
        body = self.body()
        if self.headers.get("content-type", "").startswith("application/json"):
            return list(json.loads(body)[name])
        return parse_qs(body.decode()).get(name, [])


@dataclass(slots=True)
class Reply:
    """An answer; its body is text in memory, or part of a file."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    file: Path | None = None
    start: int = 0
    length: int | None = None

    @property
    def size(self) -> int:
        return len(self.body) if self.file is None or self.length is None else self.length

    def chunks(self) -> Iterator[bytes]:
        if self.file is None:
            yield self.body
            return
        with self.file.open("rb") as stream:
            stream.seek(self.start)
            left = self.size
            while left and (chunk := stream.read(min(CHUNK, left))):
                left -= len(chunk)
                yield chunk


def json_reply(content: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    """A reply in JSON."""
    return Reply(status, json.dumps(content).encode(), {"Content-Type": "application/json", **(headers or {})})


def ranged(request: Request, content: bytes | Path, headers: Mapping[str, str]) -> Reply:
    """The content, or the one range of it that was asked for."""
    size = len(content) if isinstance(content, bytes) else content.stat().st_size
    known = {"Accept-Ranges": "bytes", "Content-Type": "application/octet-stream", **headers}
    asked = request.headers.get("range")
    if asked is None:
        return _part(content, 0, size, 200, known)
    found = re.fullmatch(r"bytes=(\d*)-(\d*)", asked)
    if not found or not (found[1] or found[2]):
        raise Refusal(400, f"cannot read the range {asked}")
    start = int(found[1]) if found[1] else max(0, size - int(found[2]))
    stop = min(int(found[2]) + 1, size) if found[1] and found[2] else size
    if start >= stop:
        return Reply(416, b"", {"Content-Range": f"bytes */{size}"})
    return _part(content, start, stop, 206, {**known, "Content-Range": f"bytes {start}-{stop - 1}/{size}"})


def _part(content: bytes | Path, start: int, stop: int, status: int, headers: dict[str, str]) -> Reply:
    if isinstance(content, bytes):
        return Reply(status, content[start:stop], headers)
    return Reply(status, b"", headers, file=content, start=start, length=stop - start)
