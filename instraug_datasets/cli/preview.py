"""`instraug preview`: shows the same examples over several epochs side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ..errors import SettingError
from .choices import BENCHMARKS
from .options import DataDir, Json, MaxInstructions, OptionsStyle, Pool, RegionStyle, Seed, Strategy, Styles
from .output import count, print_json, print_message, print_table
from .recipe_options import RecipeFile, choose_pool, is_given, load_pool, prompt_options, read_options

__all__ = ["preview", "show"]


def preview(
    context: typer.Context,
    data_dir: DataDir,
    benchmark: Annotated[
        str | None,
        typer.Argument(metavar="BENCHMARK", help=f"One of {', '.join(BENCHMARKS)}.", show_default="the recipe's"),
    ] = None,
    task: Annotated[
        str | None,
        typer.Argument(
            metavar="TASK", help="A task or its alias; `instraug tasks` lists them.", show_default="the recipe's, each"
        ),
    ] = None,
    recipe: RecipeFile = None,
    epochs: Annotated[int, typer.Option(min=1, help="Number of epochs.")] = 3,
    num_examples: Annotated[int, typer.Option("--num-examples", "-n", min=1, help="Number of examples.")] = 3,
    split: Annotated[str | None, typer.Option(help="The split.", show_default="the first available")] = None,
    pool: Pool = None,
    strategy: Strategy = "cycle",
    seed: Seed = 0,
    styles: Styles = None,
    options_style: OptionsStyle = "multiinstruct",
    region_style: RegionStyle = "pixels",
    max_instructions: MaxInstructions = None,
    html: Annotated[
        Path | None,
        typer.Option(help="Write one page with pictures, boxes and lineage to this file.", show_default=False),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show the same examples with their prompts in each epoch.

    Example:
        instraug preview multiinstruct ITM --data-dir raw_datasets --epochs 5
        instraug preview multiinstruct ITM --data-dir raw_datasets --html page.html
    """
    if html is not None and as_json:
        raise SettingError("--html and --json are two forms of output: give one of them.")
    _check_complete(benchmark, task, recipe)
    from ..evaluation import render_preview
    from ..loading import load_dataset
    from ..storage import output_file, write_whole
    from ..stream import augment
    from ..tasks import get_task

    if html is not None:
        html = output_file(html, "--html")
    stated = read_options(recipe)
    benchmark = benchmark or stated.benchmark
    tasks = stated.tasks if task is None else (task,)
    if not benchmark or not tasks:
        raise SettingError(f"{recipe} names no {'task' if benchmark else 'benchmark'} to preview: name it here.")
    if html is not None and len(tasks) > 1:
        raise SettingError(f"--html shows one task, but {recipe} names {len(tasks)}: name one here.")
    options = prompt_options(context, stated)
    if stated.epochs is not None and not is_given(context, "epochs"):
        epochs = min(epochs, stated.epochs)
    declarations = [get_task(benchmark, each) for each in tasks]
    chosen = choose_pool(pool, benchmark, stated, has_recipe=recipe is not None)
    instructions = load_pool(chosen, [each.name for each in declarations], options["styles"])
    for declared in declarations:
        loaded = load_dataset(
            benchmark, declared.name, data_dir=data_dir, split=split, streaming=True, seed=options["seed"]
        )
        stream = loaded if split else next(iter(loaded.values()))
        augmented = augment(stream, instructions, **options, option_order=html is not None)
        if html is None:
            show(augmented, epochs=epochs, num_examples=num_examples, as_json=as_json)
            continue
        title = declared.title or declared.name
        page = render_preview(augmented, instructions, epochs=epochs, num_examples=num_examples, title=title)
        write_whole(html, page.encode())
        print_message(f"{count(epochs, 'epoch')} of {declared.name} in {html}, one page without other files.")


def _check_complete(benchmark: str | None, task: str | None, recipe: str | None) -> None:
    """Refuse a command without a benchmark or task before anything heavy is imported."""
    missing = "BENCHMARK" if benchmark is None else "TASK" if task is None else None
    if missing and recipe is None:
        raise typer.BadParameter(f"{missing} is missing: name it, or a recipe file with --recipe.")


def show(stream: Any, *, epochs: int, num_examples: int, as_json: bool = False) -> None:
    """Print the first examples of a stream in each epoch."""
    from ..evaluation import examples_over_epochs

    examples = examples_over_epochs(stream, epochs=epochs, num_examples=num_examples)
    if as_json:
        print_json({"epoch": epoch, **row} for versions in examples for epoch, row in enumerate(versions))
        return
    print_table(
        ("example", *(f"epoch {epoch}" for epoch in range(epochs))),
        (
            (f"{versions[0]['unique_id']}\n-> {versions[0]['target']}", *(row["prompt"] for row in versions))
            for versions in examples
        ),
        lines=True,
    )
    wordings = sum(len({row["instruction_id"] for row in versions}) for versions in examples)
    print_message(
        f"{count(len(examples), 'example')} over {count(epochs, 'epoch')}: {count(wordings, 'instruction')}, "
        "nothing written to disk."
    )
