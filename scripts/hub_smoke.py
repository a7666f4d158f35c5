"""The acceptance of publishing against a real Hub: for a person with a token and a repository to spare, not for CI.

python scripts/hub_smoke.py you/instraug-smoke    # after `hf auth login`; the repository is created, and kept

It publishes two small tasks of the demo world (made-up pictures, so that all rights are ours), publishes one of them
again, loads the default config with `datasets`, compares the prompts of two epochs with the local ones, and prints what
it saw.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import datasets

from instraug_datasets import augment, hub
from instraug_datasets.builders import build
from instraug_datasets.builders.demo import write_demo

TASKS = ["ITM", "natural_language_visual_reasoning"]


def main(repo_id: str) -> None:
    """Publish, read back and compare; stop with exit code 1 at the first thing that is not as it was published."""
    with tempfile.TemporaryDirectory() as folder:
        raw = write_demo(Path(folder) / "raw", images=12)
        build("multiinstruct", TASKS, data_dir=raw, output=Path(folder) / "built", num_examples=8, progress=False)
        publication = hub.read_publication("multiinstruct", data=Path(folder) / "built", rights=["all"])
        say(f"Published as {hub.publish(publication, repo_id, private=True).commit}")
        again = hub.publish(publication, repo_id)
        check(not again.changed, "publishing again finds nothing to do")
        one = hub.read_publication("multiinstruct", data=Path(folder) / "built", rights=["all"], tasks=["ITM"])
        hub.publish(one, repo_id)
        names = datasets.get_dataset_config_names(repo_id)
        check(names == ["default", *TASKS, "instructions"], f"the configs are {names}")
        for streaming in (True, False):
            rows = list(datasets.load_dataset(repo_id, split="train", streaming=streaming))
            check(len(rows) == 8, f"the default config has {len(rows)} examples, streaming={streaming}")
        local = prompts(str(Path(folder) / "built/ITM"), "multiinstruct")
        check(prompts(repo_id, repo_id, "ITM") == local, "the prompts of two epochs are the local ones")
    say(f"All is well. Look at the card, and delete the repository: https://huggingface.co/datasets/{repo_id}")


def prompts(path: str, pool: str, name: str | None = None) -> list[dict[str, str]]:
    """The prompts of two epochs, by id."""
    stream = augment(datasets.load_dataset(path, name, split="train", streaming=True), pool)
    shown = []
    for epoch in range(2):
        stream.set_epoch(epoch)
        shown.append({row["unique_id"]: row["prompt"] for row in stream})
    return shown


def check(good: bool, what: str) -> None:
    """Say what was checked, and stop where it does not hold."""
    say(f"{'ok' if good else 'NOT SO'}: {what}")
    if not good:
        raise SystemExit(1)


def say(line: str) -> None:
    """Print a line."""
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    main(sys.argv[1])
