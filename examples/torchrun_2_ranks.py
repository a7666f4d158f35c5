"""Plain PyTorch on several ranks: `split_dataset_by_node` deals the examples out, `set_epoch` is called on every rank.

    torchrun --nproc-per-node 2 examples/torchrun_2_ranks.py

Any number of ranks that divides the number of examples will do.
"""

import torch
from datasets.distributed import split_dataset_by_node
from torch import distributed
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader
from toy_task import POOL, Model, collate, questions

from instraug_datasets import augment

EPOCHS = 3


def main() -> None:
    """Train on this rank's part of the stream."""
    distributed.init_process_group("gloo")
    rank, ranks = distributed.get_rank(), distributed.get_world_size()

    # As many shards as ranks, or a multiple, all of one size: then no rank reads what another one trains on.
    stream = augment(questions().to_iterable_dataset(num_shards=ranks), POOL, seed=42)
    part = split_dataset_by_node(stream, rank=rank, world_size=ranks)
    loader = DataLoader(part, batch_size=4, collate_fn=collate)

    model = DistributedDataParallel(Model())
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for epoch in range(EPOCHS):
        part.set_epoch(epoch)  # of what is read: the part
        for batch in loader:
            model(**batch)["loss"].backward()
            optimizer.step()
            optimizer.zero_grad()
    distributed.destroy_process_group()


if __name__ == "__main__":
    main()
