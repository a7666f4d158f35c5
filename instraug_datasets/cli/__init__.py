"""The command `instraug`: one module per subcommand, each a thin wrapper around the library."""

from __future__ import annotations

import os
import signal
import sys
import threading
from types import FrameType

from ..errors import InstrAugError, without_controls

__all__ = ["main"]

_INTERRUPTED = 130  # 128 + SIGINT, as shells have it


def main(arguments: list[str] | None = None) -> None:
    """Run the command; errors are printed to stderr in one line, with exit code 1, and Ctrl-C with exit code 130."""
    try:
        _interrupt_only_this_process()
        from .commands import app

        app(arguments)
    except SystemExit as stop:
        if stop.code == _INTERRUPTED:
            _stop()
        raise
    except BaseException as error:
        if _was_interrupted(error):
            _stop()
        if isinstance(error, InstrAugError):
            _fail(str(error))
        if isinstance(error, ImportError):
            _fail_if_unsupported(error)
        if isinstance(error, OSError):
            where = "" if error.filename is None else f": {str(error.filename)!r}"
            _fail(f"{error.strerror or error}{where}.")
        raise


def _was_interrupted(error: BaseException | None) -> bool:
    """Whether Ctrl-C led to an exception, perhaps by way of others: `datasets` raises a timeout of its workers."""
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__ or error.__context__
    return error is not None


def _interrupt_only_this_process() -> None:
    """Let worker processes ignore Ctrl-C, which the terminal sends to them as well: this process ends them."""
    if threading.current_thread() is not threading.main_thread():
        return
    this_process = os.getpid()

    def interrupt(number: int, frame: FrameType | None) -> None:
        if os.getpid() == this_process:
            raise KeyboardInterrupt
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # a worker would print how its queue breaks

    signal.signal(signal.SIGINT, interrupt)


def _stop() -> None:
    after_bar = "\n" if sys.stderr.isatty() else ""
    print(f"{after_bar}Stopped. Run the same command to continue.", file=sys.stderr)  # noqa: T201  # typer may not be imported yet
    raise SystemExit(_INTERRUPTED) from None


def _fail_if_unsupported(error: ImportError) -> None:
    from ..doctor import refuse_unsupported_versions

    try:
        refuse_unsupported_versions(error)
    except InstrAugError as refusal:
        _fail(str(refusal))


def _fail(problem: str) -> None:
    shown = without_controls(problem) if sys.stderr.isatty() else problem
    print(f"Error: {shown}", file=sys.stderr)  # noqa: T201  # typer may not be imported yet
    raise SystemExit(1) from None
