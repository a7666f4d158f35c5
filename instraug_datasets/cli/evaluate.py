"""`instraug evaluate`: a model's score on a task, under several wordings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import DependencyError, EngineError, SettingError
from .choices import BENCHMARKS, LIMIT, WORDINGS
from .options import DataDir, Json, Limit, MaxNewTokens, Metric, OptionsStyle, Pool, RegionStyle, Seed, Wordings
from .output import print_message, print_table
from .progress import show_steps
from .recipe_options import RecipeFile, choose_pool, is_given, prompt_options, read_options

if TYPE_CHECKING:
    from ..evaluation import Evaluation, TransformersGenerate
    from ..evaluation.selection import Wordings as Chosen

__all__ = ["evaluate", "parse_wordings"]


def evaluate(
    context: typer.Context,
    data_dir: DataDir,
    model: Annotated[
        str, typer.Option(help="A vision-language model for transformers: a folder or Hub id.", show_default=False)
    ],
    benchmark: Annotated[
        str | None,
        typer.Argument(metavar="BENCHMARK", help=f"One of {', '.join(BENCHMARKS)}.", show_default="the recipe's"),
    ] = None,
    task: Annotated[
        str | None,
        typer.Argument(
            metavar="TASK", help="A task or its alias; `instraug tasks` lists them.", show_default="the recipe's one"
        ),
    ] = None,
    recipe: RecipeFile = None,
    split: Annotated[str, typer.Option(help="The split.")] = "test",
    wordings: Wordings = str(WORDINGS),
    limit: Limit = LIMIT,
    metric: Metric = None,
    pool: Pool = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="The HTML report to write.")] = Path("evaluation.html"),
    predictions: Annotated[
        Path | None,
        typer.Option(
            help="File that keeps all predictions as JSON lines, to resume from.", show_default="beside the report"
        ),
    ] = None,
    batch_size: Annotated[int, typer.Option(min=1, help="Number of prompts per batch.")] = 8,
    max_new_tokens: MaxNewTokens = 32,
    seed: Seed = 0,
    options_style: OptionsStyle = "multiinstruct",
    region_style: RegionStyle = "pixels",
    as_json: Json = False,
) -> None:
    """Evaluate a model on a task under several wordings.

    By default as in the paper: the first 1000 examples of the test split, with five instructions. To resume an
    interrupted run, repeat the same command.

    Example:
        instraug evaluate multiinstruct nlvr --data-dir raw --model my_model
    """
    if recipe is None and (benchmark is None or task is None):
        missing = "BENCHMARK" if benchmark is None else "TASK"
        raise typer.BadParameter(f"{missing} is missing: name it, or a recipe file with --recipe.")
    from ..evaluation import PROTOCOL, render_evaluation
    from ..evaluation import evaluate as evaluate_model
    from ..evaluation.pages import check_pages
    from ..loading import load_dataset
    from ..storage import output_file, write_whole
    from ..tasks import get_task

    check_pages()
    output = output_file(output, "--output")
    stated = read_options(recipe)
    benchmark = benchmark or stated.benchmark
    task = task or (stated.tasks[0] if len(stated.tasks) == 1 else None)
    if not benchmark or task is None:
        raise SettingError(f"Name the {'task' if benchmark else 'benchmark'} to evaluate: {recipe} does not.")
    options = prompt_options(context, stated)
    chosen = parse_wordings(wordings)
    if stated.wordings is not None and not is_given(context, "wordings"):
        chosen = stated.wordings
    declared = get_task(benchmark, task)
    protocol = PROTOCOL.get((benchmark, declared.name))
    # Examples are read lazily, and those of the pictures that are not asked for never.
    dataset = load_dataset(benchmark, declared.name, data_dir=data_dir, split=split, streaming=True)
    with show_steps() as on_step:
        result = evaluate_model(
            _loaded(model, max_new_tokens),
            dataset,
            choose_pool(pool, benchmark, stated, has_recipe=recipe is not None),
            wordings=chosen,
            metric=metric or (protocol.metric if protocol else None),
            seed=options["seed"],
            batch_size=batch_size,
            limit=limit or None,
            predictions=predictions or output.with_suffix(".jsonl"),
            name=model,
            progress=lambda done, total: on_step(declared.name, done, total),
            options_style=options["options_style"],
            region_style=options["region_style"],
        )
    write_whole(output, render_evaluation(result, benchmark=benchmark).encode())
    _show(result, as_json=as_json)
    print_message(f"Report: {output}; predictions: {predictions or output.with_suffix('.jsonl')}")


def parse_wordings(text: str) -> Chosen:
    """The value of `--wordings`: a number, or the name of a pool."""
    return int(text) if text.lstrip("-").isdecimal() else text


def _loaded(model: str, max_new_tokens: int) -> TransformersGenerate:
    """The model with its processor, on a GPU if there is one.

    Raises:
        DependencyError: Raised if torch or transformers is not installed.
        EngineError: Raised if the model cannot be loaded.
    """
    from ..evaluation import TransformersGenerate

    try:
        import torch
        from transformers import AutoModelForImageTextToText, AutoProcessor
    except ImportError as error:
        raise DependencyError(
            "Models require torch and transformers: pip install 'instraug-datasets[train]'."
        ) from error
    if "/" not in model and not Path(model).is_dir():
        raise EngineError(
            f"Cannot load {model!r} as a vision-language model: there is no such folder, and models on the Hub have an "
            "owner (owner/name)."
        )
    try:
        processor = AutoProcessor.from_pretrained(model)  # type: ignore[no-untyped-call]
        loaded: Any = AutoModelForImageTextToText.from_pretrained(model, dtype="auto")
    except (OSError, ValueError) as error:
        raise EngineError(f"Cannot load {model!r} as a vision-language model: {error}") from error
    loaded.to("cuda" if torch.cuda.is_available() else "cpu").eval()
    return TransformersGenerate(model=loaded, processor=processor, max_new_tokens=max_new_tokens)


def _show(result: Evaluation, *, as_json: bool) -> None:
    if as_json:
        typer.echo(result.to_json())
        return
    for task in result.tasks:
        print_table(
            ("wording", task.metric, "95 % interval", "examples", "skipped", "unreadable"),
            [
                (
                    each.text,
                    _number(each.score),
                    _bounds(each.interval),
                    each.examples,
                    sum(each.skipped.values()),
                    each.unreadable,
                )
                for each in task.wordings
            ],
            lines=True,
        )
        print_message(
            f"{task.task}: mean {task.mean:.1f} ({_bounds(task.interval)}), spread {task.spread:.1f}, "
            f"sensitivity {_number(task.sensitivity, 3)}, worst wording {task.worst.instruction_id}"
        )


def _number(value: float | None, digits: int = 1) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def _bounds(bounds: Any) -> str:
    return "-" if bounds is None else f"{bounds.low:.1f} to {bounds.high:.1f}"
