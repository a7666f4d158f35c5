"""Lightning: a callback tells the stream its epoch, since nobody else does there.

    python examples/lightning_loop.py --output-dir run                                    # saves every third step
    python examples/lightning_loop.py --output-dir run --resume run/epoch=1-step=6.ckpt   # goes on in the second epoch

On several ranks split the stream first: `split_dataset_by_node(stream, rank=..., world_size=...)`.
"""

import argparse
from typing import Any

import lightning
import torch
from lightning.pytorch.callbacks import Callback, ModelCheckpoint
from torch.utils.data import DataLoader
from torchdata.stateful_dataloader import StatefulDataLoader
from toy_task import POOL, Model, collate, questions

from instraug_datasets import augment

EPOCHS = 3


class EpochOfStream(Callback):
    """Sets the epoch of a stream, or of augmented map-style data, wherever Lightning begins one."""

    def __init__(self, stream: Any) -> None:
        self.stream = stream

    def on_load_checkpoint(self, trainer: Any, pl_module: Any, checkpoint: dict[str, Any]) -> None:
        """A run that resumes starts the workers, which read ahead, before the hook of the epoch is called."""
        self.stream.set_epoch(checkpoint["epoch"])

    def on_train_epoch_start(self, trainer: Any, pl_module: Any) -> None:
        """Before an epoch is read."""
        self.stream.set_epoch(trainer.current_epoch)


class Module(lightning.LightningModule):
    """The toy model as Lightning takes it."""

    def __init__(self) -> None:
        super().__init__()
        self.model = Model()

    def training_step(self, batch: dict[str, torch.Tensor]) -> torch.Tensor:
        """The loss of a batch."""
        loss: torch.Tensor = self.model(**batch)["loss"]
        return loss

    def validation_step(self, batch: dict[str, torch.Tensor]) -> None:
        """Show a batch of the validation."""
        self.model(**batch)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """Plain gradient descent."""
        return torch.optim.SGD(self.parameters(), lr=0.1)


def main() -> None:
    """Train, and validate after every epoch with the prompts of epoch 0."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output-dir", required=True)
    parser.add_argument("--resume", help="a checkpoint")
    parser.add_argument("--workers", type=int, default=2)
    args = parser.parse_args()

    stream = augment(questions().to_iterable_dataset(num_shards=2), POOL, seed=42)
    # Lightning keeps the state of a loader that has one; with another loader it resumes at the start of the epoch.
    loader = StatefulDataLoader(
        stream, batch_size=4, collate_fn=collate, num_workers=args.workers, persistent_workers=args.workers > 0
    )
    validation = DataLoader(augment(questions(4), POOL, seed=42, epoch=0), batch_size=4, collate_fn=collate)
    trainer = lightning.Trainer(
        max_epochs=EPOCHS,
        callbacks=[EpochOfStream(stream), ModelCheckpoint(args.output_dir, save_top_k=-1, every_n_train_steps=3)],
        num_sanity_val_steps=0,
        accelerator="cpu",
        logger=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    trainer.fit(Module(), loader, validation, ckpt_path=args.resume)
    print(f"Trained; checkpoints to resume from: {args.output_dir}/*.ckpt")


if __name__ == "__main__":
    main()
