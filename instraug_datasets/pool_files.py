"""Reads the table of a pool from wherever it is: bundled with the package, a file, a URL, or a data set on the Hub."""

from __future__ import annotations

import dataclasses
import logging
from pathlib import Path

import fsspec
import pyarrow as pa
from datasets import Dataset, load_dataset, load_dataset_builder
from huggingface_hub import HfApi, is_offline_mode

from .errors import InstrAugError, PoolError, UnknownNameError
from .instructions import Instruction, instruction_id
from .pool_table import SCHEMA
from .research_format import parse_research_tsv
from .storage import read_parquet

__all__ = ["bundled_path", "bundled_pools", "read_table", "table_of"]

_log = logging.getLogger(__name__)

_BUNDLED = Path(__file__).parent / "pools"


def bundled_pools() -> dict[str, list[int]]:
    """The names of the bundled pools, each with its versions in order.

    Example:
        >>> bundled_pools()["multiinstruct"]
        [1, 2]
    """
    found: dict[str, list[int]] = {}
    for path in _BUNDLED.glob("*@*.parquet"):
        name, _, version = path.stem.partition("@")
        found.setdefault(name, []).append(int(version))
    return {name: sorted(found[name]) for name in sorted(found)}


def bundled_path(ref: str) -> Path | None:
    """The file of a bundled pool, given as `name` for its newest version or `name@version`; None if it is no such name.

    Raises:
        UnknownNameError: Raised if a bundled pool has no such version.
    """
    name, _, version = ref.partition("@")
    versions = bundled_pools().get(name)
    if versions is None:
        return None
    known = [str(each) for each in versions]
    if version and version not in known:
        raise UnknownNameError("version", version, known, hint=f"Of the bundled pool {name!r}.")
    return _BUNDLED / f"{name}@{version or known[-1]}.parquet"


def table_of(instructions: list[Instruction]) -> pa.Table:
    """The instructions as a table."""
    rows = [{"instruction_id": each.instruction_id, **dataclasses.asdict(each)} for each in instructions]
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def read_table(ref: str, revision: str | None = None) -> pa.Table:
    """Read a pool's table; see `InstructionPool.load`.

    Raises:
        PoolError: Raised if `ref` cannot be read.
        UnknownNameError: Raised if a bundled pool has no such version.
    """
    name = str(bundled_path(ref) or ref)
    try:
        if name.endswith(".tsv"):
            return _read_research(name)
        if name.endswith(".parquet"):
            return read_parquet(name)
        table: pa.Table = _load_published(name, revision).with_format("arrow")[:]
    except InstrAugError:
        raise
    except Exception as error:
        # Storage and Hub back ends may raise anything; every error names the pool.
        raise PoolError(
            f"Cannot read a pool from {name!r}: {error}. Expected a bundled pool ({', '.join(bundled_pools())}), "
            "a .parquet or .tsv file, or a data set with a config 'instructions'."
        ) from error
    return table


def _read_research(name: str) -> pa.Table:
    with fsspec.open(name, "r", encoding="utf-8", newline="") as file:
        research = parse_research_tsv(file, name=name)
    # Research files repeat some texts; ids must be unique.
    instructions = {
        (row.task, row.text): Instruction(
            task=row.task, text=row.text, origin=row.origin and instruction_id(row.task, row.origin)
        )
        for row in reversed(research.rows)
    }
    _log.warning(
        "%s: read %d instructions; skipped %d that the research filter rejected, %d that refer to boxes "
        "separately, and %d duplicates.",
        name,
        len(instructions),
        research.dropped,
        research.unsupported,
        len(research.rows) - len(instructions),
    )
    return table_of(list(instructions.values()))


def _load_published(name: str, revision: str | None) -> Dataset:
    """The pool of a data set; of one on the Hub, that of the commit that the revision stands for now.

    `datasets` serves any cached revision when the Hub is away; a run would go on with another pool.
    """
    if Path(name).exists() or "://" in name or is_offline_mode():
        return load_dataset(name, "instructions", split="train", revision=revision)
    commit = HfApi().dataset_info(name, revision=revision).sha
    builder = load_dataset_builder(name, "instructions", revision=commit)
    if builder.hash != commit:
        raise PoolError(f"The Hub went away, and only the revision {builder.hash} of {name} is cached, not {commit}.")
    builder.download_and_prepare()
    return builder.as_dataset(split="train")
