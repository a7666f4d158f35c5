"""The exceptions of this package.

    InstrAugError
    ├── UnknownNameError       an unknown task, benchmark, strategy ... (KeyError)
    ├── TemplateError          a malformed instruction text (ValueError)
    ├── TaskError              an invalid task declaration (ValueError)
    ├── PoolError              an empty, malformed or incomplete pool (ValueError)
    ├── ExampleError           an example that cannot be rendered or identified (ValueError)
    ├── SettingError           an argument that is out of range (ValueError)
    ├── SourceError            an invalid raw file or record (ValueError)
    │   └── PictureError       a missing, truncated or invalid image
    ├── MissingFilesError      missing raw files (FileNotFoundError)
    ├── UnsafePathError        a path in the data that leaves the data directory (PermissionError)
    ├── EngineError            an engine failure (RuntimeError)
    ├── PublicationError       data, names or a card that cannot be published (ValueError)
    ├── HubError               a Hub that refuses a request or cannot be reached (ConnectionError)
    ├── OutputError            a file that cannot be written (OSError)
    ├── UnsupportedError       an operation that augmented data do not support (AttributeError)
    └── DependencyError        a missing or outdated library (ImportError)

Each also inherits from the matching built-in exception, so that generic handlers catch it.

Example:
    >>> try:
    ...     load_dataset("multiinstruct", "ITM", data_dir="raw_datasets")
    ... except errors.MissingFilesError as error:
    ...     print(error)
"""

from __future__ import annotations

import difflib
import re
import reprlib
from collections.abc import Iterable, Sequence
from itertools import accumulate

__all__ = [
    "DependencyError",
    "EngineError",
    "ExampleError",
    "HubError",
    "InstrAugError",
    "MissingFilesError",
    "OutputError",
    "PictureError",
    "PoolError",
    "PublicationError",
    "SettingError",
    "SourceError",
    "TaskError",
    "TemplateError",
    "UnknownNameError",
    "UnsafePathError",
    "UnsupportedError",
    "brief",
    "joined",
    "several",
    "shown",
    "without_controls",
]

_MAX_SHOWN = 200
_MAX_TEXT = 600
_MAX_PROBLEMS = 20


def shown(value: object) -> str:
    """The repr of a value for a message, shortened to 200 characters.

    Example:
        >>> len(shown("a" * 1_000_000))
        200
    """
    try:
        text = _REPR.repr(value)
    except ValueError:  # an integer with more digits than Python converts
        text = f"<{type(value).__name__}>"
    return without_controls(_cut(text, _MAX_SHOWN))


def brief(text: object) -> str:
    """The text, such as another library's message, for a message of ours: shortened to 600 characters, no controls.

    Example:
        >>> raise PoolError(f"{path}: {brief(error)}") from error
    """
    return without_controls(_cut(str(text), _MAX_TEXT))


def several(heading: str, problems: Iterable[object]) -> str:
    """A message about several problems, a line each: the first 20 of them, and the number of the others.

    Example:
        >>> several("tasks.yaml has 2 problems", ["line 3: ...", "line 7: ..."]).splitlines()[0]
        'tasks.yaml has 2 problems:'
    """
    lines = [f"- {problem}" for problem in problems]
    more = len(lines) - _MAX_PROBLEMS
    return "\n".join([f"{heading}:", *lines[:_MAX_PROBLEMS], *([f"- and {more} more"] if more > 0 else [])])


def joined(names: Sequence[str]) -> str:
    """As many whole names as a message has room for, and the number of the others.

    Example:
        >>> joined(["caption", "vqa"])
        'caption, vqa'
    """
    texts = [without_controls(_cut(name, _MAX_SHOWN)) for name in names]
    number = sum(length <= _MAX_TEXT for length in accumulate(len(text) + 2 for text in texts))
    return ", ".join(texts[:number]) + (f" and {len(names) - number} more" if number < len(names) else "")


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 3]}..."


