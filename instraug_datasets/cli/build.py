"""`instraug build`: builds Parquet files from raw files."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from .builder_access import builders_module
from .choices import RUNNERS
from .options import Benchmark, DataDir, Json, Seed
from .output import count, print_json, print_message, print_table

__all__ = ["build", "show_built"]


def build(
    benchmark: Benchmark,
    data_dir: DataDir,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Output folder for the Parquet files.", show_default=False)
    ],
    tasks: Annotated[
        list[str] | None,
        typer.Argument(metavar="TASKS", help="Tasks or their aliases.", show_default="all with a source"),
    ] = None,
    num_examples: Annotated[
        int, typer.Option(min=0, help="Sample size per task and split; 0 builds all examples.")
    ] = 1000,
    num_proc: Annotated[
        int | None, typer.Option(min=1, help="Number of processes; does not affect the result.", show_default="1")
    ] = None,
    on_error: Annotated[
        str, typer.Option(help="What to do with invalid records and images: raise (stop) or skip (list and continue).")
    ] = "raise",
    check_pictures: Annotated[
        str, typer.Option(help="How to check images: header (first and last bytes) or decode (whole images; slow).")
    ] = "header",
    num_frames: Annotated[int, typer.Option(min=1, help="Number of frames per video.")] = 4,
    runner: Annotated[
        str, typer.Option(help=f"Where to build: {' or '.join(RUNNERS)}; does not affect the result.")
    ] = "local",
    address: Annotated[
        str | None,
        typer.Option(
            help="With --runner ray: address of the cluster, whose machines share both folders.", show_default=False
        ),
    ] = None,
    seed: Seed = 0,
    download: Annotated[
        bool, typer.Option("--download", help="First download missing files that are freely available.")
    ] = False,
    mirror: Annotated[
        str | None,
        typer.Option(
            help="With --download: URL of a mirror with the layout of the data directory.", show_default=False
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Rebuild finished splits, and replace those of other settings.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Build tasks from their original raw files.

    Writes Parquet files with embedded images. An interrupted build resumes where it stopped; a finished split
    is reused. Exit code 1 if nothing could be built.

    Example:
        instraug build multiinstruct nlvr ITM --data-dir raw_datasets -o out
    """
    if download:
        for file in builders_module().fetch_missing(benchmark, tasks or None, data_dir=data_dir, mirror=mirror):
            print_message(f"Fetched {file.path} ({file.size / 1e6:,.1f} MB) from {file.url}")
    # The table reports skipped records, so the builders' warnings would be redundant.
    logging.getLogger("instraug_datasets.builders").setLevel(logging.ERROR)
    built = builders_module().build(
        benchmark,
        tasks or None,
        data_dir=data_dir,
        output=output,
        num_examples=num_examples or None,
        num_proc=num_proc,
        seed=seed,
        on_error=on_error,
        check_pictures=check_pictures,
        num_frames=num_frames,
        force=force,
        runner=runner,
        address=address,
        progress=sys.stderr.isatty(),
    )
    show_built(built if tasks or as_json else _without_absent(built, data_dir), as_json=as_json)
    for task in dict.fromkeys(each.task for each in built if each.skipped):
        print_message(f"The skipped records of {task} are listed in {output / task / 'skipped.jsonl'}")
    if not any(each.problem is None for each in built):
        raise typer.Exit(1)


def _without_absent(built: list[Any], data_dir: str) -> list[Any]:
    """What was built of all tasks; those of which no file is there are only counted."""
    there = {each.task for each in built if each.problem is None}
    absent = dict.fromkeys(each.task for each in built if each.task not in there)
    if absent:
        needs = "needs" if len(absent) == 1 else "need"
        print_message(
            f"{count(len(absent), 'task')} {needs} files that are not there: instraug sources --data-dir {data_dir}"
        )
    return [each for each in built if each.task in there]


def show_built(built: list[Any], *, as_json: bool = False) -> None:
    """Print the result for every task and split, and why some were not built."""
    if as_json:
        print_json(
            {
                name: getattr(each, name)
                for name in ("task", "split", "sources", "examples", "skipped", "seconds", "problem")
            }
            for each in built
        )
    elif built:
        has_skipped = any(each.skipped for each in built)
        print_table(
            ("task", "split", "source", "examples", *(("skipped",) if has_skipped else ()), "seconds", "state"),
            [(*_counts(each), *((_skipped(each),) if has_skipped else ()), *_state(each)) for each in built],
            optional=("seconds", "source"),
        )
    for problem in dict.fromkeys(each.problem for each in built if each.problem):
        print_message(problem)


def _counts(built: Any) -> tuple[object, ...]:
    return built.task, built.split, ", ".join(built.sources), built.examples


def _skipped(built: Any) -> str:
    return "; ".join(f"{number} {reason}" for reason, number in built.skipped.items())


def _state(built: Any) -> tuple[object, ...]:
    return round(built.seconds, 2), "not built" if built.problem else "reused" if built.reused else "built"
