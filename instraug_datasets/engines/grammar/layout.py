"""Reorders the blocks of an instruction (options, fields, prose), where its wording allows it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from .protected_spans import PROTECTED_CHARACTERS, span_pattern
from .rules import Grammar

__all__ = ["reorder_blocks"]

_OPTIONS = re.compile(span_pattern("options"))
_FIELD = re.compile(rf"(?:(?!(?:You|They|Now|Suppose)\b)[A-Z][\w-]*(?: [\w-]+){{0,5}}: )?[{PROTECTED_CHARACTERS}]")


@dataclass(frozen=True, slots=True)
class _Block:
    """A paragraph of kind `O` (options), `F` (fields), `P` (prose) or `B` (prose that introduces a block)."""

    kind: str
    text: str


def reorder_blocks(text: str, grammar: Grammar) -> list[str]:
    """Return the protected text itself, then its reorderings."""
    blocks = list(_blocks(text))
    orders = grammar.layouts.get("".join(block.kind for block in blocks), ())
    moved = (_moved(blocks, [int(digit) - 1 for digit in order], grammar) for order in orders)
    return [text, *("\n\n".join(block.text for block in each) for each in moved if each)]


def _blocks(text: str) -> Iterator[_Block]:
    lead = ""
    for paragraph in text.split("\n\n"):
        if lead:
            yield _Block("B", f"{lead}\n\n{paragraph}")
            lead = ""
        elif paragraph.endswith(":"):
            lead = paragraph
        else:
            yield _Block(_kind(paragraph), paragraph)
    if lead:
        yield _Block("P", lead)


def _kind(paragraph: str) -> str:
    if _OPTIONS.fullmatch(paragraph):
        return "O"
    lines = paragraph.split("\n")
    if all(_FIELD.fullmatch(line) for line in lines):
        return "F"
    return "B" if len(lines) > 1 and lines[0].endswith(":") else "P"


def _moved(blocks: Sequence[_Block], order: Sequence[int], grammar: Grammar) -> list[_Block] | None:
    """Return the blocks in another order, with "below" and "above" corrected; None if their wording forbids it."""
    moved = []
    for position in order:
        block = blocks[position]
        before = {blocks[other].kind for other in order[: order.index(position)] if other > position}
        after = {blocks[other].kind for other in order[order.index(position) :] if other < position}
        if block.kind == "P":
            if _is_position_bound(block.text, before, after, grammar):
                return None
            block = replace(block, text=_fix_directions(block.text, before, after, grammar))
        moved.append(block)
    return moved


def _is_position_bound(text: str, before: set[str], after: set[str], grammar: Grammar) -> bool:
    """Whether the prose refers to a block that would move to its other side.

    Args:
        before: Kinds of the blocks that move from after the prose to before it.
        after: Kinds of the blocks that move from before the prose to after it.
    """
    if text.endswith(":") or (before and grammar.guards["leads"].search(text)):
        return True
    back = "refers" if after - {"O"} else "refers_to_options"
    return bool(after and grammar.guards[back].search(text))


def _fix_directions(text: str, before: set[str], after: set[str], grammar: Grammar) -> str:
    for kind in ("O", "F"):
        if kind in before:
            text = grammar.guards[f"below_{kind}"].sub(r"\1above", text)
        if kind in after:
            text = grammar.guards[f"above_{kind}"].sub(r"\1below", text)
    return text
