"""Calls to the Hub: which errors are tried again, and what a person is told about the others.

Nothing here keeps a request: its headers hold the token.
"""

from __future__ import annotations

import errno
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from huggingface_hub.errors import (
    HfHubHTTPError,
    HFValidationError,
    LocalTokenNotFoundError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from ..errors import HubError, InstrAugError, OutputError, PublicationError

__all__ = ["TRANSIENT", "Caller", "StaleParentError", "UncertainError", "UnreachableError"]

Result = TypeVar("Result")

TRANSIENT = (408, 429, 500, 502, 503, 504)
"""The statuses that another attempt may get past."""

_STALE = (409, 412)
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_LOG_IN = (
    "Log in with `hf auth login`, or set HF_TOKEN to a token with write access "
    "(https://huggingface.co/settings/tokens)."
)


class StaleParentError(Exception):
    """Somebody else has committed since."""


class UncertainError(Exception):
    """A call failed in a way that leaves open whether it was carried out."""


class UnreachableError(HubError):
    """No answer came, or `HF_HUB_OFFLINE` forbids to ask."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Makes calls, again where that may help.

    Attributes:
        tries: How often at most.
        first_wait: Seconds before the second attempt; doubled before each further one. `Retry-After` goes before it.
        longest_wait: Seconds that no wait exceeds.
    """

    tries: int = 5
    first_wait: float = 1.0
    longest_wait: float = 60.0

    def __call__(self, call: Callable[[], Result], doing: str, repo_id: str, revision: str = "") -> Result:
        """The result of a call that may be repeated.

        Args:
            doing: What it does, as in "Cannot ... the repository".

        Raises:
            HubError: If it fails with an error that is not transient, or too often; an `UnreachableError` if no answer
                came.
            RepositoryNotFoundError, RevisionNotFoundError: If the client raises them.
        """
        for attempt in range(self.tries):
            failure = self._attempt(call, doing, repo_id, revision, last=attempt == self.tries - 1)
            if not isinstance(failure, _Failure):
                return failure
            self._wait(attempt, failure.after)
        raise AssertionError("the last attempt returns or raises")

    def once(self, call: Callable[[], Result], doing: str, repo_id: str, revision: str = "") -> Result:
        """The result of a call that must not be repeated blindly.

        Raises:
            StaleParentError: If another commit was made since the plan.
            UncertainError: If it may or may not have been carried out.
            HubError: If the Hub refuses it.
        """
        try:
            return call()
        except (OSError, RuntimeError) as error:
            status, message = _status(error), _explained(error, doing, repo_id, revision)
        except ValueError as error:
            status, message = 0, _explained(error, doing, repo_id, revision)
        if status in _STALE:
            raise StaleParentError(message)
        if status is None or status in TRANSIENT:
            raise UncertainError(message)
        raise HubError(message)

    def wait(self, attempt: int) -> None:
        """Wait as before the next attempt."""
        self._wait(attempt, None)

    def _attempt(
        self, call: Callable[[], Result], doing: str, repo_id: str, revision: str, *, last: bool
    ) -> Result | _Failure:
        try:
            return call()
        except InstrAugError:
            raise
        except HFValidationError as error:
            said = str(error).split(" Use `repo_type`")[0]  # an argument that users of ours do not have
            problem: InstrAugError = PublicationError(f"{said} Expected a repository id like 'you/multiinstruct'.")
        except Exception as error:
            # The Xet client and the file system raise whatever they like.
            status = _status(error)
            if isinstance(error, (RepositoryNotFoundError, RevisionNotFoundError)) and status in (401, 404):
                raise
            is_transient = status in TRANSIENT or (status is None and _is_cut(error))
            if is_transient and not last and not isinstance(error, OfflineModeIsEnabled):
                return _Failure(_retry_after(error))
            problem = _final(error, doing, repo_id, revision)
        # Outside of the handler, so that the client's error and the request in it are not kept as its context.
        raise problem

    def _wait(self, attempt: int, after: float | None) -> None:
        time.sleep(min(self.longest_wait, after if after is not None else self.first_wait * 2**attempt))


@dataclass(frozen=True, slots=True)
class _Failure:
    after: float | None


def _final(error: Exception, doing: str, repo_id: str, revision: str) -> InstrAugError:
    """What a person is told of an error that another attempt would not get past."""
    message = _explained(error, doing, repo_id, revision)
    if isinstance(error, OSError) and error.errno in _NO_ROOM:
        return OutputError(f"{message}. Set HF_HOME and TMPDIR to a folder with more room.")
    return UnreachableError(message) if _status(error) is None and _is_cut(error) else HubError(message)


def _status(error: BaseException) -> int | None:
    """The HTTP status of an error; None where no answer came."""
    if isinstance(error, HfHubHTTPError) and error.response is not None:
        return int(error.response.status_code)
    return None


def _is_cut(error: BaseException) -> bool:
    """Whether a connection failed, rather than this machine's disk or our own code."""
    if isinstance(error, LocalTokenNotFoundError) or getattr(error, "errno", None) is not None:
        return isinstance(error, ConnectionError)
    return isinstance(error, (OSError, RuntimeError)) or type(error).__module__.split(".")[0] in ("httpx2", "httpx")


def _retry_after(error: BaseException) -> float | None:
    if not isinstance(error, HfHubHTTPError) or error.response is None:
        return None
    try:
        seconds = float(error.response.headers.get("Retry-After", ""))
    except ValueError:
        return None
    return seconds if seconds >= 0 else None  # nor is NaN a time


def _explained(error: BaseException, doing: str, repo_id: str, revision: str) -> str:
    where = f"Cannot {doing} {repo_id}" + (f" at {revision!r}" if revision not in ("", "main") else "")
    status = _status(error)
    said = _said(error)
    if isinstance(error, LocalTokenNotFoundError) or status == 401:
        return f"{where}: the Hub does not know who you are ({said}). {_LOG_IN}"
    if status == 403:
        return f"{where}: your token does not allow it ({said}). {_LOG_IN}"
    if status == 404:
        return f"{where}: there is no such repository or revision, or your token may not see it. {_LOG_IN}"
    if status in TRANSIENT:
        return f"{where}: the Hub answered {status} ({said}). Nothing has changed there; try again later."
    without_xet = " HF_HUB_DISABLE_XET=1 uploads without Xet." if "xet" in said.lower() else ""
    return f"{where}: {said}{without_xet}"


def _said(error: BaseException) -> str:
    """What an error says, without the address of the request and what belongs to it."""
    if isinstance(error, HfHubHTTPError) and error.response is not None:
        said = error.server_message or error.response.headers.get("X-Error-Message") or ""
        return f"{error.response.status_code}" + (f": {' '.join(said.split())}" if said else "")
    return " ".join(str(error).split()) or type(error).__name__
