r"""Reads the instructions that were written one by one, from YAML files, one file per task.

`tasks/<benchmark>/written/<task>.yaml` holds rewordings of the meta instructions for training, and
`tasks/<benchmark>/heldout/<task>.yaml` instructions that no training pool has, for evaluation::

    instructions:
    # [origin, form, register, answer form, text], and the label pairs that it fits if not all
    - [1, completion, terse, none, "Caption:"]
    - [2, question, neutral, option, "Do text and picture agree?\n\n{text}\n\n{options}", [yes_no]]

`origin` is the number of the meta instruction that the text rewords, from 1; the axes are those of
`instructions.DECLARED_AXES`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from .. import tasks as declared
from ..errors import InstrAugError, PoolError
from ..instructions import Instruction, instruction_id
from ..safe_yaml import parse_yaml
from ..tasks import Task

__all__ = ["ENGINE", "read_written"]

ENGINE = "written"
"""The engine of instructions that were written, not generated."""

_FOLDER = Path(declared.__file__).parent
_COLUMNS = 5


def read_written(task: Task, kind: str = "written", *, folder: Path = _FOLDER) -> list[Instruction]:
    """Read the written instructions of a task, in file order; none if there is no file.

    Args:
        kind: `written`, with the meta instruction that each rewords, or `heldout`, which stand for themselves.

    Raises:
        PoolError: Raised if the file or a row is malformed.

    Example:
        >>> len(read_written(get_task("multiinstruct", "image_caption"))) >= 150
        True
    """
    path = folder / task.benchmark / kind / f"{task.name}.yaml"
    if not path.exists():
        return []
    try:
        document = parse_yaml(path.read_text(encoding="utf-8"))
        rows = list(document["instructions"])
    except (yaml.YAMLError, UnicodeDecodeError, KeyError, TypeError) as error:
        raise PoolError(f"{path}: expected YAML with a list `instructions`: {error}") from error
    return list(_instructions(task, rows, path, keep_origin=kind == "written"))


def _instructions(task: Task, rows: list[list[Any]], path: Path, *, keep_origin: bool) -> Iterator[Instruction]:
    for number, row in enumerate(rows, 1):
        try:
            yield _instruction(task, row, keep_origin=keep_origin)
        except (InstrAugError, ValueError, TypeError) as error:
            raise PoolError(f"{path}, instruction {number}: {error}: {row!r}.") from error


def _instruction(task: Task, row: list[Any], *, keep_origin: bool) -> Instruction:
    if not _COLUMNS <= len(row) <= _COLUMNS + 1:
        raise ValueError("expected [origin, form, register, answer form, text] and perhaps label pairs")
    number, form, register, answer_form, text, *pairs = row
    if not 1 <= number <= len(task.instructions):
        raise ValueError(f"there is no meta instruction {number}")
    origin = instruction_id(task.name, task.instructions[number - 1]) if keep_origin else None
    return Instruction(
        task=task.name,
        text=text,
        origin=origin,
        parent=origin,
        engine=ENGINE,
        iteration=1 if keep_origin else None,
        form=form,
        register=register,
        answer_form=answer_form,
        absent_fields=task.hidden_fields(text),
        label_pairs=tuple(pairs[0]) if pairs else None,
    )
