"""A client whose requests end in time and whose replies are of a bounded size, whatever the server sends."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

from huggingface_hub import InferenceClient, get_session
from huggingface_hub.errors import HfHubHTTPError
from huggingface_hub.utils import hf_raise_for_status  # type: ignore[attr-defined]

from ..deadlines import Deadline

__all__ = ["BoundedClient", "HTTPError"]

# The base class of what the HTTP library raises, whichever library this version of huggingface_hub uses.
HTTPError: type[Exception] = HfHubHTTPError.__bases__[0]
_TIMEOUT: type[Exception] = importlib.import_module(HTTPError.__module__.partition(".")[0]).TimeoutException

_MAX_BYTES = 16 << 20
"""More than any reply of a chat model has."""

_ENCODINGS = frozenset({"content-encoding", "transfer-encoding", "content-length"})


class BoundedClient(InferenceClient):
    """Like `InferenceClient`, but `timeout` holds for the whole of a request, and a reply has at most 16 MB.

    Raises:
        TimeoutError: Raised if the reply is not complete in time.
        ValueError: Raised if the reply is larger, or is empty.
    """

    def __init__(self, *, base_url: str | None, token: str | None, timeout: float) -> None:
        super().__init__(base_url=base_url, token=token, timeout=timeout)
        self._seconds = timeout

    def _inner_post(self, request_parameters: Any, *, stream: bool = False) -> bytes:  # type: ignore[override]
        with Deadline(self._seconds) as deadline:
            try:
                return self._receive(request_parameters, deadline)
            except (HTTPError, OSError) as error:
                late = isinstance(error, _TIMEOUT) or deadline.expired
                if late and not isinstance(error, HfHubHTTPError):
                    raise TimeoutError(f"no complete reply within {self._seconds:g} seconds") from error
                raise

    def _receive(self, sent: Any, deadline: Deadline) -> bytes:
        def trace(name: str, info: Mapping[str, Any]) -> None:
            if name in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
                deadline.watch(info["return_value"].get_extra_info("socket"))

        with get_session().stream(
            "POST",
            sent.url,
            json=sent.json,
            content=sent.data,
            # The socket of a connection that is used again would be unknown until the headers have come.
            headers={**sent.headers, "connection": "close"},
            cookies=self.cookies,
            timeout=self._seconds,
            extensions={"trace": trace},
        ) as response:
            body = bytearray()
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > _MAX_BYTES:
                    raise ValueError(f"the reply has more than {_MAX_BYTES:,} bytes")
        if deadline.expired:  # without a length, this looks like the end of the reply
            raise TimeoutError(f"no complete reply within {self._seconds:g} seconds")
        headers = [each for each in response.headers.items() if each[0].lower() not in _ENCODINGS]
        whole = type(response)(response.status_code, headers=headers, content=bytes(body), request=response.request)
        hf_raise_for_status(whole)
        if not whole.is_success or not body:
            raise ValueError(f"HTTP {whole.status_code} with {len(body):,} bytes is no chat completion")
        return bytes(body)
