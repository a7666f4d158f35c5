"""Stop anywhere and go on exactly, with torchdata's `StatefulDataLoader` and two workers.

    python examples/stateful_dataloader.py --state state.json --batches 6    # stops in the second epoch
    python examples/stateful_dataloader.py --state state.json                # goes on from there

The number of workers has to stay what it was.
"""

import argparse
import json
from pathlib import Path

from torchdata.stateful_dataloader import StatefulDataLoader
from toy_task import POOL, Model, collate, questions

from instraug_datasets import augment

EPOCHS = 3


def main() -> None:
    """Read on from the saved state, if there is one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--batches", type=int, help="stop after so many (default: at the end)")
    args = parser.parse_args()

    stream = augment(questions().to_iterable_dataset(num_shards=2), POOL, seed=42).shuffle(seed=1, buffer_size=4)
    loader = StatefulDataLoader(stream, batch_size=4, collate_fn=collate, num_workers=2)
    model, read, first = Model(), 0, 0
    if args.state.exists():
        saved = json.loads(args.state.read_text())
        first = saved["epoch"]
        loader.load_state_dict(saved["loader"])
        print(f"Going on in epoch {first}, where {args.state} was saved:")

    for epoch in range(first, EPOCHS):
        stream.set_epoch(epoch)  # nobody else does; after a resume it is the epoch of the state
        for batch in loader:
            model(**batch)
            read += 1
            if read == args.batches:
                args.state.write_text(json.dumps({"epoch": epoch, "loader": loader.state_dict()}))
                print(f"Stopped in epoch {epoch}; the state is in {args.state}, and without --batches a run goes on.")
                return


if __name__ == "__main__":
    main()
