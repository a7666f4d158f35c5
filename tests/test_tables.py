"""What docs/tasks.md says of the tasks is what is declared."""

import pytest

from scripts.tables import PAGE, with_tables


def test_the_page_holds_the_tasks_that_are_declared() -> None:
    """The tables are those that `make tables` writes: after a change of tasks, rows or sources, run it."""
    text = PAGE.read_text(encoding="utf-8")
    assert text == with_tables(text)


def test_only_what_is_between_the_markers_is_written() -> None:
    """The rest of the file stays, and a file without the markers is refused rather than cut."""
    text = PAGE.read_text(encoding="utf-8")
    start, end = text.index("<!-- tasks"), text.index("<!-- end of tasks")
    assert with_tables(f"{text[:start]}<!-- tasks: written by `make tables` -->\nold\n{text[end:]}") == text
    with pytest.raises(ValueError, match="substring not found"):
        with_tables(text[:end])
