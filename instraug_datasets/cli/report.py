"""`instraug pool report`: one page about a pool."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..errors import DependencyError
from ..evaluation import read_dropped, render_report
from ..filters.embeddings import load_encoder
from ..pool import InstructionPool
from .output import say

__all__ = ["report"]


def report(
    pool: Annotated[
        str,
        typer.Argument(help="A bundled pool's name, a .parquet or .tsv file, or a Hub id.", show_default=False),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="Where the page goes.")] = Path("report.html"),
    dropped: Annotated[Path | None, typer.Option(help="What `instraug expand --dropped` wrote.")] = None,
    encoder: Annotated[
        str | None,
        typer.Option(
            help="A sentence encoder for spread and similarity.", show_default="all-MiniLM-L6-v2, if installed"
        ),
    ] = None,
    title: Annotated[str, typer.Option(help="The page's heading.", show_default="the pool's digest")] = "",
) -> None:
    """Write one self-contained HTML page: expansion, what was dropped, diversity, samples with their lineage, a search.

    Example: instraug pool report pool.parquet --dropped dropped.jsonl -o report.html
    """
    try:
        encode = load_encoder(encoder).encode
    except DependencyError as error:
        if encoder is not None:
            raise
        encode = None
        say(f"Without spread and similarity: {error}")
    loaded = InstructionPool.load(pool)
    page = render_report(loaded, dropped=read_dropped(dropped) if dropped else (), encode=encode, title=title)
    output.write_text(page, encoding="utf-8")
    say(f"{loaded} in {output}")
