"""Writes docs/notebook.md from the cells of examples/nlvr.ipynb.

python scripts/notebook.py

The tests compare the two, and run the page's code as they do that of every page.
"""

from __future__ import annotations

import json
from pathlib import Path

__all__ = ["NOTEBOOK", "PAGE", "as_page", "main"]

_ROOT = Path(__file__).parents[1]
NOTEBOOK = _ROOT / "examples" / "nlvr.ipynb"
PAGE = _ROOT / "docs" / "notebook.md"

_NOTE = (
    "<!-- written by scripts/notebook.py -->\n\n"
    "This page is the notebook `examples/nlvr.ipynb`, which Jupyter opens as it is."
)


def as_page(notebook: str) -> str:
    """The cells of a notebook as Markdown: text as it stands, and code in blocks.

    Raises:
        ValueError: Raised if a cell holds outputs; clear them before the notebook is kept.
    """
    parts = []
    for cell in json.loads(notebook)["cells"]:
        source = "".join(cell["source"])
        if cell.get("outputs"):
            raise ValueError(f"A cell has outputs, clear them: {source!r}.")
        parts.append(f"```python\n{source}\n```" if cell["cell_type"] == "code" else source)
    return "\n\n".join([parts[0], _NOTE, *parts[1:]]) + "\n"


def main() -> None:
    """Write the page."""
    PAGE.write_text(as_page(NOTEBOOK.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
