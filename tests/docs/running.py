"""Runs the code of a page as a reader would: from top to bottom, in an empty folder, in one namespace.

- A `python` block runs; a `text` block after it is what it prints.
- A `console` block that shows output runs, if its commands are those of `instraug`; one without output is only parsed.
- `...` in an output stands for anything, for what differs from run to run.
- A block that includes a file is marked `{.python}` and left out: the tests of that file run it.
"""

import contextlib
import doctest
import io
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import typer.main
from typer.testing import CliRunner

from instraug_datasets.cli.commands import app

__all__ = ["DOCS", "ROOT", "Output", "code_blocks", "commands", "is_shown", "outputs", "parse_command"]

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
_BLOCK = re.compile(r"^```(\w+)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Output:
    """What a block prints, and what the page shows."""

    code: str
    printed: str
    shown: str


def code_blocks(text: str) -> list[tuple[str, str]]:
    """The kind and the content of each block of a page."""
    return [(kind, content) for kind, content in _BLOCK.findall(text)]


def commands(text: str) -> list[str]:
    """The commands of the console blocks of a page, without those of other programs."""
    found = [command for kind, content in code_blocks(text) if kind == "console" for command, _ in _session(content)]
    return [command for command in found if command.startswith("instraug ")]


def parse_command(command: str) -> None:
    """Read a command and its options as `instraug` does, without running it."""
    found, arguments, context = typer.main.get_command(app), shlex.split(command, comments=True)[1:], None
    while hasattr(found, "resolve_command"):
        context = found.make_context(found.name, list(arguments), parent=context)
        _, found, arguments = found.resolve_command(context, arguments)
    found.make_context(found.name, list(arguments), parent=context)


def outputs(text: str, name: str, given: Mapping[str, Any] = MappingProxyType({})) -> list[Output]:
    """Run the blocks of a page, with these names to begin with; return each output beside what was printed."""
    names: dict[str, Any] = {"__name__": "__main__", **given}
    found: list[Output] = []
    last = Output("", "", "")
    for kind, content in code_blocks(text):
        if kind == "python":
            with contextlib.redirect_stdout(io.StringIO()) as out:
                exec(compile(content, name, "exec"), names)
            last = Output(content, out.getvalue(), "")
        elif kind == "text":
            found.append(Output(last.code, last.printed, content))
        elif kind == "console":
            found.extend(_run_session(content))
    return found


def is_shown(output: Output) -> bool:
    """Whether what was printed is what the page shows."""
    return doctest.OutputChecker().check_output(output.shown, output.printed, doctest.ELLIPSIS)


def _run_session(content: str) -> Iterator[Output]:
    session = list(_session(content))
    if not any(shown for _, shown in session):
        return
    for command, shown in session:
        if not command.startswith("instraug "):
            raise ValueError(f"Only commands of instraug can be shown with output, not {command!r}.")
        result = CliRunner().invoke(app, shlex.split(command, comments=True)[1:])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        yield Output(command, result.output, shown)


def _session(content: str) -> Iterator[tuple[str, str]]:
    """Each command of a console block, with the output below it."""
    for part in re.split(r"^\$ ", content.replace("\\\n", ""), flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\n")
        yield command, output
