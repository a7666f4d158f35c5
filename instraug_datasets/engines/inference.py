"""The engine for any OpenAI-compatible server (vLLM, TGI, llama.cpp, `transformers serve`) and the Hub's providers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from email.utils import parsedate_to_datetime
from math import isfinite
from threading import Event
from time import time
from typing import Any, NamedTuple

from huggingface_hub import constants
from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled

from ..errors import EngineError, SettingError, shown
from ..hashing import fold
from .base import Completion, Request
from .bounded_client import BoundedClient, HTTPError
from .prompt_formats import chat_messages
from .reachability import check_server

__all__ = ["RETRIED", "InferenceEngine"]

RETRIED = frozenset({408, 409, 425, 429, *range(500, 600)} - {501, 505})
"""HTTP statuses after which a request is retried; so are timeouts and broken connections.

Among the 5xx are those of proxies, such as 520 to 524 (Cloudflare) and 529 (overloaded). 409 is a lock that timed out.
"""

_FATAL = {
    401: "the API key is missing or invalid; pass a key that may use this model",
    402: "the account has no credit left",
    403: "the API key may not use this model",
    404: "the model or the address does not exist",
}
_TRUNCATED = ("length", "max_tokens", "model_length")
_FILTERED = "content_filter"
_DISABLE_THINKING = "extra_body={'chat_template_kwargs': {'enable_thinking': False}} turns thinking off for many models"

# `RateLimit: "api";r=0;t=9`: nothing remains, and the window ends in 9 seconds.
_EXHAUSTED = re.compile(r";\s*r=0\s*;\s*t=(\d+)")

_MAX_CHARACTERS = 100_000
_MAX_REASON = 200
_NO_KEY = "none"
_FIRST_WAIT, _LONGEST_WAIT = 0.5, 60.0

_MALFORMED = (ValueError, TypeError, KeyError, AttributeError, IndexError)
_FAILURES = (HTTPError, OSError, *_MALFORMED)


class InferenceEngine:
    """Completes requests with the chat completions of a server, many requests at a time.

    A reply that is empty, was cut off at `max_tokens` or was withheld by a content filter is a failed request.

    Args:
        model: The model's name on the server; optional if the server has only one.
        base_url: The server, for example `http://127.0.0.1:8000/v1`; None selects the Hub's inference providers.
        api_key: The server's API key. Without it, your own server receives no key, and the Hub receives the token that
            `huggingface_hub` has stored.
        concurrency: The number of simultaneous requests.
        timeout: Seconds until a response must be complete.
        retries: The number of retries of a request.
        extra_body: Further fields of every request, for example `{"chat_template_kwargs": {"enable_thinking": False}}`.
        sleep: Waits for a number of seconds between retries; by default a wait that ends when the run is stopped.

    Raises:
        SettingError: Raised if neither a model nor a base_url is given, or if a number is out of range.
    """

    name = "inference"

    def __init__(
        self,
        model: str | None = None,
        *,
        base_url: str | None = None,
        api_key: str | None = None,
        concurrency: int = 16,
        timeout: float = 120.0,
        retries: int = 5,
        extra_body: Mapping[str, Any] | None = None,
        sleep: Callable[[float], object] | None = None,
    ) -> None:
        if model is None and base_url is None:
            raise SettingError("The engine 'inference' needs a model or a base_url, but got neither.")
        for name, value in (("model", model), ("base_url", base_url), ("api_key", api_key)):
            if not isinstance(value, str | None):
                raise SettingError(f"{name} must be text, but got {shown(value)}.")
        _check_range("concurrency", concurrency, int, low=1, high=1024)
        _check_range("timeout", timeout, int | float, low=0.001, high=86_400)
        _check_range("retries", retries, int, low=0, high=1000)
        if not isinstance(extra_body, Mapping | None):
            raise SettingError(f"extra_body must map fields to values, but got {shown(extra_body)}.")
        self.model = model
        self._concurrency, self._retries, self._sleep = concurrency, retries, sleep
        self._extra_body = dict(extra_body or {})
        # Without a key, the client would send its stored Hub token to any server.
        key = api_key or (_NO_KEY if base_url else None)
        self._unchecked_url = base_url
        self._client = BoundedClient(base_url=base_url, token=key, timeout=timeout)

    def complete(self, requests: Iterable[Request]) -> Iterator[Completion]:
        """Yield one completion for each request, in the order in which the server finishes them.

        Raises:
            EngineError: Raised if no server answers at the URL, denies access or does not have the model.
        """
        if self._unchecked_url is not None and not constants.HF_HUB_OFFLINE:
            check_server(self._unchecked_url)
            self._unchecked_url = None
        stop = Event()
        pool = ThreadPoolExecutor(self._concurrency, thread_name_prefix="inference")
        try:
            for future in as_completed([pool.submit(self._complete, request, stop) for request in requests]):
                yield future.result()
        finally:
            stop.set()
            pool.shutdown(wait=False, cancel_futures=True)

    def _complete(self, request: Request, stop: Event) -> Completion:
        failure = _Failure("not tried", final=True)
        for attempt in range(1, self._retries + 2):
            try:
                return _completion(request, self._chat(request))
            except _FAILURES as error:
                failure = _failure(error)
            if failure.final or stop.is_set() or attempt > self._retries:
                break
            (self._sleep or stop.wait)(max(failure.wait, _backoff(request, attempt)))
        return Completion(request.key, "", error=failure.reason)

    def _chat(self, request: Request) -> Any:
        return self._client.chat_completion(
            chat_messages(request),
            model=self.model,
            temperature=request.temperature,
            top_p=request.top_p,
            max_tokens=request.max_tokens,
            seed=fold(request.key) >> 33,  # servers accept 31 bits
            extra_body=self._extra_body,
        )


def _check_range(name: str, value: object, kind: Any, *, low: float, high: float) -> None:
    if not isinstance(value, kind) or isinstance(value, bool) or not low <= value <= high:
        raise SettingError(f"{name} must be a number from {low} to {high}, but got {shown(value)}.")


def _completion(request: Request, answer: Any) -> Completion:
    choice, usage = answer.choices[0], getattr(answer, "usage", None)
    text = _text(choice.message.content)
    error = _reply_error(choice, text, request)
    return Completion(
        request.key,
        "" if error else text[:_MAX_CHARACTERS],
        error=error,
        prompt_tokens=_count(usage, "prompt_tokens"),
        completion_tokens=_count(usage, "completion_tokens"),
    )


def _text(content: Any) -> str:
    """The text of a reply, which some servers send as a list of parts."""
    if isinstance(content, list):
        content = "".join(part["text"] for part in content if part.get("type") in ("text", "output_text"))
    if content is not None and not isinstance(content, str):
        raise TypeError(f"expected text, but got {content!r}")
    return content or ""


def _reply_error(choice: Any, text: str, request: Request) -> str | None:
    """Why a reply cannot be used; None if it can."""
    reason = str(getattr(choice, "finish_reason", None)).lower()
    thought = any(getattr(choice.message, name, None) for name in ("reasoning", "reasoning_content"))
    thinking = f"; the model spent its tokens on reasoning: {_DISABLE_THINKING}" if thought and not text.strip() else ""
    if reason in _TRUNCATED:
        return f"cut off at max_tokens={request.max_tokens}; raise max_tokens" + thinking
    if reason == _FILTERED:
        return "withheld by the server's content filter"
    return None if text.strip() else "empty reply" + thinking


def _count(usage: Any, name: str) -> int:
    number = getattr(usage, name, 0)
    return number if isinstance(number, int) else 0


class _Failure(NamedTuple):
    """Why a request failed, whether it is final, and how many seconds to wait before a retry."""

    reason: str
    final: bool = False
    wait: float = 0.0


def _failure(error: Exception) -> _Failure:
    """Classify an error.

    Raises:
        EngineError: Raised if every request would fail in the same way.
    """
    if isinstance(error, HfHubHTTPError):
        status = error.response.status_code
        if status in _FATAL:
            raise EngineError(f"The server responded with HTTP {status}: {_FATAL[status]}.") from error
        return _Failure(f"HTTP {status}", final=status not in RETRIED, wait=_requested_wait(error.response.headers))
    if isinstance(error, OfflineModeIsEnabled):
        raise EngineError("HF_HUB_OFFLINE is set, so huggingface_hub connects to no server. Unset it.") from error
    if isinstance(error, TimeoutError):
        return _Failure("timeout")
    if isinstance(error, HTTPError | OSError):
        return _Failure(f"connection failed: {type(error).__name__}")
    # The response is no chat completion (an HTML page, JSON of another shape), or the client rejected the request.
    # A retry would not help.
    return _Failure(f"invalid response: {type(error).__name__}: {str(error)[:_MAX_REASON]}", final=True)


def _requested_wait(headers: Mapping[str, str]) -> float:
    """Seconds that the server asks to wait, at most a minute: `Retry-After` (RFC 9110) or `RateLimit` (IETF draft)."""
    after, exhausted = headers.get("retry-after", ""), _EXHAUSTED.search(headers.get("ratelimit", ""))
    wait = 0.0
    if after:
        wait = _seconds(after, since=headers.get("date", ""))
    elif exhausted:
        wait = float(exhausted[1])
    return min(_LONGEST_WAIT, max(0.0, wait))


def _seconds(after: str, *, since: str) -> float:
    """The seconds of a `Retry-After` header: a number, or a date, which is compared with the server's clock."""
    try:
        seconds = float(after)
    except ValueError:
        seconds = (_timestamp(after) or 0.0) - (_timestamp(since) or time())
    return seconds if isfinite(seconds) else 0.0


def _timestamp(date: str) -> float | None:
    try:
        return parsedate_to_datetime(date).timestamp()
    except ValueError:
        return None


def _backoff(request: Request, attempt: int) -> float:
    """Seconds before a retry: exponential backoff with a jitter of up to one half, derived from the request."""
    jitter = fold(request.key, attempt) / 2**64
    return min(_LONGEST_WAIT, _FIRST_WAIT * 2.0 ** (attempt - 1)) * (1 + jitter) / 2
