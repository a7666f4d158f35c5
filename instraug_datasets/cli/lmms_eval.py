"""`instraug lmms-eval`: a task with its wordings, for lmms-eval."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .choices import LIMIT, WORDINGS
from .evaluate import parse_wordings
from .options import Benchmark, DataDir, Limit, MaxNewTokens, Metric, OptionsStyle, Pool, RegionStyle, Seed, Wordings
from .output import count, print_message

__all__ = ["lmms_eval"]


def lmms_eval(
    benchmark: Benchmark,
    task: Annotated[
        str,
        typer.Argument(metavar="TASK", help="A task or its alias; `instraug tasks` lists them.", show_default=False),
    ],
    data_dir: DataDir,
    output: Annotated[Path, typer.Option("--output", "-o", help="The folder to write.")] = Path("lmms_tasks"),
    split: Annotated[str, typer.Option(help="The split.")] = "test",
    wordings: Wordings = str(WORDINGS),
    limit: Limit = LIMIT,
    metric: Metric = None,
    pool: Pool = None,
    max_new_tokens: MaxNewTokens = 32,
    seed: Seed = 0,
    options_style: OptionsStyle = "multiinstruct",
    region_style: RegionStyle = "pixels",
) -> None:
    """Write a task with several wordings for lmms-eval.

    Writes its examples, one YAML file per wording, and a group of all wordings.

    Example:
        instraug lmms-eval multiinstruct nlvr --data-dir raw_datasets -o lmms_tasks
    """
    from ..evaluation import PROTOCOL, export_lmms_eval
    from ..loading import load_dataset
    from ..tasks import get_task

    declared = get_task(benchmark, task)
    protocol = PROTOCOL.get((benchmark, declared.name))
    export = export_lmms_eval(
        load_dataset(benchmark, declared.name, data_dir=data_dir, split=split, streaming=True),
        pool or benchmark,
        output,
        wordings=parse_wordings(wordings),
        metric=metric or (protocol.metric if protocol else None),
        seed=seed,
        limit=limit or None,
        max_new_tokens=max_new_tokens,
        options_style=options_style,
        region_style=region_style,
    )
    for name, instruction in export.tasks.items():
        print_message(f"{name}: {count(export.examples[name], 'example')}, {' '.join(instruction.text.split())}")
    typer.echo(f"lmms-eval --include_path {output} --tasks {export.group} --model ...")
