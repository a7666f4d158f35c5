"""What docs/tasks.md says of the tasks is what is declared, and the picture of README.md can be drawn anew."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from scripts import readme_picture
from scripts.tables import PAGE, with_tables

README = Path(__file__).parents[1] / "README.md"


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


def test_the_picture_is_small_and_shown_with_a_description() -> None:
    """The README shows the file that the script writes, which loads with the page."""
    file = readme_picture.PICTURE
    assert f"the prompt changes.]({file.relative_to(README.parent)})" in README.read_text(encoding="utf-8")
    assert file.stat().st_size < 100_000
    assert ElementTree.parse(file).getroot().tag == "{http://www.w3.org/2000/svg}svg"


def test_the_picture_of_the_explorer_is_small_and_shown_with_a_description() -> None:
    """The README and the guide show it."""
    file = README.parent / "docs/explorer.png"
    assert file.stat().st_size < 150_000
    for page, address in ((README, "docs/explorer.png"), (README.parent / "docs/explore.md", "explorer.png")):
        assert f"options and target of\nepoch 3.]({address})" in page.read_text(encoding="utf-8")


def test_the_picture_shows_one_example_in_three_epochs(tmp_path: Path) -> None:
    """Every word of the three prompts is in it, in order, beside the target and one embedded picture."""
    rows = readme_picture.three_epochs(tmp_path)
    root = ElementTree.fromstring(readme_picture.draw(rows))
    texts = [each.text or "" for each in root.iter("{http://www.w3.org/2000/svg}text")]
    words = f"target, always the same {rows[0]['target']}".split()
    for epoch, row in enumerate(rows):
        words += ["epoch", str(epoch), *row["prompt"].split()]
    assert " ".join(texts).split() == words
    assert len({row["prompt"] for row in rows}) == 3
    hrefs = [each.attrib["href"] for each in root.iter("{http://www.w3.org/2000/svg}image")]
    assert [href[:23] for href in hrefs] == ["data:image/jpeg;base64,"]
