"""`instraug pool report`: an HTML report about a pool."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from .options import POOL
from .output import print_message
from .progress import show_steps

__all__ = ["report"]


def report(
    pool: Annotated[
        str,
        typer.Argument(metavar="POOL", help=POOL, show_default=False),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="The page to write.")] = Path("report.html"),
    dropped: Annotated[
        Path | None, typer.Option(help="A file written by `instraug expand --dropped`.", show_default=False)
    ] = None,
    encoder: Annotated[
        str | None,
        typer.Option(
            help="Also compute metrics of embeddings, about 30 ms of processor time per instruction: `default` for "
            "all-MiniLM-L6-v2, or the folder or Hub id of another sentence encoder.",
            show_default=False,
        ),
    ] = None,
    title: Annotated[str, typer.Option(help="Heading of the report.", show_default="the pool's name")] = "",
) -> None:
    """Write an HTML report about a pool.

    One page without other files: expansion, dropped candidates, diversity, samples, and a search. It needs jinja2, and
    for self-BLEU also sacrebleu; both come with `pip install 'instraug-datasets[report]'`.

    Example:
        instraug pool report pool.parquet --dropped dropped.jsonl -o report.html
    """
    from ..evaluation import read_dropped, render_report
    from ..filters.embeddings import load_sentence_encoder
    from ..pool import InstructionPool
    from ..storage import output_file, write_whole

    output = output_file(output, "--output")
    encode = load_sentence_encoder(None if encoder == "default" else encoder).encode if encoder else None
    loaded = InstructionPool.load(pool)
    with show_steps() as on_task:
        page = render_report(
            loaded,
            dropped=read_dropped(dropped) if dropped else (),
            encode=encode,
            title=title or f"Instruction pool {pool}",
            on_task=on_task,
        )
    write_whole(output, page.encode())
    print_message(f"{loaded} in {output}")
    if find_spec("sacrebleu") is None:
        print_message("The page lacks self-BLEU, which requires sacrebleu: pip install 'instraug-datasets[report]'.")
