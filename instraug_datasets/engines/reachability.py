"""Tells whether a server accepts connections, before a run spends minutes on retries."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from ..errors import EngineError

__all__ = ["check_server"]

_PORTS = {"http": 80, "https": 443}


def check_server(url: str, *, timeout: float = 5.0) -> None:
    """Connect to a server once; behind a proxy, do nothing.

    Args:
        timeout: Seconds to wait for the connection.

    Raises:
        EngineError: Raised if the URL is malformed, or no server accepts connections there.

    Example:
        >>> check_server("http://127.0.0.1:8000/v1")
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        host = port = None
    if host is None or port is None:
        raise EngineError(f"The URL of a server must look like http://127.0.0.1:8000/v1, but is {url!r}.")
    if parts.scheme in getproxies() and not proxy_bypass(host):
        return
    try:
        socket.create_connection((host, port), timeout=timeout).close()
    except OSError as error:
        reason = error.strerror or str(error)
        raise EngineError(f"No server answers at {url}: {reason}. Start it, or correct the URL.") from error