def without_controls(text: str) -> str:
    r"""The text with control characters as escapes, except for tabs and line breaks, so that no terminal obeys them.

    Example:
        >>> without_controls("a\x1b[2J")
        'a\\x1b[2J'
    """
    return _CONTROLS.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""C0 and C1 codes, and the marks that reverse the direction of text."""

# Visits only the values that it shows: a few lines of YAML with aliases can stand for billions of them.
_REPR = reprlib.Repr()
_REPR.maxlevel, _REPR.maxstring, _REPR.maxother, _REPR.maxlong = 3, _MAX_SHOWN, _MAX_SHOWN, _MAX_SHOWN


class InstrAugError(Exception):
    """The base class of all exceptions of this package."""


class UnknownNameError(InstrAugError, KeyError):
    """An unknown name; the message lists close matches, or the known names.

    Args:
        kind: The kind of name, such as "task" or "strategy".
        name: The unknown name.
        known: All valid names; None if `kind` is the complete message, as when a `DataLoader` re-raises the exception
            of a worker.
        hint: A final sentence with further advice.
    """

    def __init__(self, kind: str, name: object = None, known: Iterable[str] | None = None, *, hint: str = "") -> None:
        self.kind, self.name, self.known = kind, name, sorted(known or ())
        super().__init__(kind if known is None else _unknown_name_message(kind, name, self.known, hint))

    # KeyError would show the repr of the message.
    __str__ = Exception.__str__

    def __reduce__(self) -> tuple[object, ...]:
        # By default exceptions are rebuilt from their args, which differ from the constructor's; workers pickle them.
        return _restored, (type(self), self.args, self.__dict__)


class TemplateError(InstrAugError, ValueError):
    """An instruction text with unbalanced braces or a placeholder that is not a plain `{name}`."""


class TaskError(InstrAugError, ValueError):
    """A task declaration with missing, invalid or contradictory values.

    Args:
        problem: The message.
        problems: What is wrong, one by one, if the message lists several problems.
    """

    def __init__(self, problem: str, problems: Iterable[str] = ()) -> None:
        self.problems = tuple(problems) or (problem,)
        super().__init__(problem)


class PoolError(InstrAugError, ValueError):
    """A pool that is empty, has invalid columns, or lacks a task of the data."""


class ExampleError(InstrAugError, ValueError):
    """An example with a missing or duplicate id, or without a field that its instruction requires."""


class SettingError(InstrAugError, ValueError):
    """An argument that is out of range or not applicable."""


class SourceError(InstrAugError, ValueError):
    """An invalid raw file or record.

    Args:
        problem: A description of the problem, without a full stop.
        file: The path of the file.
        record: The record within the file: a line number, an index or a key.
        field: The invalid field of the record.
    """

    def __init__(self, problem: str, *, file: str = "", record: str = "", field: str = "") -> None:
        self.problem, self.file, self.record, self.field = problem, file, record, field
        named = (("record", record), ("field", field))
        where = ", ".join(f"{word} {_cut(value, _MAX_SHOWN)}" for word, value in named if value)
        super().__init__(without_controls(": ".join(part for part in (file, where, _cut(problem, _MAX_TEXT)) if part)))

    def __reduce__(self) -> tuple[object, ...]:
        return _restored, (type(self), self.args, self.__dict__)


class PictureError(SourceError):
    """A missing, truncated or invalid image."""


class MissingFilesError(InstrAugError, FileNotFoundError):
    """Missing raw files; the message lists them with their licence and download page."""


class UnsafePathError(InstrAugError, PermissionError):
    """A path in the data that points outside the data directory."""


class EngineError(InstrAugError, RuntimeError):
    """An engine failure: no access, an unknown model, or only failed requests."""


class PublicationError(InstrAugError, ValueError):
    """Data, names or a card that cannot be published as they are."""


class HubError(InstrAugError, ConnectionError):
    """A Hub that refuses a request, or that cannot be reached."""

    __str__ = Exception.__str__


class OutputError(InstrAugError, OSError):
    """A file that cannot be written, because the disk is full or permission is denied."""

    # OSError would interpret its arguments as errno and text.
    __str__ = Exception.__str__


class UnsupportedError(InstrAugError, AttributeError):
    """Something that would lose or freeze the prompts of an augmented data set; the message names another way."""


class DependencyError(InstrAugError, ImportError):
    """A missing library or unsupported version; the message gives the install command."""


def _restored(kind: type[InstrAugError], args: tuple[object, ...], state: dict[str, object]) -> InstrAugError:
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(state)
    return error


def _unknown_name_message(kind: str, name: object, known: list[str], hint: str) -> str:
    lowered = {candidate.lower(): candidate for candidate in known}
    # Of a long name, the start is compared: the time grows with the square of the length.
    close = difflib.get_close_matches(str(name)[:_MAX_SHOWN].lower(), lowered, n=5, cutoff=0.5)
    if close:
        advice = f"Did you mean {' or '.join(shown(lowered[match]) for match in close)}?"
    elif known:
        advice = f"Known: {joined(known)}."
    else:
        advice = f"No {kind} is declared."
    return " ".join(part for part in (f"Unknown {kind} {shown(name)}.", advice, hint) if part)
