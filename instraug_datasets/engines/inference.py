"""Any OpenAI-compatible server (vLLM, TGI, llama.cpp, `transformers serve` ...) or the Hub's inference providers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from threading import Event
from typing import Any, NamedTuple

from huggingface_hub import InferenceClient
from huggingface_hub.errors import HfHubHTTPError, InferenceTimeoutError, OfflineModeIsEnabled

from ..errors import EngineError, SettingError
from ..hashing import fold
from .base import Completion, Request
from .prompt_formats import chat_messages

__all__ = ["RETRIED", "InferenceEngine"]

RETRIED = (408, 425, 429, 500, 502, 503, 504)
"""HTTP statuses after which a request is tried again; timeouts and broken connections are the other reasons."""

_FATAL = {
    401: "the key is missing or not accepted: give one with the right to use this model",
    402: "the account has no credit left",
    403: "the key has no right to use this model",
    404: "there is no such model or address",
}
_LONGEST = 100_000
_LONGEST_REASON = 200
_NO_KEY = "none"
_FIRST_WAIT, _LONGEST_WAIT = 0.5, 60.0

# The root of what the HTTP library raises, whichever one this version of huggingface_hub is built on.
_HTTPError: type[Exception] = HfHubHTTPError.__bases__[0]

_MALFORMED = (ValueError, TypeError, KeyError, AttributeError, IndexError)
_FAILURES = (_HTTPError, OSError, *_MALFORMED)


class InferenceEngine:
    """Completes requests by chat completions of a server, many at a time.

    Args:
        model: The model's name as the server knows it; may be left out where it serves a single one.
        base_url: The server, for example `http://127.0.0.1:8000/v1`; None takes the Hub's inference providers.
        api_key: The key that the server asks for. Without one, a server of one's own gets none, and the Hub gets the
            token that `huggingface_hub` has stored.
        concurrency: How many requests are under way at once.
        timeout: Seconds to wait for the server to say anything.
        retries: How often a request is tried again.
        sleep: Waits for so many seconds between tries; by default so that it can be broken off.
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
        sleep: Callable[[float], object] | None = None,
    ) -> None:
        if model is None and base_url is None:
            raise SettingError("The engine 'inference' needs a model or a base_url, but got neither.")
        if concurrency < 1 or retries < 0 or not timeout > 0:
            raise SettingError(
                f"Expected concurrency >= 1, retries >= 0 and timeout > 0, but got {concurrency}, {retries}, {timeout}."
            )
        self.model = model
        self._concurrency, self._retries, self._sleep = concurrency, retries, sleep
        # Without a key the client would send its stored token for the Hub, which is no other server's business.
        key = api_key or (_NO_KEY if base_url else None)
        self._client = InferenceClient(base_url=base_url, token=key, timeout=timeout)

    def complete(self, requests: Iterable[Request]) -> Iterator[Completion]:
        """One completion for each request, in the order in which the server is done with them.

        Raises:
            EngineError: The server refuses access, or knows no such model.
        """
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
            (self._sleep or stop.wait)(max(failure.wait, _wait(request, attempt)))
        return Completion(request.key, "", error=failure.reason)

    def _chat(self, request: Request) -> Any:
        return self._client.chat_completion(
            chat_messages(request),
            model=self.model,
            temperature=request.temperature,
            top_p=request.top_p,
            max_tokens=request.max_tokens,
            seed=fold(request.key) >> 33,  # the 31 bits that servers take
        )


def _completion(request: Request, answer: Any) -> Completion:
    text = answer.choices[0].message.content or ""
    if not isinstance(text, str):
        raise TypeError(text)
    usage = getattr(answer, "usage", None)
    return Completion(
        request.key,
        text[:_LONGEST],
        prompt_tokens=_count(usage, "prompt_tokens"),
        completion_tokens=_count(usage, "completion_tokens"),
    )


def _count(usage: Any, name: str) -> int:
    number = getattr(usage, name, 0)
    return number if isinstance(number, int) else 0


class _Failure(NamedTuple):
    reason: str
    final: bool = False
    wait: float = 0.0


def _failure(error: Exception) -> _Failure:
    """What went wrong with one try, and whether another makes sense.

    Raises:
        EngineError: No request will ever succeed.
    """
    if isinstance(error, HfHubHTTPError):
        status = error.response.status_code
        if status in _FATAL:
            raise EngineError(f"The server answered HTTP {status}: {_FATAL[status]}.") from error
        return _Failure(f"HTTP {status}", final=status not in RETRIED, wait=_asked_wait(error))
    if isinstance(error, OfflineModeIsEnabled):
        raise EngineError("HF_HUB_OFFLINE is set, and huggingface_hub reaches no server then: unset it.") from error
    if isinstance(error, InferenceTimeoutError):
        return _Failure("timeout")
    if isinstance(error, _HTTPError | OSError):
        return _Failure(f"connection failed: {type(error).__name__}")
    # What is no chat completion, a page in HTML or JSON of another shape, and what the client refuses to send. Neither
    # will get better.
    return _Failure(f"no usable answer: {type(error).__name__}: {str(error)[:_LONGEST_REASON]}", final=True)


def _asked_wait(error: HfHubHTTPError) -> float:
    """The seconds that the server asks to wait, within reason."""
    asked = error.response.headers.get("retry-after", "")
    return min(_LONGEST_WAIT, float(asked)) if asked.isdecimal() else 0.0


def _wait(request: Request, attempt: int) -> float:
    """Seconds before a further try: doubling, less up to a half that differs from request to request."""
    jitter = fold(request.key, attempt) / 2**64
    return min(_LONGEST_WAIT, _FIRST_WAIT * 2.0 ** (attempt - 1)) * (1 + jitter) / 2
