"""Expands on a cluster of two machines: python expanding.py FOLDER.

The first worker that gets to a third variant stops there for ever, and its machine is removed.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from instraug_datasets import expand
from instraug_datasets.engines import Completion, Request, load_engine
from instraug_datasets.engines.grammar import GrammarEngine
from instraug_datasets.errors import EngineError
from instraug_datasets.expansion import select_tasks
from tests.ray.machines import is_first, stop_here, two_machines

FOLDER = Path(sys.argv[1])
CLAIM, NEWS = FOLDER / "claimed", FOLDER / "news"
TASKS = ("ITM", "image_caption")
REQUESTS = [Request("Rewrite.", f"Describe region {number} of the image.", sample=1) for number in range(150)]


class StoppingEngine(GrammarEngine):
    """The grammar, with a worker that stops."""

    def complete(self, requests: Iterable[Request]) -> Iterator[Completion]:
        for request in requests:
            if request.sample == 2 and is_first(CLAIM):
                stop_here(NEWS)
            yield from super().complete([request])


def refuse(_: Request) -> str:
    raise EngineError("no credit left")


def fail(_: Request) -> str:
    raise ValueError("a defect")


def die(_: Request) -> str:
    os._exit(1)


def refused(call: Callable[[], Any]) -> str:
    """The error that a call raises."""
    try:
        call()
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "nothing"


def run_command(address: str) -> None:
    """Expand with the command on the same cluster."""
    command = [sys.executable, "-m", "instraug_datasets.cli", "expand", "multiinstruct", "ITM", "--engine", "ray"]
    settings = ["--set", "engine=grammar", "--set", "workers=1", "--address", address]
    subprocess.run([*command, *settings, "--target", "5", "--output", str(FOLDER / "command.parquet")], check=True)


def completed(engine: Any, **options: Any) -> list[Completion]:
    loaded: Any = load_engine("ray", engine=engine, **options)
    try:
        return list(loaded.complete(REQUESTS[:20]))
    finally:
        loaded.close()


def main() -> None:
    with two_machines(NEWS) as machines:
        run_command(machines.address)
        machines.connect()
        engine: Any = load_engine("ray", engine=StoppingEngine())
        expand(select_tasks("multiinstruct", TASKS), engine, target=5).save(FOLDER / "cluster.parquet")
        result = {
            **machines.lost(),
            "order": list(engine.complete(REQUESTS)) == list(GrammarEngine().complete(REQUESTS)),
            "recorded": [engine.name, engine.model],
        }
        engine.close()
        result["errors"] = [
            refused(lambda: completed(refuse)),
            refused(lambda: completed(fail)),
            refused(lambda: completed("transformers", model="no/such/folder")),
            refused(lambda: completed("grammar", gpus=1)),
            refused(lambda: completed(die)),
        ]
    (FOLDER / "result.json").write_text(json.dumps(result), encoding="utf-8")


if __name__ == "__main__":
    main()
