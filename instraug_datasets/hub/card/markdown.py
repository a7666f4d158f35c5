"""Blocks of Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

__all__ = ["cell", "code", "joined", "number", "table"]


def number(value: int | None) -> str:
    """A count, or nothing for None."""
    return "" if value is None else f"{value:,}"


def cell(text: str) -> str:
    """A text as one cell of a table."""
    return " ".join(text.split()).replace("|", "\\|")


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def code(language: str, *lines: str) -> str:
    """A block of code, fenced so that its text may have fences."""
    text = "\n".join(lines)
    fence = "```"
    while fence in text:  # an instruction may hold a fence of its own
        fence += "`"
    return f"{fence}{language}\n{text}\n{fence}"


def joined(*parts: str) -> str:
    """Blocks with an empty line between them; empty ones are left out."""
    return "\n\n".join(part for part in parts if part)
