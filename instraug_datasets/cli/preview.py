"""`instraug preview`: shows the same examples over several epochs side by side."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from .options import Benchmark, DataDir, Json, OptionsStyle, Pool, RegionStyle, Seed, Strategy, Styles, parse_styles
from .output import count, print_json, print_message, print_table

__all__ = ["preview", "show"]

_SHOWN = ["unique_id", "task", "target", "prompt", "instruction_id"]


def preview(
    benchmark: Benchmark,
    task: Annotated[str, typer.Argument(help="A task or its alias; `instraug tasks` lists them.", show_default=False)],
    data_dir: DataDir,
    epochs: Annotated[int, typer.Option(min=1, help="Number of epochs.")] = 3,
    num_examples: Annotated[int, typer.Option("--num-examples", "-n", min=1, help="Number of examples.")] = 3,
    split: Annotated[str | None, typer.Option(help="The split.", show_default="the first available")] = None,
    pool: Pool = None,
    strategy: Strategy = "cycle",
    seed: Seed = 0,
    styles: Styles = None,
    options_style: OptionsStyle = "multiinstruct",
    region_style: RegionStyle = "pixels",
    max_instructions: Annotated[int | None, typer.Option(help="Maximum number of instructions per task.")] = None,
    as_json: Json = False,
) -> None:
    """Show the prompts of the same examples in each epoch.

    Example: instraug preview multiinstruct nlvr --data-dir raw_datasets --epochs 3 --strategy uniform
    """
    from ..loading import load_dataset
    from ..stream import augment
    from ..tasks import get_task

    selected = parse_styles(styles)
    loaded = load_dataset(
        benchmark, get_task(benchmark, task).name, data_dir=data_dir, split=split, streaming=True, seed=seed
    )
    stream = loaded if split else next(iter(loaded.values()))
    augmented = augment(
        stream,
        pool or benchmark,
        seed=seed,
        strategy=strategy,
        styles=selected,
        options_style=options_style,
        region_style=region_style,
        max_instructions=max_instructions,
    )
    show(augmented, epochs=epochs, num_examples=num_examples, as_json=as_json)


def show(stream: Any, *, epochs: int, num_examples: int, as_json: bool = False) -> None:
    """Print the first examples of a stream in each epoch."""
    rows = stream.select_columns(_SHOWN)
    examples = {row["unique_id"]: [row] for row in rows.take(num_examples)}
    for epoch in range(1, epochs):
        rows.set_epoch(epoch)
        for unique_id, row in _find(rows, set(examples)).items():
            examples[unique_id].append(row)
    if as_json:
        print_json({"epoch": epoch, **row} for versions in examples.values() for epoch, row in enumerate(versions))
        return
    print_table(
        ("example", *(f"epoch {epoch}" for epoch in range(epochs))),
        (
            (f"{unique_id}\n-> {versions[0]['target']}", *(row["prompt"] for row in versions))
            for unique_id, versions in examples.items()
        ),
        lines=True,
    )
    wordings = sum(len({row["instruction_id"] for row in versions}) for versions in examples.values())
    print_message(
        f"{count(len(examples), 'example')} over {count(epochs, 'epoch')}: {count(wordings, 'instruction')}, "
        "nothing written to disk."
    )


def _find(rows: Any, wanted: set[str]) -> dict[str, Any]:
    """Find rows by id, reading only as far as needed: shards may come in another order in a new epoch."""
    found: dict[str, Any] = {}
    for row in rows:
        if row["unique_id"] in wanted:
            found[row["unique_id"]] = row
            if len(found) == len(wanted):
                break
    return found
