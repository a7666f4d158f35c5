"""`instraug demo`: the complete pipeline offline, from raw files to a training loop."""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer

from .build import show_built
from .builder_access import builders_module, demo_module
from .output import print_message, print_table
from .preview import show

__all__ = ["demo"]

_BENCHMARK = "multiinstruct"
_TASK = "ITM"


def demo(
    epochs: Annotated[int, typer.Option(min=1, help="Number of epochs to show and train.")] = 3,
    images: Annotated[int, typer.Option(min=8, help="Number of images per split in the generated raw data.")] = 96,
    train: Annotated[bool, typer.Option(help="Train a small model; requires the extra `train`.")] = True,
    keep: Annotated[
        Path | None,
        typer.Option(help="Keep the raw files and built tasks in this folder.", show_default="a temporary folder"),
    ] = None,
) -> None:
    """Generate raw files, build one task per source, show its instructions over epochs, and train a small model.

    Works offline and without data: the generated raw files have the original layouts and show colored shapes.
    """
    if train:
        _import_training()  # report a missing extra at once, not after a minute
    if keep is not None:
        _run(keep, epochs=epochs, images=images, train=train)
        return
    with tempfile.TemporaryDirectory() as folder:
        _run(Path(folder), epochs=epochs, images=images, train=train)


def _run(folder: Path, *, epochs: int, images: int, train: bool) -> None:
    from ..loading import load_dataset
    from ..stream import augment, count_examples

    raw = demo_module().write_demo(folder / "raw_datasets", images=images)
    files = [file for file in raw.rglob("*") if file.is_file()]
    print_message(f"1. Generated {len(files)} raw files in their original layouts in {raw}, {_megabytes(files)}.")

    logging.getLogger("instraug_datasets.builders").setLevel(logging.ERROR)  # the table reports skipped records
    print_message("\n2. Built one task per source (instraug build):")
    built = builders_module().build(
        _BENCHMARK, _tasks(), data_dir=raw, output=folder / "built", num_examples=100, progress=False
    )
    show_built(built)

    print_message(f"3. The same examples in every epoch (instraug preview {_BENCHMARK} {_TASK}):")
    stream = load_dataset(_BENCHMARK, _TASK, data_dir=raw, split="train", streaming=True)
    augmented = augment(stream, _BENCHMARK, seed=42, length=count_examples(stream))
    show(augmented, epochs=epochs, num_examples=2)

    if not train:
        return
    print_message("\n4. Training a small vision-language model on this stream with transformers.Trainer, 2 workers:")
    losses = _import_training().train(augmented, epochs=epochs)
    print_table(("epoch", "mean loss"), [(epoch, f"{loss:.3f}") for epoch, loss in enumerate(losses)])
    print_message("Next: see examples/train_with_trainer.py, and run `instraug preview --help` for your own raw files.")


def _tasks() -> list[str]:
    """Return the first task of each source, which covers every layout in a fraction of the time."""
    prefix = f"{_BENCHMARK}/"
    own = (
        [task.removeprefix(prefix) for task in source.tasks if task.startswith(prefix)]
        for source in builders_module().list_sources()
    )
    return list(dict.fromkeys(tasks[0] for tasks in own if tasks))


def _megabytes(files: list[Path]) -> str:
    return f"{sum(file.stat().st_size for file in files) / 1e6:.1f} MB"


def _import_training() -> Any:
    # Slow to import, and requires an extra.
    from .. import tiny_model

    return tiny_model
