"""Functions called with arguments and data of any kind."""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa

from instraug_datasets import InstructionAugmenter
from instraug_datasets.engines.inference import InferenceEngine
from instraug_datasets.expansion.config import Config
from instraug_datasets.records import FEATURES
from instraug_datasets.samplers import STRATEGIES
from instraug_datasets.stream.settings import AugmenterOptions, Settings
from tests.fuzz.draws import Draws, Surface
from tests.fuzz.surfaces.pools import POOL

__all__ = ["SURFACES"]

_OPTIONS = sorted(AugmenterOptions.__annotations__)
_SETTINGS = sorted(Config.__dataclass_fields__)
_SERVER = ("timeout", "retries", "concurrency", "extra_body", "base_url", "api_key")
_COLUMNS = sorted({*FEATURES, "other"})
_OUTPUTS = ("prompt", "messages", "prompt_completion")

Call = tuple[str, dict[str, Any]]


def _call(draws: Draws) -> Call:
    what = draws.pick(("augment", "augmenter", "expand", "server"))
    names = {"augment": _OPTIONS, "augmenter": _OPTIONS, "expand": _SETTINGS, "server": _SERVER}
    return what, draws.options(names[what])


def check_call(case: Call, folder: Path) -> None:
    """Arguments are taken or refused."""
    what, given = case
    if what == "augment":
        Settings.of(given).changed()
    elif what == "augmenter":
        InstructionAugmenter(POOL, **given)  # of any type
    elif what == "expand":
        Config.from_dict(given).to_dict()
    else:
        InferenceEngine("m", **{"base_url": "http://127.0.0.1:9", **given})


def _batch(draws: Draws) -> tuple[str, str, Any, Any]:
    """A strategy, an output, an epoch, and a good batch with some columns replaced."""
    rows = draws.number(0, 3)
    batch: Any = {
        "unique_id": [f"u{row}" for row in range(rows)],
        "task": [draws.pick("abc") for _ in range(rows)],
        "question": ["Why?"] * rows,
        "text": ["{x}"] * rows,
        "options": [["a", "b"]] * rows,
        "region": [[[1.0, 2.0, 3.0, 4.0]]] * rows,
        "target": ["a"] * rows,
    }
    for _ in range(draws.number(0, 3)):
        name = draws.pick(_COLUMNS)
        kind = draws.under(3)
        if kind == 0:
            batch.pop(name, None)
        elif kind == 1:
            batch[name] = draws.anything()
        else:
            batch[name] = [draws.anything() for _ in range(rows)]
    shape = draws.under(8)
    if shape == 0 and rows:
        batch = {name: values[0] if isinstance(values, list) and values else values for name, values in batch.items()}
    elif shape == 1:
        with suppress(Exception):  # what Arrow has no type for stays a dict
            batch = pa.table(batch)
    elif shape == 2 and draws.chance(8):
        batch = draws.anything()
    epoch = draws.anything() if draws.chance(8) else draws.number(0, 5)
    return draws.pick(sorted(STRATEGIES)), draws.pick(_OUTPUTS), epoch, batch


def check_batch(case: tuple[str, str, Any, Any], folder: Path) -> None:
    """A batch is augmented or refused."""
    strategy, output, epoch, batch = case
    augmenter = _augmenter(strategy, output)
    augmenter.set_epoch(epoch)
    augmenter(batch)


@cache
def _augmenter(strategy: str, output: str) -> InstructionAugmenter:
    return InstructionAugmenter(POOL, strategy=strategy, output=output)


SURFACES = {
    "arguments": Surface(_call, check_call, 50),
    "batches": Surface(_batch, check_batch, 40),
}
