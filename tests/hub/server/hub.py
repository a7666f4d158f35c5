"""A strict stand-in for the Hub on loopback, reading and writing.

It was written from the source of the clients: that it agrees with the real Hub is not proven, so it refuses whatever it
does not know. Large files are redirected to another origin, as on the Hub (`127.0.0.1` to `localhost`).

python -m tests.hub.server.hub FOLDER PORT    # serves until it is interrupted
"""

import re
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any

from . import lfs, reading, writing, xet
from .exchange import Refusal, Reply, Request, json_reply
from .faults import Fault, Faults
from .store import Store

Handler = Callable[[Store, Request], Reply]

_REPO = r"(?P<namespace>[^/]+)/(?P<name>[^/]+)"
_API = rf"/api/datasets/{_REPO}"
_REVISION = r"(?P<revision>[^/]+)"
_OID = r"(?P<oid>[0-9a-f]{64})"

ROUTES: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "/api/whoami-v2", reading.whoami),
    ("POST", "/api/repos/create", writing.create),
    ("POST", "/api/validate-yaml", writing.validate_card),
    ("GET", _API, reading.info),
    ("GET", rf"{_API}/revision/{_REVISION}", reading.info),
    ("GET", rf"{_API}/tree/{_REVISION}(/(?P<path>.*))?", reading.tree),
    ("POST", rf"{_API}/paths-info/{_REVISION}", reading.paths_info),
    ("GET", rf"{_API}/refs", reading.refs),
    ("POST", rf"{_API}/preupload/{_REVISION}", writing.preupload),
    ("POST", rf"{_API}/commit/{_REVISION}", writing.commit),
    ("POST", rf"{_API}/branch/{_REVISION}", writing.branch),
    ("POST", rf"{_API}/discussions", writing.discussions),
    ("GET", rf"{_API}/xet-(?P<kind>read|write)-token/{_REVISION}", xet.token),
    ("POST", rf"/datasets/{_REPO}\.git/info/lfs/objects/batch", lfs.batch),
    ("PUT", rf"/_storage/{_REPO}/{_OID}/(?P<size>\d+)(/(?P<part>\d+))?", lfs.put),
    ("POST", rf"/_complete/{_REPO}/{_OID}/\d+", lfs.complete),
    ("POST", rf"/_verify/{_REPO}", lfs.verify),
    ("GET HEAD", rf"/datasets/{_REPO}/resolve/{_REVISION}/(?P<path>.*)", reading.resolve),
    ("GET HEAD", rf"/_cdn/{_REPO}/{_OID}", reading.cdn),
)


@dataclass(frozen=True, slots=True)
class Logged:
    """One request that came in."""

    line: str
    status: int
    sent: int
    headers: dict[str, str]


@dataclass(slots=True)
class Hub:
    """A running server; a context manager that stops it.

    Attributes:
        store: Its repositories.
        faults: What is to go wrong next.
        log: Every request so far.
    """

    store: Store
    faults: Faults = field(default_factory=Faults)
    log: list[Logged] = field(default_factory=list)
    port: int = 0
    _server: ThreadingHTTPServer | None = None

    def __enter__(self) -> "Hub":
        self._server = _Server(("127.0.0.1", self.port), type("BoundHandler", (_Connection,), {"hub": self}))
        self.port = self._server.server_port
        self.store.base, self.store.cdn = f"http://127.0.0.1:{self.port}", f"http://localhost:{self.port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None):
        assert self._server is not None
        self._server.shutdown()
        self._server.server_close()

    @property
    def endpoint(self) -> str:
        return self.store.base

    def lines(self, pattern: str = "") -> list[str]:
        """The requests so far that match."""
        return [each.line for each in self.log if re.search(pattern, each.line)]

    def answer(self, request: Request) -> Reply:
        """What a request deserves."""
        for methods, pattern, handler in ROUTES:
            found = re.fullmatch(pattern, request.path)
            if found and request.method in methods.split():
                request.values = {name: value for name, value in found.groupdict().items() if value is not None}
                try:
                    return handler(self.store, request)
                except Refusal as refusal:
                    return refusal.reply()
        return Refusal(404, "Sorry, we can't find the page you are looking for.").reply()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        # A client that goes away in the middle is what the tests of faults are about.
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class _Connection(BaseHTTPRequestHandler):
    hub: Hub
    protocol_version = "HTTP/1.1"

    def _serve(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, self.path, headers, self.rfile)
        line = f"{self.command} {self.path}"
        fault = self.hub.faults.take(line)
        if fault is not None and fault.action is not None:
            fault.action()
        if fault is not None and fault.cut is not None:
            self.rfile.read(min(fault.cut, int(headers.get("content-length", "0"))))
            self._hang_up(line, headers)
            return
        reply = self._reply(request, fault)
        self.hub.log.append(Logged(line, reply.status, reply.size, headers))
        self._send(reply, fault)

    def _reply(self, request: Request, fault: Fault | None) -> Reply:
        if fault is None or not fault.status or fault.after:
            reply = self.hub.answer(request)
            if fault is None or not fault.status:
                return reply
        for _ in request.chunks() if not fault.after else ():
            pass
        return json_reply({"error": "this was ordered"}, fault.status, fault.headers)

    def _send(self, reply: Reply, fault: Fault | None) -> None:
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(reply.size))
        if reply.status >= 400:  # the body may not have been read
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        if self.command == "HEAD":
            return
        left = reply.size if fault is None or fault.truncate is None else fault.truncate
        for chunk in reply.chunks():
            self.wfile.write(chunk[:left])
            left -= len(chunk[:left])
        if fault is not None and fault.truncate is not None:
            self.close_connection = True

    def _hang_up(self, line: str, headers: dict[str, str]) -> None:
        self.hub.log.append(Logged(line, 0, 0, headers))
        self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the log is kept."""

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = _serve


def main(folder: str, port: str) -> None:
    """Serve a folder until interrupted."""
    with Hub(Store(Path(folder)), port=int(port)):
        threading.Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
