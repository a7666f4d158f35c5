"""Answers of servers over HTTP: of an inference server, and of a Hub."""

from __future__ import annotations

import json
import socket
import threading
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from huggingface_hub import constants

from instraug_datasets.engines import Request
from instraug_datasets.engines.inference import InferenceEngine
from instraug_datasets.hub.calls import Caller
from instraug_datasets.hub.reading import load_published_pool
from tests.fuzz.draws import Draws, Surface
from tests.fuzz.surfaces.yaml_files import PUBLISHED_RECIPE

__all__ = ["SURFACES"]

_CHAT = {
    "id": "1",
    "object": "chat.completion",
    "created": 1,
    "model": "m",
    "system_fingerprint": "f",
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Text."}}],
    "usage": {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7},
}
_REPOSITORY = {
    "_id": "1",
    "id": "you/data",
    "author": "you",
    "sha": "0123456789012345678901234567890123456789",
    "private": False,
    "tags": [],
    "siblings": [{"rfilename": "README.md"}],
}
_STATUSES = (200, 200, 200, 200, 204, 302, 400, 401, 403, 404, 418, 422, 500, 503, 999)
_HEADERS = (
    *(
        "Retry-After: 0",
        "Retry-After: x",
        "Retry-After: -1",
        "Retry-After: nan",
        "Content-Encoding: gzip",
        "Location: /",
    ),
    *("Location: http://[", "Content-Type: text/html", "ETag: x", "RateLimit: a;r=0;t=0", "Transfer-Encoding: chunked"),
    *("X-Repo-Commit: 0123456789012345678901234567890123456789", "X: \xff", "Date: x", "Content-Length: 3"),
)


class _Server:
    """Answers every request on loopback with the same bytes, and closes the connection."""

    def __init__(self) -> None:
        self.answer = b""
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            connection, _ = self._listening.accept()
            with suppress(OSError), connection:
                self._respond(connection)

    def _respond(self, connection: socket.socket) -> None:
        received = b""
        while b"\r\n\r\n" not in received:
            more = connection.recv(65536)
            if not more:
                return
            received += more
        head, _, body = received.partition(b"\r\n\r\n")
        length = next(
            (int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
        )
        while len(body) < length:
            body += connection.recv(65536)
        connection.sendall(self.answer)


@cache
def _server() -> _Server:
    return _Server()


def _response(draws: Draws, body: bytes) -> bytes:
    """An HTTP response, changed."""
    headers = [f"Content-Length: {len(body)}", "Content-Type: application/json", "Connection: close"]
    headers += draws.several(lambda: draws.pick(_HEADERS), 2)
    head = f"HTTP/1.1 {draws.pick(_STATUSES)} Any\r\n" + "".join(f"{each}\r\n" for each in headers) + "\r\n"
    whole = head.encode("latin-1") + body
    return draws.changed(whole, most=2) if draws.chance(4) else whole


def _changed_json(draws: Draws, value: Any) -> Any:
    """The value with some of its parts replaced by others."""
    if draws.chance(8):
        return draws.pick((None, [], {}, "", 0, -1, 1e308, "x", [None], {"a": []}, 2**70, True))
    if isinstance(value, dict):
        return {name: _changed_json(draws, each) for name, each in value.items() if draws.under(12)}
    if isinstance(value, list):
        return [_changed_json(draws, each) for each in value]
    return value


def check_inference(answer: bytes, folder: Path) -> None:
    """A request is completed, with a text or with the reason why there is none."""
    server = _server()
    server.answer = answer
    with _online():
        engine = InferenceEngine("m", base_url=f"{server.url}/v1", retries=0, timeout=5)
        (completion,) = engine.complete([Request(system="s", text="t")])
    if (completion.error is None) == (completion.text == ""):
        raise AssertionError(completion)


def check_hub(answer: bytes, folder: Path) -> None:
    """What is no pool is refused."""
    server = _server()
    server.answer = answer
    with _online():
        constants.ENDPOINT = server.url
        constants.HUGGINGFACE_CO_URL_TEMPLATE = server.url + "/{repo_id}/resolve/{revision}/{filename}"
        load_published_pool("you/data", caller=Caller(tries=2, first_wait=0, longest_wait=0))


class _online:
    """Lets `huggingface_hub` connect; there is nothing but loopback to connect to."""

    def __enter__(self) -> None:
        self._before = constants.HF_HUB_OFFLINE, constants.ENDPOINT, constants.HUGGINGFACE_CO_URL_TEMPLATE
        constants.HF_HUB_OFFLINE = False

    def __exit__(self, *error: object) -> None:
        constants.HF_HUB_OFFLINE, constants.ENDPOINT, constants.HUGGINGFACE_CO_URL_TEMPLATE = self._before


def _hub_answer(draws: Draws) -> bytes:
    info = json.dumps(_changed_json(draws, _REPOSITORY)).encode()
    return _response(draws, PUBLISHED_RECIPE.encode() if draws.chance(4) else info)


SURFACES = {
    "inference servers": Surface(
        lambda draws: _response(draws, json.dumps(_changed_json(draws, _CHAT)).encode()), check_inference, 4
    ),
    "Hubs": Surface(_hub_answer, check_hub, 2),
}
