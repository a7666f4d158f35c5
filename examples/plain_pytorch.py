"""A plain PyTorch loop: `set_epoch` before each pass, and workers see it, persistent or not.

    python examples/plain_pytorch.py

Without that call every epoch has the prompts of epoch 0, and the second pass warns.
"""

import torch
from torch.utils.data import DataLoader
from toy_task import POOL, Model, collate, questions

from instraug_datasets import augment

EPOCHS = 3


def main() -> None:
    """Train, and validate after every epoch with the prompts of epoch 0."""
    stream = augment(questions().to_iterable_dataset(num_shards=2), POOL, seed=42)
    loader = DataLoader(stream, batch_size=4, collate_fn=collate, num_workers=2, persistent_workers=True)
    # A fixed epoch: validation asks the same questions in the same words every time.
    held_out = augment(questions(4), POOL, seed=42, epoch=0)
    validation = DataLoader(held_out, batch_size=4, collate_fn=collate)

    model = Model()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for epoch in range(EPOCHS):
        print(f"Epoch {epoch}:")
        stream.set_epoch(epoch)
        model.train()
        for batch in loader:
            model(**batch)["loss"].backward()
            optimizer.step()
            optimizer.zero_grad()
        model.eval()
        with torch.no_grad():
            for batch in validation:
                model(**batch)


if __name__ == "__main__":
    main()
