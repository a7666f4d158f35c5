"""`instraug build`: raw files to Parquet."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Annotated, Any

import typer

from .builder_access import builders
from .options import Benchmark, DataDir, Json, Seed
from .output import print_json, print_table, say

__all__ = ["build", "show_built"]


def build(
    benchmark: Benchmark,
    data_dir: DataDir,
    output: Annotated[Path, typer.Option("--output", "-o", help="Where the Parquet files go.", show_default=False)],
    tasks: Annotated[
        list[str] | None, typer.Argument(help="Tasks or aliases.", show_default="all that have a source")
    ] = None,
    num_examples: Annotated[
        int, typer.Option(min=0, help="The size of a seeded sample of each task and split; 0 takes all.")
    ] = 1000,
    num_proc: Annotated[int | None, typer.Option(min=1, help="Processes; the result does not depend on it.")] = None,
    on_error: Annotated[
        str, typer.Option(help="At a bad record or picture: raise (stop), or skip (go on, and count it).")
    ] = "raise",
    num_frames: Annotated[int, typer.Option(min=1, help="How many pictures a video gives.")] = 4,
    seed: Seed = 0,
    download: Annotated[
        bool, typer.Option("--download", help="First fetch what is missing and may be fetched without asking.")
    ] = False,
    mirror: Annotated[
        str | None, typer.Option(help="With --download: a site with the same files under their paths in the data dir.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Build again what is finished.")] = False,
    as_json: Json = False,
) -> None:
    """Build tasks from their original raw files into Parquet, pictures inside.

    A build that was interrupted goes on where it stopped. Exit code 1 if nothing could be built.

    Example: instraug build multiinstruct nlvr ITM --data-dir raw_datasets --output out --num-proc 4
    """
    if download:
        for file in builders().fetch_missing(benchmark, tasks or None, data_dir=data_dir, mirror=mirror):
            say(f"Fetched {file.path} ({file.size / 1e6:,.1f} MB) from {file.url}")
    # The table counts what was skipped; the builders' own warnings would say it twice.
    logging.getLogger("instraug_datasets.builders").setLevel(logging.ERROR)
    built = builders().build(
        benchmark,
        tasks or None,
        data_dir=data_dir,
        output=output,
        num_examples=num_examples or None,
        num_proc=num_proc,
        seed=seed,
        on_error=on_error,
        num_frames=num_frames,
        force=force,
    )
    show_built(built, as_json=as_json)
    if not any(each.problem is None for each in built):
        raise typer.Exit(1)


def show_built(built: list[Any], *, as_json: bool = False) -> None:
    """Print what became of every task and split, and why those that are missing are."""
    if as_json:
        print_json(
            {
                name: getattr(each, name)
                for name in ("task", "split", "sources", "examples", "skipped", "seconds", "problem")
            }
            for each in built
        )
    else:
        print_table(
            ("task", "split", "source", "examples", "skipped", "seconds", ""),
            (
                (
                    each.task,
                    each.split,
                    ", ".join(each.sources),
                    each.examples,
                    "; ".join(f"{count} {reason}" for reason, count in each.skipped.items()),
                    round(each.seconds, 2),
                    "not built" if each.problem else "was there" if each.reused else "",
                )
                for each in built
            ),
        )
    for problem in dict.fromkeys(each.problem for each in built if each.problem):
        say(problem)
