"""Reads pools in the format of the original research code: TSV files with Python expressions as placeholders.

Columns: `task_name`; `instructions`; `origin`, the index of the row that a variant was rewritten from, or -1 for a meta
instruction; `is_preserved`, whether the research filter kept the row. Expressions are looked up in a table and replaced
by placeholders; nothing is evaluated.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from .errors import PoolError, brief, shown

__all__ = ["EXPRESSIONS", "ResearchPool", "ResearchRow", "parse_research_tsv", "read_research_tsv"]

COLUMNS = ("task_name", "instructions", "origin", "is_preserved")

EXPRESSIONS: Mapping[str, str] = {
    "text": "{text}",
    "question": "{question}",
    "context": "{context}",
    "answer": "{answer}",
    "explanation": "{explanation}",
    "response": "{response}",
    "premise": "{premise}",
    "hypothesis": "{hypothesis}",
    # The options with their marker, which here is part of the options style; a marker alone is dropped.
    "options_str": "\n\n{options}",
    "options_token": "",
    "split_token.join(options)": "{options}",
    # All boxes of an example, or its only one.
    "region": "{region}",
    "given_region": "{region}",
    "region[0]": "{region}",
    "region[1]": "{region}",
    "split_token.join(region)": "{region}",
    "region_split_token.join(region)": "{region}",
    "region_info": "{context}",
    "meta_data['relation']": "{text}",
    "meta_data['method']": "{question}",
    "' '.join(dial_history)": "{history}",
    "dial_history[-1]": "{history}",
    # Constants of the research code.
    "image_token": "image",
    "region_token": "Regions: ",
}
"""The replacement for every expression of the research format."""

_SINGLE_BOXES = {"region[0]", "region[1]", "given_region"}
_OPTIONS_BLOCK = re.compile(r"\{\s*options_token\s*\}\s*\{\s*split_token\s*\.\s*join\(options\)\s*\}")
_PLACEHOLDER = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_NEW_LINE = "[new_line]"
_FLAGS = {"true": True, "1": True, "false": False, "0": False}


@dataclass(frozen=True, slots=True)
class ResearchRow:
    """An instruction of a research pool, with translated placeholders.

    Attributes:
        task: The name of the task in the research code.
        origin: The text of the meta instruction that a variant derives from; None for a meta instruction.
    """

    task: str
    text: str
    origin: str | None


@dataclass(frozen=True, slots=True)
class ResearchPool:
    """The content of a research file.

    Attributes:
        rows: The kept instructions, in file order.
        dropped: Number of rows that the research filter rejected.
        unsupported: Number of kept rows that refer to two boxes separately, which `{region}` cannot express.
    """

    rows: tuple[ResearchRow, ...]
    dropped: int
    unsupported: int = 0


@dataclass(frozen=True, slots=True)
class _Row:
    where: str
    task: str
    instruction: str
    origin: int
    kept: bool


def read_research_tsv(path: str | Path) -> ResearchPool:
    """Read a research pool from a local file.

    Raises:
        FileNotFoundError: Raised if the file does not exist.
        PoolError: Raised as in `parse_research_tsv`.
    """
    with Path(path).open(encoding="utf-8", newline="") as file:
        return parse_research_tsv(file, name=str(path))


def parse_research_tsv(lines: Iterable[str], *, name: str = "the research pool") -> ResearchPool:
    """Parse a research pool from the lines of a file, starting with the header.

    Args:
        lines: Lines with line endings, such as an open file; a quoted cell may span several lines.
        name: The file's name in error messages.

    Raises:
        PoolError: Raised if a column is missing, an origin or flag is malformed, braces are unbalanced, or an
            expression is not in `EXPRESSIONS`.
    """
    rows = _rows(lines, name)
    roots: dict[int, _Row] = {}
    kept = [(row, _root(row, rows, roots)) for row in rows if row.kept]
    supported = [(row, root) for row, root in kept if not (_names_two_boxes(row) or _names_two_boxes(root))]
    return ResearchPool(
        rows=tuple(_translated(row, root) for row, root in supported),
        dropped=len(rows) - len(kept),
        unsupported=len(kept) - len(supported),
    )


def _rows(lines: Iterable[str], name: str) -> list[_Row]:
    reader = csv.reader(lines, delimiter="\t")
    header = next(reader, [])
    missing = [column for column in COLUMNS if column not in header]
    if missing:
        raise PoolError(
            f"{name}: expected the tab-separated columns {', '.join(COLUMNS)}; missing: {', '.join(missing)}."
        )
    rows, line = [], reader.line_num + 1
    for cells in reader:
        if cells:
            rows.append(_row(dict(zip(header, cells, strict=False)), len(cells) == len(header), f"{name}, line {line}"))
        line = reader.line_num + 1
    return rows


def _row(cells: Mapping[str, str], complete: bool, where: str) -> _Row:
    if not complete:
        raise PoolError(f"{where}: the number of cells differs from the header.")
    flag = cells["is_preserved"].strip().lower()
    if flag not in _FLAGS:
        raise PoolError(f"{where}: is_preserved must be True or False, but got {shown(cells['is_preserved'])}.")
    return _Row(where, cells["task_name"], cells["instructions"], _origin(cells["origin"], where), _FLAGS[flag])


def _origin(cell: str, where: str) -> int:
    # pandas writes the integers of a column with missing values as 3.0.
    number = cell.strip().removesuffix(".0")
    if not re.fullmatch(r"-1|\d+", number):
        raise PoolError(f"{where}: origin must be -1 or a zero-based row index, but got {shown(cell)}.")
    return int(number)


def _root(row: _Row, rows: list[_Row], roots: dict[int, _Row]) -> _Row:
    """Return the meta instruction that a row derives from, or the row itself.

    Args:
        roots: The meta instructions of the rows on earlier chains, to which those of this one are added.
    """
    seen, current = set[int](), row
    while current.origin != -1 and current.origin not in roots:
        if current.origin in seen or current.origin >= len(rows):
            raise PoolError(f"{row.where}: origin {current.origin} does not lead to a meta instruction.")
        seen.add(current.origin)
        current = rows[current.origin]
    root = current if current.origin == -1 else roots[current.origin]
    roots.update(dict.fromkeys(seen, root))
    return root


def _names_two_boxes(row: _Row) -> bool:
    named = {_normalized(match[1] or "") for match in _PLACEHOLDER.finditer(row.instruction)}
    return len(_SINGLE_BOXES & named) > 1


def _translated(row: _Row, root: _Row) -> ResearchRow:
    origin = None if root is row else _text(root)
    return ResearchRow(task=row.task, text=_text(row), origin=origin)


def _text(row: _Row) -> str:
    joined = _OPTIONS_BLOCK.sub("{options_str}", row.instruction.replace(_NEW_LINE, "\n"))
    return _PLACEHOLDER.sub(lambda match: _placeholder(match, row.where), joined).strip()


def _placeholder(match: re.Match[str], where: str) -> str:
    if match[0] in ("{{", "}}"):
        return match[0]
    if match[1] is None:
        raise PoolError(f"{where}: unbalanced brace in {shown(match.string)}.")
    placeholder = _BY_EXPRESSION.get(_normalized(match[1]))
    if placeholder is None:
        raise PoolError(f"{where}: unknown expression {brief(match[0])}; known expressions: {', '.join(EXPRESSIONS)}.")
    return placeholder


def _normalized(expression: str) -> str:
    """Normalize white space and quotation marks, which vary in the research code."""
    return "".join(expression.split()).replace('"', "'")


_BY_EXPRESSION = {_normalized(expression): placeholder for expression, placeholder in EXPRESSIONS.items()}
