"""The notebook: it is kept without outputs, and its page has its cells, which tests/docs/test_pages.py runs."""

import json

import pytest

from scripts.notebook import NOTEBOOK, PAGE, as_page
from tests.docs.running import code_blocks


def test_the_page_holds_the_cells_of_the_notebook():
    """After a change of the notebook, run scripts/notebook.py."""
    text = PAGE.read_text(encoding="utf-8")
    assert text == as_page(NOTEBOOK.read_text(encoding="utf-8"))
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    assert [content.rstrip("\n") for kind, content in code_blocks(text) if kind == "python"] == code


def test_outputs_are_refused():
    """They would change with every run."""
    cell = {"cell_type": "code", "source": ["1 + 1"], "outputs": [{"output_type": "execute_result"}]}
    with pytest.raises(ValueError, match="has outputs"):
        as_page(json.dumps({"cells": [cell]}))
