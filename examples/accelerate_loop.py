"""A loop of one's own with accelerate: the prepared loader counts the epochs, so it is the one to set.

    torchrun --nproc-per-node 2 examples/accelerate_loop.py
    accelerate launch --multi_gpu --num_processes 2 examples/accelerate_loop.py
    torchrun --nproc-per-node 4 examples/accelerate_loop.py --first-epoch 2 --epochs 1    # go on with more ranks

On CPUs, too, `--multi_gpu` makes accelerate start several processes: `--cpu --num_processes 2` starts one.
"""

import argparse

import torch
from accelerate import Accelerator
from accelerate.utils import DataLoaderConfiguration
from torch.utils.data import DataLoader
from toy_task import POOL, Model, collate, questions

from instraug_datasets import augment


def main() -> None:
    """Train for some epochs, from any."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--first-epoch", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=3)
    args = parser.parse_args()

    # Each process reads its own shards; by default the first would read for all, and batches differ in length.
    accelerator = Accelerator(cpu=True, dataloader_config=DataLoaderConfiguration(dispatch_batches=False))
    stream = augment(questions().to_iterable_dataset(num_shards=4), POOL, seed=42)
    model = Model()
    model, optimizer, loader = accelerator.prepare(
        model,
        torch.optim.SGD(model.parameters(), lr=0.1),
        DataLoader(stream, batch_size=4, collate_fn=collate),  # not split by rank: `prepare` does that
    )
    for epoch in range(args.first_epoch, args.first_epoch + args.epochs):
        # The loader counts its own complete passes from 0 and overwrites what is set on the stream. Without this line,
        # a resumed run, and a pass that is left early, would show the prompts of an epoch that was shown before.
        loader.set_epoch(epoch)
        for batch in loader:
            accelerator.backward(model(**batch)["loss"])
            optimizer.step()
            optimizer.zero_grad()
    accelerator.end_training()


if __name__ == "__main__":
    main()
