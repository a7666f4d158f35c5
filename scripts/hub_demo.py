"""Publishes to a Hub on this machine, loads back and trains one epoch: the end of `make demo`.

python scripts/hub_demo.py

The Hub is the one that the tests use; a real one needs `hf auth login` and no HF_ENDPOINT, and nothing else changes.
"""

from __future__ import annotations

import logging
import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.hub.server.hub import Hub
from tests.hub.server.store import WRITE_TOKEN, Store

REPO_ID = "instraug/multiinstruct"
TASKS = ("ITM", "image_quality", "natural_language_visual_reasoning")


def main() -> None:
    """Serve, publish, load and train in a folder that is thrown away."""
    with tempfile.TemporaryDirectory() as folder, Hub(Store(Path(folder) / "hub")) as hub:
        # Read when the libraries are imported, which is why that happens below.
        os.environ.update(
            HF_ENDPOINT=hub.endpoint,
            HF_HOME=str(Path(folder) / "home"),
            HF_TOKEN=WRITE_TOKEN,
            HF_HUB_DISABLE_XET="1",
            HF_HUB_DISABLE_TELEMETRY="1",
        )
        publish_and_train(Path(folder))


def publish_and_train(folder: Path) -> None:
    """What a user does, the same with the real Hub."""
    from datasets import load_dataset

    from instraug_datasets import augment, tiny_model
    from instraug_datasets.builders import build
    from instraug_datasets.builders.demo import write_demo
    from instraug_datasets.cli import main as instraug
    from instraug_datasets.stream import count_examples

    logging.disable(logging.WARNING)
    raw = write_demo(folder / "raw_datasets", images=48)
    build("multiinstruct", TASKS, data_dir=raw, output=folder / "out", num_examples=50, progress=False)
    say(f"\n5. Published to a Hub on this machine (instraug publish multiinstruct --from out --repo-id {REPO_ID}):")
    # The pictures are made up, so that the rights to all of them are ours.
    rights = ["--i-have-the-rights", "all"]
    try:
        instraug(
            ["publish", "multiinstruct", "--from", str(folder / "out"), "--repo-id", REPO_ID, *rights, "--yes", "-q"]
        )
    except SystemExit as end:
        if end.code:
            raise
    say(f"6. Loaded back by load_dataset({REPO_ID!r}), and one epoch of it trained with the published prompts:")
    examples = load_dataset(REPO_ID, split="train", streaming=True)
    stream = augment(examples, REPO_ID, length=count_examples(examples))
    example = next(iter(stream))
    say(f"{example['unique_id']}: {example['prompt']}")
    (loss,) = tiny_model.train(stream, epochs=1)
    say(f"Mean loss of the epoch: {loss:.3f}. For the real Hub: `hf auth login`, and no HF_ENDPOINT.")


def say(line: str) -> None:
    """Print a line."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
