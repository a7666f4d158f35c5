"""The page of the API: every public name is on it, with its docstring and an example that runs."""

import re

import pytest

import instraug_datasets
from builders import __all__ as builder_names
from tests.docs.running import DOCS, code_blocks

PAGE = (DOCS / "reference.md").read_text(encoding="utf-8")
CODE = "\n".join(content for kind, content in code_blocks(PAGE) if kind == "python")


@pytest.mark.parametrize("name", sorted(set(instraug_datasets.__all__) - {"__version__"}))
def test_every_public_name_has_its_docstring_on_the_page(name):
    """A new one needs a line of its own."""
    assert re.search(rf"^::: instraug_datasets\.{name}$", PAGE, re.MULTILINE)


@pytest.mark.parametrize("name", instraug_datasets.__all__)
def test_every_public_name_has_an_example(name):
    """It stands in the code of the page, which tests/docs/test_pages.py runs."""
    assert re.search(rf"\b{name}\b", CODE)


@pytest.mark.parametrize("name", ["MultiInstruct", "InstructBlip"])
def test_the_builder_classes_are_on_the_page(name):
    """With docstring and example."""
    assert name in builder_names
    assert f"::: builders.{name}\n" in PAGE
    assert name in CODE
