"""Reads the table of a pool from wherever it is: bundled with the package, a file, a URL, or a data set on the Hub."""

from __future__ import annotations

import io
import logging
import os
import re
from pathlib import Path
from typing import Any

import fsspec
import pyarrow as pa

from .errors import InstrAugError, PoolError, UnknownNameError, brief
from .instructions import Instruction, instruction_id
from .pool_table import SCHEMA
from .pool_text import TEXT_FORMATS, parse_pool
from .research_format import parse_research_tsv
from .storage import near_files, read_parquet
from .tasks import BENCHMARKS

__all__ = ["bundled_path", "bundled_pools", "check_pool_name", "read_table", "table_of"]

_log = logging.getLogger(__name__)

_FORMATS = (".parquet", *TEXT_FORMATS)
_RESEARCH_HEADER = "task_name"
_REPO_ID = re.compile(r"\w[\w.-]*/\w[\w.-]*")

_CONFIG = "instructions"
_CARDS = ("README.md", ".huggingface.yaml")

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
    columns = {name: [getattr(each, name) for each in instructions] for name in SCHEMA.names}
    return pa.table(columns, schema=SCHEMA)


def read_table(ref: str, revision: str | None = None) -> pa.Table:
    """Read a pool's table; see `InstructionPool.load`.

    Raises:
        PoolError: Raised if `ref` cannot be read.
        UnknownNameError: Raised if there is no bundled pool of that name, or no such version of it.
    """
    name = str(bundled_path(ref) or ref)
    _check_exists(name)
    try:
        if name.endswith(tuple(TEXT_FORMATS)):
            return _read_text(name)
        if name.endswith(".parquet"):
            return read_parquet(name)
        table: pa.Table = _load_published(name, revision).with_format("arrow")[:]
    except InstrAugError:
        raise
    except Exception as error:
        # Storage and Hub back ends may raise anything; every error names the pool.
        raise PoolError(
            f"Cannot read a pool from {name!r}: {brief(error)}. Expected a bundled pool "
            f"({', '.join(bundled_pools())}), a file ({', '.join(_FORMATS)}), "
            f"or a data set with a config {_CONFIG!r}."
        ) from error
    return table


def _check_exists(name: str) -> None:
    """Refuse what is no pool before the Hub is asked for it: it would take half a minute of retries."""
    if "://" in name:
        return
    if Path(name).is_dir():
        _check_folder(Path(name))
        return
    if Path(name).exists():
        if not name.endswith(_FORMATS):
            raise PoolError(f"Cannot read a pool from {name!r}: expected a file that ends in {', '.join(_FORMATS)}.")
        return
    if name.endswith(_FORMATS):
        raise PoolError(f"Cannot read a pool from {name!r}: there is no such file.{near_files(name)}")
    check_pool_name(name)
    if not _REPO_ID.fullmatch(name):
        raise PoolError(
            f"Cannot read a pool from {name!r}: there is no such folder, and a pool on the Hub is named owner/name."
        )


def check_pool_name(name: str, folder: str = ".") -> None:
    """Refuse a name that stands for no pool: neither for a bundled one, nor for a file, a folder, a URL or a Hub id.

    Args:
        folder: Where files are looked for, beside the working folder.

    Raises:
        UnknownNameError: Raised if it does not; the message has near matches among the files too.
    """
    if "/" in name or "\\" in name or name.endswith(_FORMATS) or bundled_path(name) is not None:
        return
    places = [name, str(Path(folder, name))]
    if name in BENCHMARKS or any(map(os.path.exists, places)):
        return
    raise UnknownNameError(
        "pool",
        name,
        bundled_pools(),
        hint=f"Files have a suffix (pool.parquet), pools on the Hub an owner (you/data).{near_files(places[1])}",
    )


def _check_folder(folder: Path) -> None:
    """Refuse a folder that is no data set with a pool: `datasets` would go through all that lies below it."""
    if any(_CONFIG in (folder / name).read_text("utf-8", "replace") for name in _CARDS if (folder / name).is_file()):
        return
    files = sorted(each.name for each in folder.iterdir() if each.name.endswith(_FORMATS))
    inside = f" In it: {brief(', '.join(files))}." if files else ""
    raise PoolError(
        f"Cannot read a pool from the folder {str(folder)!r}: it is no data set whose card (README.md) has a config "
        f"{_CONFIG!r}. Expected such a folder, a file ({', '.join(_FORMATS)}), or a bundled pool "
        f"({', '.join(bundled_pools())}).{inside}"
    )


def _read_text(name: str) -> pa.Table:
    with fsspec.open(name, "r", encoding="utf-8-sig", newline="") as file:
        text = file.read()
    header = text.partition("\n")[0]
    if name.endswith(".tsv") and _RESEARCH_HEADER in header.split("\t"):
        return _read_research(text, name)
    return parse_pool(text, name=name)


def _read_research(text: str, name: str) -> pa.Table:
    research = parse_research_tsv(io.StringIO(text, newline=""), name=name)
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


def _load_published(name: str, revision: str | None) -> Any:
    """The pool of a data set; of one on the Hub, that of the commit that the revision stands for now.

    `datasets` serves any cached revision when the Hub is away; a run would go on with another pool.
    """
    # Most pools are files, for which these libraries need not be imported.
    from datasets import load_dataset, load_dataset_builder
    from huggingface_hub import HfApi, constants

    if Path(name).exists() or "://" in name or constants.HF_HUB_OFFLINE:
        return load_dataset(name, _CONFIG, split="train", revision=revision)
    commit = HfApi().dataset_info(name, revision=revision).sha
    builder = load_dataset_builder(name, _CONFIG, revision=commit)
    if builder.hash != commit:
        raise PoolError(f"The Hub went away, and only the revision {builder.hash} of {name} is cached, not {commit}.")
    builder.download_and_prepare()
    return builder.as_dataset(split="train")
