"""The notebook: its code runs, and its page holds its cells and outputs."""

import json
from pathlib import Path

import pytest

from scripts.notebook import NOTEBOOK, PAGE, as_page, images
from tests.docs.running import ROOT, code_blocks, outputs

DATA = ROOT / "../shared/data/nlvr"


@pytest.fixture(scope="module")
def notebook():
    """The notebook as it is kept."""
    return json.loads(NOTEBOOK.read_text(encoding="utf-8"))


def test_the_page_holds_the_notebook(notebook):
    """Text, code, outputs and images; after a change of the notebook, run `make notebook`."""
    text = PAGE.read_text(encoding="utf-8")
    assert text == as_page(notebook)
    code = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert [content.rstrip("\n") for kind, content in code_blocks(text) if kind == "python"] == code
    shown = images(notebook)
    assert len(shown) == text.count("](notebook_") == 2
    for name, content in shown.items():
        assert (PAGE.parent / name).read_bytes() == content


def test_every_cell_was_executed_in_order(notebook):
    """The outputs are those of one run from top to bottom, and none is an error."""
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))
    kinds = {output["output_type"] for cell in cells for output in cell["outputs"]}
    assert kinds == {"stream", "display_data", "execute_result"}


def test_the_code_runs_again(tmp_path, monkeypatch):
    """On real raw files where there are any, else on a demo world; wordings, losses and scores may differ."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "agg")
    if DATA.exists():
        Path("raw_datasets").mkdir()
        Path("raw_datasets/nlvr").symlink_to(DATA.resolve())
    found = outputs(PAGE.read_text(encoding="utf-8"), PAGE.name)
    assert all(output.printed for output in found)
    for place in (0, -1):
        assert found[place].printed == found[place].shown
    assert "--- epoch 2\n" in found[2].printed
    assert found[3].printed.endswith("epochs: 3\n")
