"""The pages: their code runs and prints what they show, and their commands have the options that they are given."""

import re

import pytest

from examples.toy_task import POOL, questions
from instraug_datasets import augment
from tests.docs.running import DOCS, ROOT, Output, code_blocks, commands, is_shown, outputs, parse_command

PAGES = sorted(DOCS.glob("*.md"))
WITH_COMMANDS = (*PAGES, ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "hub_cards").glob("*.md")))

GIVEN = {"epochs": {"augment": augment, "pool": POOL, "stream": questions().to_iterable_dataset()}}
"""What a page shows code for without making it."""


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path, monkeypatch):
    """Pages write files; tables are as wide as a page is."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "train.py").touch()  # a reader's script
    monkeypatch.setenv("COLUMNS", "120")


@pytest.mark.parametrize(
    "page", [page for page in PAGES if page.stem not in ("engines", "notebook")], ids=lambda page: page.stem
)
def test_a_page_prints_what_it_shows(page):
    """Every block of the page runs in order; what it prints is what stands below it."""
    for output in outputs(page.read_text(encoding="utf-8"), page.name, GIVEN.get(page.stem, {})):
        assert is_shown(output), (
            f"{page.name} shows\n{output.shown}\nfor\n{output.code}\nwhich prints\n{output.printed}"
        )


def test_the_code_for_other_engines_is_python():
    """It needs Ray and Spark, so that here it is compiled only."""
    blocks = [content for kind, content in code_blocks((DOCS / "engines.md").read_text("utf-8")) if kind == "python"]
    assert blocks
    for content in blocks:
        compile(content, "engines.md", "exec")


def test_the_readme_shows_one_question_in_three_wordings():
    """Its code prints three different prompts with the question in each; the wordings are those of today."""
    (output,) = outputs((ROOT / "README.md").read_text(encoding="utf-8"), "README.md")
    for text in (output.printed, output.shown):
        prompts = re.split(r"^\d: ", text, flags=re.MULTILINE)[1:]
        assert len(set(prompts)) == 3
        assert all("What grows in the pot?" in prompt for prompt in prompts)


@pytest.mark.parametrize("page", WITH_COMMANDS, ids=lambda page: f"{page.parent.name}/{page.stem}")
def test_the_commands_of_a_page_exist(page):
    """Each has the arguments and options that the page gives it."""
    for command in commands(page.read_text(encoding="utf-8")):
        parse_command(command)


@pytest.mark.parametrize("command", ["instraug pol stats x", "instraug pool stat x", "instraug tasks --jsn"])
def test_a_misspelt_command_is_found(command):
    """A wrong command, subcommand or option is an error."""
    with pytest.raises(Exception, match=r"(?i)no such"):
        parse_command(command)


@pytest.mark.parametrize(
    ("shown", "same"), [("a\nb\n", True), ("a\n...\n", True), ("...\n", True), ("a\n", False), ("b\na\n", False)]
)
def test_what_is_shown_is_compared(shown, same):
    """Line by line, with `...` for anything."""
    assert is_shown(Output("", "a\nb\n", shown)) is same
