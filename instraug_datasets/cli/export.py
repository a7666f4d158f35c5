"""`instraug export`: rows and pictures for other training frameworks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ..errors import MissingFilesError, SettingError
from .choices import BENCHMARKS, FORMATS
from .options import MaxInstructions, OptionsStyle, Pool, RegionStyle, Seed, Strategy, Styles
from .output import print_message, print_table
from .recipe_options import RecipeFile, choose_pool, is_given, load_pool, prompt_options, read_options

__all__ = ["export"]


def export(
    context: typer.Context,
    form: Annotated[
        str, typer.Argument(metavar="FORMAT", help=f"The format: {', '.join(FORMATS)}.", show_default=False)
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="The folder to write.", show_default=False)],
    benchmark: Annotated[
        str | None,
        typer.Argument(metavar="BENCHMARK", help=f"One of {', '.join(BENCHMARKS)}.", show_default="the recipe's"),
    ] = None,
    tasks: Annotated[
        list[str] | None,
        typer.Argument(metavar="TASKS", help="Tasks or their aliases.", show_default="the recipe's, or all of --from"),
    ] = None,
    data_dir: Annotated[
        str | None, typer.Option(help="Folder or fsspec URL of the raw files.", show_default=False)
    ] = None,
    built: Annotated[
        Path | None,
        typer.Option("--from", help="Instead: the output of `instraug build`, or your own data in its layout."),
    ] = None,
    split: Annotated[str, typer.Option(help="The split.")] = "train",
    epochs: Annotated[int, typer.Option(min=1, help="Number of epochs, each with fresh wordings.")] = 1,
    recipe: RecipeFile = None,
    pool: Pool = None,
    strategy: Strategy = "cycle",
    seed: Seed = 0,
    styles: Styles = None,
    options_style: OptionsStyle = "multiinstruct",
    region_style: RegionStyle = "pixels",
    max_instructions: MaxInstructions = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the sizes and stop.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace an earlier export.")] = False,
) -> None:
    """Write prompts for other training frameworks.

    For frameworks that cannot augment while they read: the rows of several epochs, and each picture once.

    Example:
        instraug export llava multiinstruct ITM --data-dir raw -o out --epochs 3
    """
    if (data_dir is None) == (built is None):
        raise typer.BadParameter("Give the raw files with --data-dir, or built ones with --from.")
    from ..exports import FORMATS as DECLARED
    from ..exports import export as export_data
    from ..exports import measure
    from ..stream import augment

    stated = read_options(recipe)
    benchmark = benchmark or stated.benchmark
    names = _names(benchmark, tasks or list(stated.tasks))
    options = prompt_options(context, stated)
    if stated.epochs is not None and not is_given(context, "epochs"):
        epochs = stated.epochs
    if not (pool or recipe or benchmark):
        raise SettingError("Tasks of your own need a pool: --pool pool.parquet.")
    examples = (
        _built(built, names, split) if built else _raw(benchmark, names, split, str(data_dir), seed=options["seed"])
    )
    chosen = choose_pool(pool, benchmark, stated, has_recipe=recipe is not None)
    data = augment(examples, load_pool(chosen, names, options["styles"]), **options)
    _show(measure(data, form, epochs=epochs), epochs)
    if dry_run:
        return
    export_data(data, form, output, epochs=epochs, force=force)
    print_message(f"Wrote {output}. Read it with: {DECLARED[form].reader.replace('OUTPUT', str(output))}")


def _names(benchmark: str, tasks: list[str]) -> list[str]:
    from ..tasks import get_task

    return [get_task(benchmark, each).name if benchmark else each for each in tasks]


def _raw(benchmark: str, tasks: list[str], split: str, data_dir: str, *, seed: int) -> Any:
    """The examples of tasks, one task after the other, from raw files."""
    from datasets import concatenate_datasets

    from ..loading import load_dataset

    if not benchmark:
        raise SettingError("Name the benchmark whose raw files these are, or a recipe file with --recipe.")
    chosen: list[str | None] = [*tasks] or [None]
    streams = [
        load_dataset(benchmark, task, data_dir=data_dir, split=split, streaming=True, seed=seed) for task in chosen
    ]
    return concatenate_datasets(streams) if len(streams) > 1 else streams[0]


def _built(folder: Path, tasks: list[str], split: str) -> Any:
    """The examples of tasks, one task after the other, from Parquet files."""
    from datasets import load_dataset

    from ..hub.shards import read_shards

    shards = read_shards(folder, tasks or None)
    files = [
        str(shard.file)
        for task in tasks or dict.fromkeys(each.task for each in shards)
        for shard in shards
        if (shard.task, shard.split) == (task, split)
    ]
    if not files:
        raise MissingFilesError(f"There are no files of the split {split!r} in {str(folder)!r}.")
    return load_dataset("parquet", data_files=files, split="train", streaming=True)


def _show(sizes: Any, epochs: int) -> None:
    from rich.filesize import decimal

    print_table(
        ("examples", "epochs", "rows", "pictures", "size of pictures", "size of rows"),
        [
            (
                f"{sizes.examples:,}",
                epochs,
                f"{sizes.rows:,}",
                f"{sizes.pictures:,}",
                decimal(sizes.picture_bytes),
                f"about {decimal(sizes.row_bytes)}",
            )
        ],
    )
