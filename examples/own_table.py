"""A table of your own with pictures, from its CSV file to a training with a fresh wording every epoch.

    python examples/own_table.py                                          # writes a small table, and trains on it
    python examples/own_table.py --table my.csv --tasks tasks.yaml        # columns: id, question, picture, answer

`instraug init tasks.yaml` writes a commented file of tasks with your own instructions.
"""

import argparse
import csv
import tempfile
from pathlib import Path

from datasets import Image, load_dataset
from PIL import Image as Picture
from transformers import Trainer, TrainingArguments

from instraug_datasets import EpochCallback, augment, expand
from instraug_datasets.tasks import read_tasks
from instraug_datasets.tiny_model import TinyCollator, tiny_model

EPOCHS = 3
COLORS = ("red", "green", "blue", "yellow")
COLUMNS = {"unique_id": "id", "images": "picture"}  # our names on the left, those of the table on the right
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
    """Expand the instructions, and train on the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--table", type=Path)
    parser.add_argument("--tasks", type=Path)
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        table = args.table or write_table(Path(folder))
        (tasks,) = read_tasks(args.tasks or write_tasks(Path(folder)))
        pool = expand([tasks], "grammar", target=4)  # "transformers" or "inference" rewrite with a model

        rows = load_dataset("csv", data_files=str(table), split="train", cache_dir=folder)
        rows = rows.cast_column("picture", Image()).rename_column("answer", "target")  # TinyCollator reads `target`
        train = augment(rows, pool, task=tasks.name, columns=COLUMNS, seed=42)
        for epoch in range(args.epochs):
            train.set_epoch(epoch)
            print(f"epoch {epoch}: {train[0]['prompt']!r}")

        trainer = Trainer(
            tiny_model(),
            TrainingArguments(
                output_dir=folder,
                num_train_epochs=args.epochs,
                per_device_train_batch_size=4,
                remove_unused_columns=False,  # the collator reads columns that are not arguments of the model
                use_cpu=True,
                dataloader_pin_memory=False,
                logging_strategy="epoch",
                save_strategy="no",
                report_to="none",
            ),
            train_dataset=train,
            data_collator=lambda examples: TinyCollator()([{**each, "images": each["picture"]} for each in examples]),
            callbacks=[EpochCallback()],  # map-style data cannot know the epoch by themselves
        )
        trainer.train()


def write_table(folder: Path) -> Path:
    """A CSV file that names its pictures by their paths."""
    with (folder / "table.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "question", "picture", "answer"])
        for number, color in enumerate(COLORS):
            Picture.new("RGB", (32, 32), color).save(folder / f"{color}.png")
            writer.writerow([number, "Which color is it?", folder / f"{color}.png", color])
    return folder / "table.csv"


def write_tasks(folder: Path) -> Path:
    """A file with the task and a handful of instructions."""
    (folder / "tasks.yaml").write_text(TASKS, encoding="utf-8")
    return folder / "tasks.yaml"


if __name__ == "__main__":
    main()
