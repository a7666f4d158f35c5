"""Every error this package raises on purpose.

    InstrAugError
    ├── UnknownNameError       a task, benchmark, strategy ... that does not exist (KeyError)
    ├── TemplateError          an instruction text that is not a template (ValueError)
    ├── TaskError              a task declaration that contradicts itself (ValueError)
    ├── PoolError              a pool that is empty, malformed or lacks a task (ValueError)
    ├── ExampleError           an example that cannot be rendered or identified (ValueError)
    ├── SettingError           an argument outside its range (ValueError)
    ├── SourceError            a raw file or record that is not what its source promises (ValueError)
    │   └── PictureError       a picture that is missing, truncated or no picture at all
    ├── MissingFilesError      raw files that are not there (FileNotFoundError)
    ├── UnsafePathError        a path in the data that leaves the data dir (PermissionError)
    ├── EngineError            an engine that cannot go on (RuntimeError)
    ├── PublicationError       data, names or a card that cannot be published as they are (ValueError)
    ├── HubError               a Hub that refuses or cannot be reached (ConnectionError)
    ├── OutputError            a file that cannot be written (OSError)
    └── DependencyError        a library that is missing or too old (ImportError)

Each also inherits the built-in that fits, so that code which knows nothing of this package can still catch it.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

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
]


class InstrAugError(Exception):
    """The root of all errors of this package."""


class UnknownNameError(InstrAugError, KeyError):
    """A name that is not declared; the message lists near matches, or everything when nothing is near.

    Args:
        kind: What was asked for, as a word in a sentence ("task", "strategy").
        name: What the caller wrote.
        known: Every name that would have been accepted; None where `kind` is the whole message already, as it is when a
            `DataLoader` makes the error of one of its workers anew.
        hint: A closing sentence that says where to look, if there is such a place.
    """

    def __init__(self, kind: str, name: object = None, known: Iterable[str] | None = None, *, hint: str = "") -> None:
        self.kind, self.name, self.known = kind, name, sorted(known or ())
        super().__init__(kind if known is None else _unknown_name_message(kind, name, self.known, hint))

    # A KeyError shows the repr of its key; this one has a sentence to say.
    __str__ = Exception.__str__

    def __reduce__(self) -> tuple[object, ...]:
        # Exceptions pickle their args; ours differ from the constructor's, and workers send exceptions home by pickle.
        return _restored, (type(self), self.args, self.__dict__)


class TemplateError(InstrAugError, ValueError):
    """An instruction text with an unknown placeholder, unbalanced braces or anything beyond a plain `{name}`."""


class TaskError(InstrAugError, ValueError):
    """A task declaration with missing, unknown or contradictory facts."""


class PoolError(InstrAugError, ValueError):
    """A pool that is empty, has the wrong columns, or lacks a task that the data asks for."""


class ExampleError(InstrAugError, ValueError):
    """An example without an id, with an id seen before, or without a field that its instruction needs."""


class SettingError(InstrAugError, ValueError):
    """An argument outside the values it may take."""


class SourceError(InstrAugError, ValueError):
    """A raw file or record that is not what its source promises.

    Args:
        problem: What is wrong, without a full stop.
        file: The file, as the user would name it.
        record: Where in the file: a line, an index or a natural key.
        field: The field of the record, where one is to blame.
    """

    def __init__(self, problem: str, *, file: str = "", record: str = "", field: str = "") -> None:
        self.problem, self.file, self.record, self.field = problem, file, record, field
        where = ", ".join(f"{word} {value}" for word, value in (("record", record), ("field", field)) if value)
        super().__init__(": ".join(part for part in (file, where, problem) if part))

    def __reduce__(self) -> tuple[object, ...]:
        return _restored, (type(self), self.args, self.__dict__)


class PictureError(SourceError):
    """A picture that is missing, truncated, or not a picture."""


class MissingFilesError(InstrAugError, FileNotFoundError):
    """Raw files that are not in the data dir; the message names them, their licence and where to get them."""


class UnsafePathError(InstrAugError, PermissionError):
    """A path found in the data that points outside the data dir."""


class EngineError(InstrAugError, RuntimeError):
    """An engine that cannot go on: no access, no such model, or nothing but failures."""


class PublicationError(InstrAugError, ValueError):
    """Data, names or a card that cannot be published as they are."""


class HubError(InstrAugError, ConnectionError):
    """A Hub that refuses a request, or that cannot be reached."""

    __str__ = Exception.__str__


class OutputError(InstrAugError, OSError):
    """A file that cannot be written: the disk is full, or the place is not ours."""

    # An OSError splits its arguments into errno and text; ours is one sentence.
    __str__ = Exception.__str__


class DependencyError(InstrAugError, ImportError):
    """A library that is not installed or not in a supported version; the message gives the install line."""


def _restored(kind: type[InstrAugError], args: tuple[object, ...], state: dict[str, object]) -> InstrAugError:
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(state)
    return error


def _unknown_name_message(kind: str, name: object, known: list[str], hint: str) -> str:
    lowered = {candidate.lower(): candidate for candidate in known}
    close = difflib.get_close_matches(str(name).lower(), lowered, n=5, cutoff=0.5)
    if close:
        advice = f"Did you mean {' or '.join(repr(lowered[match]) for match in close)}?"
    elif known:
        shown = ", ".join(known[:20]) + (", ..." if len(known) > 20 else "")
        advice = f"Known: {shown}."
    else:
        advice = "None are declared."
    return " ".join(part for part in (f"Unknown {kind} {name!r}.", advice, hint) if part)
