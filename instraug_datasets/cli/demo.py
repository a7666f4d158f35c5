"""`instraug demo`: the whole way, from raw files to a training loop, offline."""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer

from ..loading import load_dataset
from ..stream import augment, count_examples
from .build import show_built
from .builder_access import builders, demo_world
from .output import print_table, say
from .preview import show

__all__ = ["demo"]

_BENCHMARK = "multiinstruct"
_TASK = "ITM"


def demo(
    epochs: Annotated[int, typer.Option(min=1, help="How many epochs to show and to train.")] = 3,
    images: Annotated[int, typer.Option(min=8, help="Pictures a split in the made-up raw data.")] = 96,
    train: Annotated[bool, typer.Option(help="Train a small model; needs the extra `train`.")] = True,
    keep: Annotated[
        Path | None, typer.Option(help="Keep raw files and built tasks in this folder.", show_default="thrown away")
    ] = None,
) -> None:
    """Make raw files, build a task of each source, show new wordings each epoch, and train a small model on them.

    Needs no network and no data: the raw files are a made-up world of colored shapes in the original layouts.
    """
    if train:
        _import_training()  # a missing extra is said now, not after the first minute
    if keep is not None:
        _run(keep, epochs=epochs, images=images, train=train)
        return
    with tempfile.TemporaryDirectory() as folder:
        _run(Path(folder), epochs=epochs, images=images, train=train)


def _run(folder: Path, *, epochs: int, images: int, train: bool) -> None:
    raw = demo_world().write_demo(folder / "raw_datasets", images=images)
    files = [file for file in raw.rglob("*") if file.is_file()]
    say(f"1. Raw files in the layouts of their publishers: {len(files)} in {raw}, {_megabytes(files)}.")

    logging.getLogger("instraug_datasets.builders").setLevel(logging.ERROR)  # the table counts what was skipped
    say("\n2. A task of each source built from them (instraug build):")
    built = builders().build(
        _BENCHMARK, _tasks(), data_dir=raw, output=folder / "built", num_examples=100, progress=False
    )
    show_built(built)

    say(f"3. The same examples in each epoch (instraug preview {_BENCHMARK} {_TASK}):")
    stream = load_dataset(_BENCHMARK, _TASK, data_dir=raw, split="train", streaming=True)
    augmented = augment(stream, _BENCHMARK, seed=42, length=count_examples(stream))
    show(augmented, epochs=epochs, num_examples=2)

    if not train:
        return
    say("\n4. A small vision-language model trained on that stream by transformers.Trainer, 2 workers:")
    losses = _import_training().train(augmented, epochs=epochs)
    print_table(("epoch", "mean loss"), [(epoch, f"{loss:.3f}") for epoch, loss in enumerate(losses)])
    say("Next: examples/train_with_trainer.py shows the loop; `instraug preview --help` works on your own raw files.")


def _tasks() -> list[str]:
    """The first task of each source: enough to see every layout read, in a fraction of the time of all tasks."""
    prefix = f"{_BENCHMARK}/"
    own = (
        [task.removeprefix(prefix) for task in source.tasks if task.startswith(prefix)]
        for source in builders().list_sources()
    )
    return list(dict.fromkeys(tasks[0] for tasks in own if tasks))


def _megabytes(files: list[Path]) -> str:
    return f"{sum(file.stat().st_size for file in files) / 1e6:.1f} MB"


def _import_training() -> Any:
    # Takes seconds, and is missing without the extra.
    from .. import tiny_model

    return tiny_model
