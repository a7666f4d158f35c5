"""`instraug demo`: the complete pipeline offline, from raw files to a training loop, and what it is for."""

from __future__ import annotations

import contextlib
import logging
import tempfile
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .build import show_built
from .builder_access import builders_module, demo_module, shared_pictures_module
from .output import count, print_message, print_table
from .preview import show

if TYPE_CHECKING:
    from ..demonstration import Drawn

__all__ = ["demo"]

_BENCHMARK = "multiinstruct"
_TASK = "ITM"

# Of the comparison: pictures to learn shapes from, to train on, and to test, and passes over those to train on.
_NAMED, _TRAINED, _TESTED, _PASSES = 600, 200, 40, 30
_TRAINED_ON = {"original": "meta instructions only", "cycle": "a fresh wording every epoch"}


class Part(str, Enum):
    """What of the demo to run."""

    ALL = "all"
    PIPELINE = "pipeline"
    COMPARISON = "comparison"


def demo(
    epochs: Annotated[int, typer.Option(min=1, help="Number of epochs to show and train.")] = 3,
    images: Annotated[int, typer.Option(min=8, help="Number of images per split in the generated raw data.")] = 96,
    train: Annotated[bool, typer.Option(help="Whether to train the models; requires the extra `train`.")] = True,
    part: Annotated[
        Part, typer.Option(help="Run only the pipeline, or only the comparison of the two trainings.")
    ] = Part.ALL,
    keep: Annotated[
        Path | None,
        typer.Option(
            help="Folder for the raw files and built tasks, which stay there.", show_default="a temporary folder"
        ),
    ] = None,
) -> None:
    """Run everything on generated data, from raw files to a training.

    Generates raw files, builds one task per source, shows its instructions over epochs, and trains a small model. At
    the end a still smaller model is trained with and without fresh wordings, and tested on wordings that it never saw.
    Works offline and without data: the generated raw files have the original layouts and show colored shapes.

    Example:
        instraug demo
        instraug demo --no-train --keep demo
    """
    if train:
        _import_training()  # report a missing extra at once, not after a minute
    if keep is not None:
        from ..storage import local_path

        keep = local_path(keep, "--keep")
    if part is not Part.COMPARISON:
        with contextlib.nullcontext(keep) if keep is not None else tempfile.TemporaryDirectory() as folder:
            _run(Path(folder), epochs=epochs, images=images, train=train)
    if part is not Part.PIPELINE and train:
        _compare()


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


def _compare() -> None:
    from datasets import disable_progress_bars

    from ..demonstration import compare_wordings

    disable_progress_bars()
    train, test = _drawn("train", _TRAINED), _drawn("test", _TESTED)
    tasks = len({row["task"] for row in train.rows})
    print_message(
        f"\nDoes it help? A bag-of-words model is trained twice, for {_PASSES} epochs of the same "
        f"{count(len(train.rows), 'example')} of {tasks} tasks.\nThe tasks share their pictures, so that only the "
        f"wording tells what is asked. Exact match in percent on {len(test.rows)} examples about other pictures:"
    )
    scores = compare_wordings(_drawn("named", _NAMED), train, test, epochs=_PASSES)
    print_table(
        ("trained on", "wordings per task", "on meta instructions", "on unseen wordings"),
        [(_TRAINED_ON[s.strategy], f"{s.wordings:.0f}", f"{s.meta:.1f}", f"{s.unseen:.1f}") for s in scores],
    )
    print_message(
        "Unseen wordings are those of the pool `heldout`; the meta instructions were seen in both trainings.\n"
        "This is one seed of a model without pretraining: it shows the effect, not its size for a large model.\n"
        "benchmarks/EFFECT_RESULTS.md has a larger model and several seeds, with intervals."
    )


def _drawn(key: str, number: int) -> Drawn:
    """Pictures of the demo world that several tasks share, and an example of each task."""
    from ..demonstration import Drawn

    shared = shared_pictures_module()
    pictures = [shared.demo_picture(key, each) for each in range(number)]
    return Drawn(shared.examples(pictures, key=key), shared.places(pictures), shared.names(pictures))


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
