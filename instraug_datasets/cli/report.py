"""`instraug pool report`: an HTML report about a pool."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..errors import DependencyError
from .output import print_message

__all__ = ["report"]


def report(
    pool: Annotated[
        str,
        typer.Argument(help="A bundled pool, a .parquet or .tsv file, or a Hub id.", show_default=False),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="Output file.")] = Path("report.html"),
    dropped: Annotated[Path | None, typer.Option(help="A file written by `instraug expand --dropped`.")] = None,
    encoder: Annotated[
        str | None,
        typer.Option(
            help="Sentence encoder for the embedding-based metrics.", show_default="all-MiniLM-L6-v2, if installed"
        ),
    ] = None,
    title: Annotated[str, typer.Option(help="Heading of the report.", show_default="the pool's digest")] = "",
) -> None:
    """Write a self-contained HTML report: expansion, dropped candidates, diversity, samples, and a search.

    Example: instraug pool report pool.parquet --dropped dropped.jsonl -o report.html
    """
    from ..evaluation import read_dropped, render_report
    from ..filters.embeddings import load_sentence_encoder
    from ..pool import InstructionPool

    try:
        encode = load_sentence_encoder(encoder).encode
    except DependencyError as error:
        if encoder is not None:
            raise
        encode = None
        print_message(f"Without embedding-based metrics: {error}")
    loaded = InstructionPool.load(pool)
    page = render_report(loaded, dropped=read_dropped(dropped) if dropped else (), encode=encode, title=title)
    output.write_text(page, encoding="utf-8")
    print_message(f"{loaded} in {output}")
