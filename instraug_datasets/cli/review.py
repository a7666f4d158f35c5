"""`instraug pool review`: a blind reading of a pool, and what it found."""

from __future__ import annotations

import itertools
import logging
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from ..errors import MissingFilesError, SettingError, UnknownNameError
from .builder_access import demo_module
from .options import POOL
from .output import print_json, print_message, print_table

__all__ = ["review"]

_EXAMPLES = 40
_DEMO_IMAGES = 24


def review(
    ref: Annotated[
        str | None,
        typer.Argument(metavar="POOL", help=f"{POOL} Not with --read.", show_default=False),
    ] = None,
    sample: Annotated[int, typer.Option(min=1, help="Number of instructions.")] = 200,
    seed: Annotated[int, typer.Option(help="Seed of the sample and its order.")] = 0,
    data_dir: Annotated[
        Path | None, typer.Option(help="Raw files to take examples from.", show_default="generated pictures of shapes")
    ] = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="The sheet to write.")] = Path("review.csv"),
    read: Annotated[
        Path | None, typer.Option(help="A graded sheet: print its rates instead of writing one.", show_default=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the rates as JSON lines.")] = False,
) -> None:
    """Write a sheet of prompts to grade by hand, and read it back.

    The sheet does not tell where an instruction comes from; the graded one is read into rates with intervals.

    Example:
        instraug pool review multiinstruct --sample 200 -o review.csv
        instraug pool review --read review.csv
    """
    if read is not None:
        _print_rates(read, as_json=as_json)
    elif ref is None:
        raise SettingError("Which pool? Give one to write a sheet, or --read SHEET to read a graded one.")
    else:
        from ..evaluation.review import review_sheet
        from ..pool import InstructionPool
        from ..storage import output_file, write_whole

        output = output_file(output, "--output")
        pool = InstructionPool.load(ref)
        with tempfile.TemporaryDirectory() as folder:
            raw = data_dir or _demo(Path(folder))
            sheet = review_sheet(pool, lambda task: list(_examples(task, raw)), sample=sample, seed=seed)
        write_whole(output, sheet.encode())
        print_message(f"{output}: write good, stiff or bad under 'grade', then: instraug pool review --read {output}")


def _print_rates(path: Path, *, as_json: bool) -> None:
    from ..evaluation.review import read_sheet, review_rates

    rates = list(review_rates(read_sheet(path.read_text(encoding="utf-8"), place=str(path))))
    if as_json:
        print_json({"grade": grade, **rate._asdict()} for grade, rate in rates)
        return
    print_table(
        ("grade", "count", "of", "share", "95 % interval"),
        [
            (grade, rate.given, rate.total, f"{rate.given / rate.total:.1%}", f"{rate.low:.1%} to {rate.high:.1%}")
            for grade, rate in rates
        ],
    )


def _demo(folder: Path) -> Path:
    print_message("Examples come from generated pictures of shapes; --data-dir takes them from your raw files.")
    raw: Path = demo_module().write_demo(folder / "raw_datasets", images=_DEMO_IMAGES)
    return raw


def _examples(task: str, raw: Path) -> Iterator[Mapping[str, Any]]:
    """The first examples of a task, of the first benchmark that has it and whose raw files are there."""
    from ..loading import load_dataset
    from ..tasks import BENCHMARKS

    logging.getLogger("instraug_datasets.builders").setLevel(logging.ERROR)
    for benchmark, tasks in BENCHMARKS.items():
        if task not in tasks:
            continue
        try:
            loaded = load_dataset(benchmark, task, data_dir=raw, streaming=True)
        except (MissingFilesError, UnknownNameError):
            continue
        split = next(iter(loaded.values()))
        yield from itertools.islice(
            split.select_columns([name for name in split.column_names if name != "images"]), _EXAMPLES
        )
        return
