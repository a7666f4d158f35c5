"""Executes examples/nlvr.ipynb with Jupyter, and writes docs/notebook.md with its cells and outputs.

python scripts/notebook.py

Needs the extra [notebook]; `make notebook` installs it. The tests compare the page with the notebook, and run its code.
"""

from __future__ import annotations

import base64
import json
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

__all__ = ["NOTEBOOK", "PAGE", "as_page", "execute", "images", "main"]

_ROOT = Path(__file__).parents[1]
NOTEBOOK = _ROOT / "examples" / "nlvr.ipynb"
PAGE = _ROOT / "docs" / "notebook.md"

_NOTE = (
    "<!-- written by scripts/notebook.py -->\n\n"
    "This page is the notebook `examples/nlvr.ipynb`, which Jupyter opens, with the outputs of a run on the demo world."
)


def main() -> None:
    """Execute the notebook, and write it, its page and the images of the page."""
    executed = execute(NOTEBOOK.read_text(encoding="utf-8"))
    NOTEBOOK.write_text(executed, encoding="utf-8")
    notebook = json.loads(executed)
    PAGE.write_text(as_page(notebook), encoding="utf-8")
    for name, content in images(notebook).items():
        (PAGE.parent / name).write_bytes(content)


def execute(notebook: str) -> str:
    """Execute the cells in an empty folder; return the notebook with what they print and show, without stderr.

    Raises:
        nbclient.exceptions.CellExecutionError: Raised if a cell fails.
    """
    import nbformat
    from nbclient import NotebookClient

    executed = nbformat.reads(notebook, as_version=4)
    metadata = dict(executed.metadata)  # a run would add the version of the interpreter
    with tempfile.TemporaryDirectory() as folder:
        resources = {"metadata": {"path": folder}}
        NotebookClient(executed, kernel_name="python3", record_timing=False, resources=resources).execute()
    executed.metadata = metadata
    for cell in executed.cells:
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if output.get("name") != "stderr"]
    return f"{nbformat.writes(executed)}\n"


def as_page(notebook: Mapping[str, Any]) -> str:
    """The cells of a notebook as Markdown: text as it stands, code in blocks, and below each what it printed."""
    parts: list[str] = []
    for number, cell in enumerate(notebook["cells"]):
        source = "".join(cell["source"])
        parts += [source] if cell["cell_type"] == "markdown" else [f"```python\n{source}\n```", *_shown(cell, number)]
    return "\n\n".join([parts[0], _NOTE, *parts[1:]]) + "\n"


def images(notebook: Mapping[str, Any]) -> dict[str, bytes]:
    """The images of a notebook by the names that the page gives them."""
    return {
        _image_name(number): base64.b64decode("".join(output["data"]["image/png"]))
        for number, cell in enumerate(notebook["cells"])
        for output in cell.get("outputs", ())
        if _is_image(output)
    }


def _shown(cell: Mapping[str, Any], number: int) -> Iterator[str]:
    printed = "".join("".join(output["text"]) for output in cell["outputs"] if output["output_type"] == "stream")
    if printed:
        yield f"```text\n{printed.rstrip()}\n```"
    if any(_is_image(output) for output in cell["outputs"]):
        yield f"![{cell['metadata']['alt']}]({_image_name(number)})"


def _is_image(output: Mapping[str, Any]) -> bool:
    return "image/png" in output.get("data", {})


def _image_name(number: int) -> str:
    return f"notebook_{number}.png"


if __name__ == "__main__":
    main()
