"""Builds on a cluster of two machines: python cluster.py FOLDER, with raw files in `raw`.

The first process that opens one of the pictures stops there for ever, and its machine is removed.
"""

import json
import sys
from pathlib import Path
from typing import Any

from instraug_datasets.builders import build
from tests.ray.machines import is_first, stop_here, two_machines

FOLDER = Path(sys.argv[1])
PICTURE, CLAIM, NEWS = sys.argv[2], FOLDER / "claimed", FOLDER / "news"


def stop_at_the_picture() -> None:
    """Run by Ray in every process that it starts."""

    def hook(event: str, arguments: Any) -> None:
        if event == "open" and str(arguments[0]).endswith(PICTURE) and is_first(CLAIM):
            stop_here(NEWS)

    sys.addaudithook(hook)


def main() -> None:
    with two_machines(NEWS) as machines:
        machines.connect(runtime_env={"worker_process_setup_hook": stop_at_the_picture})
        built = build(
            "multiinstruct",
            ["image_caption", "ITM"],
            data_dir=FOLDER / "raw",
            output=FOLDER / "cluster",
            num_examples=None,
            num_proc=4,
            on_error="skip",
            runner="ray",
        )
        result = {
            "built": [[each.task, each.split, each.examples, dict(each.skipped)] for each in built if not each.problem],
            **machines.lost(),
        }
    (FOLDER / "result.json").write_text(json.dumps(result), encoding="utf-8")


if __name__ == "__main__":
    main()
