"""`instraug explore`: a web page with examples under every wording."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer

from .choices import BENCHMARKS
from .options import MaxInstructions, OptionsStyle, Pool, RegionStyle, Seed, Strategy, Styles, parse_styles
from .output import print_message

__all__ = ["explore"]

_OPTIONS = ("seed", "strategy", "options_style", "region_style", "max_instructions")


def explore(
    context: typer.Context,
    built: Annotated[
        Path | None,
        typer.Argument(
            metavar="FOLDER", help="The output of `instraug build`, or your own data in its layout.", show_default=False
        ),
    ] = None,
    data_dir: Annotated[
        str | None, typer.Option(help="Instead: folder of raw files, unpacked or as zip archives.", show_default=False)
    ] = None,
    repo_id: Annotated[
        str | None, typer.Option(help="Instead: a data set published on the Hub.", show_default=False)
    ] = None,
    benchmark: Annotated[
        str, typer.Option(help=f"The benchmark of raw files: {', '.join(BENCHMARKS)}.")
    ] = "multiinstruct",
    pool: Pool = None,
    strategy: Strategy = "cycle",
    seed: Seed = 0,
    styles: Styles = None,
    options_style: OptionsStyle = "multiinstruct",
    region_style: RegionStyle = "pixels",
    max_instructions: MaxInstructions = None,
    host: Annotated[str, typer.Option(help="The address to listen at; 0.0.0.0 for all.")] = "127.0.0.1",
    port: Annotated[int | None, typer.Option(help="The port.", show_default="the first free one from 7860")] = None,
    browser: Annotated[bool, typer.Option(help="Whether to open the page in the browser.")] = True,
) -> None:
    """Explore examples and their prompts in a browser.

    Shows pictures with their boxes, and instruction, options, target and lineage. Without data, shows generated
    pictures of colored shapes.

    Example:
        instraug explore
        instraug explore --data-dir raw_datasets --pool pool.parquet
    """
    if sum(each is not None for each in (built, data_dir, repo_id)) > 1:
        raise typer.BadParameter("Give one of FOLDER, --data-dir and --repo-id.")
    from .recipe_options import is_given

    options: dict[str, Any] = {name: context.params[name] for name in _OPTIONS if is_given(context, name)}
    if styles:
        options["styles"] = parse_styles(styles)
    from ..explorer import check_installed, launch, open_built, open_demo, open_published, open_raw

    check_installed()
    with tempfile.TemporaryDirectory() as folder:
        if built is not None:
            shown = open_built(built, pool=pool or benchmark, **options)
        elif data_dir is not None:
            shown = open_raw(data_dir, benchmark, pool=pool, **options)
        elif repo_id is not None:
            shown = open_published(repo_id, pool=pool, **options)
        else:
            print_message(
                "No data given: generating a demo world. `instraug explore --help` says how to show your own data."
            )
            shown = open_demo(folder, benchmark, pool=pool, **options)
        app = launch(shown, host=host, port=port, inbrowser=browser, prevent_thread_lock=True)
        print_message(f"Showing {shown.title} at {app.local_url} (Ctrl-C stops it).")
        app.block_thread()
