"""A table of your own with pictures, from its CSV file to a training with a fresh wording every epoch.

    python examples/own_table.py                                          # writes a small table, and trains on it
    python examples/own_table.py --table my.csv --tasks tasks.yaml        # columns: id, question, picture, answer
    python examples/own_table.py --table my.csv --tasks tasks.yaml --task my_vqa --columns images=photo question=query

`instraug init tasks.yaml` writes a commented file of tasks with your own instructions. Relative paths of pictures start
from the folder of the table.
"""

import argparse
import csv
import sys
import tempfile
from pathlib import Path
from typing import Any

import pandas as pd
from datasets import Dataset, Image
from PIL import Image as Picture
from transformers import Trainer, TrainingArguments

from instraug_datasets import EpochCallback, Task, augment, expand
from instraug_datasets.errors import InstrAugError, SettingError
from instraug_datasets.tasks import read_tasks
from instraug_datasets.tiny_model import TinyCollator, one_thread, tiny_model

EPOCHS = 3
COLORS = ("red", "green", "blue", "yellow")
COLUMNS = {"unique_id": "id", "images": "picture", "target": "answer"}  # our names, and those of the table
TASKS = """\
benchmark: mine
category: Visual Question Answering
tasks:
  colors:
    fields: [question]
    metric: exact_match
    instructions:
    - "Look at the image and answer the question: {question}"
    - "{question}\\n\\nAnswer in one or two words."
"""


def main() -> None:
    """Read the arguments, and report what is wrong with the files in a line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--table", type=Path, help="a CSV file")
    parser.add_argument("--tasks", type=Path, help="a file of tasks")
    parser.add_argument("--task", help="one of its tasks, if it has several")
    parser.add_argument("--columns", nargs="+", default=[], metavar="OURS=YOURS", help="names of the table's columns")
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    args = parser.parse_args()
    columns = COLUMNS | {ours: theirs for ours, _, theirs in (pair.partition("=") for pair in args.columns)}
    with tempfile.TemporaryDirectory() as folder, one_thread():  # more do not speed up a model of this size
        try:
            task = choose_task(args.tasks or write_tasks(Path(folder)), args.task)
            rows = read_table(args.table or write_table(Path(folder)), columns, task)
            train(rows, columns, task, folder=folder, epochs=args.epochs)
        except (InstrAugError, OSError) as error:
            sys.exit(f"own_table.py: {error}")


def train(rows: Dataset, columns: dict[str, str], task: Task, *, folder: str, epochs: int) -> None:
    """Expand the instructions, and train on the table."""
    pool = expand([task], "grammar", target=4)  # "transformers" or "inference" rewrite with a model
    augmented = augment(rows, pool, task=task.name, columns=columns, seed=42)
    for epoch in range(epochs):
        augmented.set_epoch(epoch)
        print(f"epoch {epoch}: {augmented[0]['prompt']!r}")

    def collate(examples: list[dict[str, Any]]) -> dict[str, Any]:
        return TinyCollator()(
            [each | {ours: each[columns[ours]] for ours in ("images", "target")} for each in examples]
        )

    trainer = Trainer(
        tiny_model(),
        TrainingArguments(
            output_dir=folder,
            num_train_epochs=epochs,
            per_device_train_batch_size=4,
            remove_unused_columns=False,  # the collator reads columns that are not arguments of the model
            use_cpu=True,
            dataloader_pin_memory=False,
            logging_strategy="epoch",
            save_strategy="no",
            report_to="none",
        ),
        train_dataset=augmented,
        data_collator=collate,
        callbacks=[EpochCallback()],  # a map-style data set does not know the epoch
    )
    trainer.train()


def choose_task(path: Path, name: str | None) -> Task:
    """The task of that name, or the only one of the file."""
    tasks = {task.name: task for task in read_tasks(path)}
    if name is None and len(tasks) == 1:
        name = next(iter(tasks))
    if name not in tasks:
        raise SettingError(f"Choose one of the tasks of {path} with --task: {', '.join(tasks)}.")
    return tasks[name]


def read_table(path: Path, columns: dict[str, str], task: Task) -> Dataset:
    """The table with all values as text, and the pictures that its paths lead to."""
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False).fillna("")
    except ValueError as error:
        raise SettingError(f"{path} is no CSV file: {error}") from error
    for ours in (*COLUMNS, *task.fields):
        if (name := columns.get(ours, ours)) not in table:
            raise SettingError(
                f"{path} has no column {name!r}, only {', '.join(table)}. Name the one for {ours}: --columns {ours}=..."
            )
    pictures = columns["images"]
    table[pictures] = [str(path.parent / picture) for picture in table[pictures]]
    return Dataset.from_pandas(table, preserve_index=False).cast_column(pictures, Image())


def write_table(folder: Path) -> Path:
    """A CSV file that names the pictures beside it."""
    with (folder / "table.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "question", "picture", "answer"])
        for number, color in enumerate(COLORS):
            Picture.new("RGB", (32, 32), color).save(folder / f"{color}.png")
            writer.writerow([number, "Which color is it?", f"{color}.png", color])
    return folder / "table.csv"


def write_tasks(folder: Path) -> Path:
    """A file with the task and a handful of instructions."""
    (folder / "tasks.yaml").write_text(TASKS, encoding="utf-8")
    return folder / "tasks.yaml"


if __name__ == "__main__":
    main()
