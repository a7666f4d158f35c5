"""Writes the task tables in docs/tasks.md, one per benchmark, from the declared tasks and the rows.

python scripts/tables.py    # or: make tables
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from instraug_datasets.builders.rows import rows_of
from instraug_datasets.tasks import BENCHMARKS, Task

__all__ = ["BEGIN", "END", "PAGE", "tables", "with_tables"]

PAGE = Path(__file__).parents[1] / "docs" / "tasks.md"
BEGIN = "<!-- tasks: written by `make tables` -->"
END = "<!-- end of tasks -->"

_TITLES = {"multiinstruct": "MULTIINSTRUCT", "instructblip": "InstructBLIP"}
_HEADS = ("task", "title", "category", "role", "fields", "sources")


def main() -> None:
    """Update the tables in docs/tasks.md."""
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


def with_tables(text: str) -> str:
    """Replace the text between the two markers of a page by the tables.

    Raises:
        ValueError: If a marker is missing.
    """
    start, end = text.index(BEGIN) + len(BEGIN), text.index(END)
    return f"{text[:start]}\n\n{tables()}\n\n{text[end:]}"


def tables() -> str:
    """A section with a table for each benchmark."""
    return "\n\n".join(_section(benchmark) for benchmark in _TITLES)


def _section(benchmark: str) -> str:
    tasks = list(BENCHMARKS[benchmark].values())
    rows = [_HEADS, ("---",) * len(_HEADS), *(_cells(task) for task in tasks)]
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    return f"## {_TITLES[benchmark]}\n\n{_counts(tasks)}.\n\n{table}"


def _counts(tasks: list[Task]) -> str:
    roles = Counter(task.role for task in tasks)
    words = {"train": "tasks for training", "eval": "for evaluation", "excluded": "excluded"}
    return ", ".join(f"{roles[role]} {text}" for role, text in words.items() if roles[role])


def _cells(task: Task) -> tuple[str, ...]:
    # Extra sources, such as the importer of processed files, serve almost all tasks and are left out.
    sources = [row.source.name for row in rows_of(task.benchmark, task.name) if not row.source.extra]
    return (
        f"`{task.name}`",
        task.title,
        task.category,
        task.role,
        ", ".join(task.fields),
        ", ".join(f"`{name}`" for name in dict.fromkeys(sources)),
    )


if __name__ == "__main__":
    main()
