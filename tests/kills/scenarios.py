"""The commands that are killed, as data."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from instraug_datasets import InstructionPool
from instraug_datasets.builders import build
from instraug_datasets.builders.demo import write_demo, zip_demo
from instraug_datasets.tasks import BENCHMARKS
from instraug_datasets.tiny_model import save_checkpoint

__all__ = ["REPOSITORY", "SCENARIOS", "Scenario", "write_inputs"]

REPOSITORY = "me/multiinstruct"


@dataclass(frozen=True, slots=True)
class Scenario:
    """Commands that run at the same time, each a list of arguments; `{inputs}` stands for the folder of the inputs.

    Attributes:
        share: How many of 20 kills are of this scenario.
        hub: Whether the outcome is the content of a repository, on top of the files of the folder.
    """

    commands: tuple[tuple[str, ...], ...]
    share: int
    hub: bool = False
    texts: dict[str, str] = field(default_factory=dict)


_BUILD = ("build", "multiinstruct", "ITM", "image_quality", "-o", "out", "--num-examples", "8")
_RAW = ("--data-dir", "{inputs}/raw")
_EXPAND = ("expand", "multiinstruct", "ITM", "--target", "6", "-o", "pool.parquet", "--dropped", "dropped.jsonl")
_EVALUATE = (
    *("evaluate", "multiinstruct", "nlvr", "--model", "{inputs}/model", "--max-new-tokens", "2", "--limit", "4"),
    *("--batch-size", "2", "-o", "evaluation.html"),
)
_EXPORT = ("export", "trl", "multiinstruct", "--from", "{inputs}/built", "-o", "exported", "--force")
_PUBLISH = (
    *("publish", "multiinstruct", "--from", "{inputs}/built", "--pool", "{inputs}/pool.parquet", "--yes"),
    *("--repo-id", REPOSITORY, "--i-have-the-rights", "all", "--augmented-split", "train_aug", "--variants", "2"),
)

SCENARIOS: dict[str, Scenario] = {
    "build": Scenario((_BUILD + _RAW,), 4),
    "build from archives": Scenario(((*_BUILD, "--data-dir", "{inputs}/zipped"),), 2),
    "two builds into one output": Scenario((_BUILD + _RAW, _BUILD + _RAW), 2),
    "expand": Scenario((_EXPAND,), 3),
    "evaluate": Scenario(((*_EVALUATE, *_RAW),), 2),
    "merge pools": Scenario((("pool", "merge", "{inputs}/pool.parquet", "heldout", "-o", "merged.parquet"),), 1),
    "export": Scenario(
        (("export", "trl", "multiinstruct", "--from", "{inputs}/built", "-o", "exported", "--force"),), 2
    ),
    "publish": Scenario((_PUBLISH,), 2, hub=True),
    "build with two processes": Scenario(((*_BUILD, *_RAW, "--num-proc", "2"),), 2),
}


def write_inputs(folder: Path) -> None:
    """What the commands read: raw files, the same as archives, a built benchmark, a pool and a tiny model."""
    raw = write_demo(folder / "raw", images=8)
    zip_demo(raw, folder / "zipped")
    build(
        "multiinstruct", ["ITM", "image_quality"], data_dir=raw, output=folder / "built", num_examples=6, progress=False
    )
    InstructionPool.from_tasks(BENCHMARKS["multiinstruct"].values()).save(folder / "pool.parquet")
    save_checkpoint(folder / "model")
