"""Train a small vision-language model with transformers.Trainer, with a new instruction per example and epoch.

    python examples/train_with_trainer.py                                   # on the demo world of colored shapes
    python examples/train_with_trainer.py --data-dir raw_datasets --task VQA --map-style

For your own model, keep the three arguments marked (1) to (3); nothing else is needed.
"""

import argparse
import tempfile

import torch
from transformers import Trainer, TrainerCallback, TrainingArguments

from instraug_datasets import EpochCallback, augment, load_dataset
from instraug_datasets.builders.demo import write_demo
from instraug_datasets.stream import count_examples
from instraug_datasets.tiny_model import TinyCollator, tiny_model


class ShowPrompt(TrainerCallback):
    """Prints the prompt of one example after each epoch."""

    def __init__(self, data):
        self.data = data
        self.unique_id = next(iter(data))["unique_id"]

    def on_epoch_end(self, args, state, control, **kwargs):
        """Read the example again from the training data set."""
        example = next(row for row in self.data if row["unique_id"] == self.unique_id)
        print(f"\nIn epoch {self.data.epoch}, {self.unique_id} was:\n{example['prompt']}\n-> {example['target']}\n")


def main() -> None:
    """Load, augment, train."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", help="folder with raw files (default: a demo world is written)")
    parser.add_argument("--task", default="ITM", help="a task of MULTIINSTRUCT for training")
    parser.add_argument("--split", default="train")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--batch-size", type=int, default=8)
    parser.add_argument("--map-style", action="store_true", help="prepare the data set instead of streaming it")
    args = parser.parse_args()
    torch.set_num_threads(1)  # more do not speed up a model of this size

    with tempfile.TemporaryDirectory() as folder:
        print("Reading raw files ...", flush=True)
        data_dir = args.data_dir or write_demo(f"{folder}/raw", images=40)
        raw = load_dataset(
            "multiinstruct",
            args.task,
            data_dir=data_dir,
            split=args.split,
            streaming=not args.map_style,
            **({"cache_dir": f"{folder}/cache"} if args.map_style else {}),
        )
        # Raw files do not say how many examples they make; without a length, give max_steps instead of epochs.
        data = augment(raw, "multiinstruct", seed=42, length=None if args.map_style else count_examples(raw))
        trainer = Trainer(
            tiny_model(),
            TrainingArguments(
                output_dir=f"{folder}/run",
                num_train_epochs=args.epochs,
                per_device_train_batch_size=args.batch_size,
                dataloader_num_workers=args.workers,
                remove_unused_columns=False,  # (1) the collator reads columns that are not arguments of the model
                accelerator_config={"dispatch_batches": False},  # (2) images and prompts differ in size
                learning_rate=3e-3,
                logging_steps=0.5 / args.epochs,
                save_strategy="no",
                report_to="none",
                dataloader_pin_memory=torch.cuda.is_available(),
            ),
            train_dataset=data,
            data_collator=TinyCollator(),
            callbacks=[
                *([EpochCallback()] if args.map_style else []),  # (3) Trainer sets the epoch of streams only
                ShowPrompt(data),
            ],
        )
        print(f"Training on {len(trainer.train_dataset)} examples, epochs: {args.epochs}", flush=True)
        trainer.train()


if __name__ == "__main__":
    main()
