"""Instruction pools: all instructions of a set of tasks, with their lineage."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
from datasets import Dataset, load_dataset, load_dataset_builder
from huggingface_hub import HfApi, is_offline_mode

from .errors import InstrAugError, PoolError, TemplateError, UnknownNameError
from .instructions import Instruction, TaskStats, instruction_id
from .research_format import parse_research_tsv
from .tasks import BENCHMARKS, Task
from .templates import parse

__all__ = ["SCHEMA", "Instruction", "InstructionPool", "TaskStats", "instruction_id"]

_log = logging.getLogger(__name__)

_BUNDLED = Path(__file__).parent / "pools"

SCHEMA = pa.schema(
    [
        pa.field("instruction_id", pa.string(), nullable=False),
        pa.field("task", pa.string(), nullable=False),
        pa.field("text", pa.string(), nullable=False),
        pa.field("origin", pa.string()),
        pa.field("parent", pa.string()),
        pa.field("engine", pa.string()),
        pa.field("model", pa.string()),
        pa.field("meta_prompt", pa.string()),
        pa.field("temperature", pa.float64()),
        pa.field("iteration", pa.int32()),
        pa.field("score", pa.float64()),
    ]
)
"""The columns of a pool, in order."""


class InstructionPool(Mapping[str, Sequence[Instruction]]):
    """An immutable table of instructions; a mapping from task to instructions, meta instructions first.

    Pools with the same instructions are equal regardless of row order: they have the same `digest` and give the same
    prompts.

    Args:
        table: A table with the columns of `SCHEMA`; nullable columns are optional.

    Raises:
        PoolError: Raised if the table is empty, has missing or unknown columns, or contains a duplicate or a malformed
            instruction.

    Example:
        >>> pool = InstructionPool.load("multiinstruct")
        >>> pool["image_caption"][0].text
    """

    def __init__(self, table: pa.Table) -> None:
        self._table = _canonical(_conform(table))

    @classmethod
    def from_instructions(cls, instructions: Iterable[Instruction]) -> InstructionPool:
        """Create a pool of instructions.

        Example:
            >>> InstructionPool.from_instructions([Instruction(task="vqa", text="{question}")])
        """
        rows = [{"instruction_id": each.instruction_id, **dataclasses.asdict(each)} for each in instructions]
        return cls(pa.Table.from_pylist(rows, schema=SCHEMA))

    @classmethod
    def from_dict(cls, texts: Mapping[str, Iterable[str]]) -> InstructionPool:
        """Create a pool of meta instructions from texts by task.

        Raises:
            PoolError: Raised if a task has no texts, or a text is malformed.

        Example:
            >>> InstructionPool.from_dict({"vqa": ["{question}", "Question: {question} Answer:"]})
        """
        listed = {task: [texts_of] if isinstance(texts_of, str) else list(texts_of) for task, texts_of in texts.items()}
        for task, texts_of_task in listed.items():
            if not texts_of_task:
                raise PoolError(f"The task {task!r} has no instructions; leave it out or give it at least one.")
        return cls.from_instructions(
            Instruction(task=task, text=text) for task, texts_of_task in listed.items() for text in texts_of_task
        )

    @classmethod
    def from_tasks(cls, tasks: Iterable[Task]) -> InstructionPool:
        """Create a pool of the meta instructions of tasks; excluded tasks are left out.

        Example:
            >>> InstructionPool.from_tasks(read_tasks("my_tasks.yaml"))
        """
        return cls.from_dict({task.name: task.instructions for task in tasks if task.role != "excluded"})

    @classmethod
    def load(cls, ref: str | Path, revision: str | None = None) -> InstructionPool:
        """Load a pool.

        Args:
            ref: A bundled pool (`multiinstruct`, `instructblip`, `heldout`), a Parquet file, a TSV file of the original
                research code, an fsspec URL of one of these files, or a folder or Hub id of a data set with a config
                `instructions`.
            revision: The Hub revision; only for a Hub id.

        Raises:
            PoolError: Raised if `ref` cannot be read or is not a pool.

        Example:
            >>> pool = InstructionPool.load("instraug/pools", revision="v1")
        """
        name = str(ref)
        bundled = {path.stem: path for path in _BUNDLED.glob("*.parquet")}
        if name in BENCHMARKS and name not in bundled:
            return cls.from_tasks(BENCHMARKS[name].values())
        name = str(bundled.get(name, name))
        try:
            if name.endswith(".tsv"):
                return cls._from_research(name)
            if name.endswith(".parquet"):
                with fsspec.open(name, "rb") as file:
                    return cls(pq.read_table(file))
            dataset = _load_published(name, revision)
        except InstrAugError:
            raise
        except Exception as error:
            # Storage and Hub back ends may raise anything; every error names the pool.
            raise PoolError(
                f"Cannot read a pool from {name!r}: {error}. Expected a bundled pool ({', '.join(sorted(bundled))}), "
                "a .parquet or .tsv file, or a data set with a config 'instructions'."
            ) from error
        return cls(dataset.with_format("arrow")[:])

    @classmethod
    def _from_research(cls, name: str) -> InstructionPool:
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
        return cls.from_instructions(instructions.values())

    def save(self, path: str | Path) -> None:
        """Write the pool as Parquet to a file or fsspec URL; equal pools give identical bytes.

        Example:
            >>> pool.save("pool.parquet")
        """
        with fsspec.open(str(path), "wb") as file:
            pq.write_table(self._table, file, compression="zstd")

    def to_table(self) -> pa.Table:
        """Return the instructions as a table with the columns of `SCHEMA`, by task, meta instructions first.

        Example:
            >>> pool.to_table().to_pandas()
        """
        return self._table

    @cached_property
    def digest(self) -> str:
        """32 hexadecimal digits that identify the content."""
        content = hashlib.sha256()
        for row in self._table.to_pylist():
            content.update(json.dumps(row, ensure_ascii=False).encode() + b"\n")
        return content.hexdigest()[:32]

    def stats(self) -> list[TaskStats]:
        """Return the number of instructions per task, ordered by task.

        Example:
            >>> {each.task: each.expansion for each in pool.stats()}
        """
        return [
            TaskStats(task, sum(each.origin is None for each in instructions), len(instructions))
            for task, instructions in self.items()
        ]

    @cached_property
    def _by_task(self) -> dict[str, tuple[Instruction, ...]]:
        grouped: dict[str, list[Instruction]] = {}
        for row in self._table.drop_columns(["instruction_id"]).to_pylist():
            grouped.setdefault(row["task"], []).append(Instruction(**row))
        return {task: tuple(instructions) for task, instructions in grouped.items()}

    def __getitem__(self, task: str) -> tuple[Instruction, ...]:
        if task not in self._by_task:
            raise UnknownNameError("task", task, self._by_task, hint="The pool has no instructions for it.")
        return self._by_task[task]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_task)

    def __len__(self) -> int:
        return len(self._by_task)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, InstructionPool) and self._table.equals(other._table)

    def __hash__(self) -> int:
        return hash(self.digest)

    def __repr__(self) -> str:
        return f"InstructionPool({len(self)} tasks, {self._table.num_rows} instructions, digest {self.digest})"

    def __reduce__(self) -> tuple[Any, ...]:
        # Pickle only the rows, so that pickles and `datasets` fingerprints depend on nothing else.
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, SCHEMA) as writer:
            writer.write_table(self._table)
        return _unpickled, (sink.getvalue().to_pybytes(),)


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


def _unpickled(data: bytes) -> InstructionPool:
    # The rows were validated when the pool was created.
    pool = InstructionPool.__new__(InstructionPool)
    pool._table = pa.ipc.open_stream(data).read_all()
    return pool


def _conform(table: pa.Table) -> pa.Table:
    """Validate a table and return it with the columns of `SCHEMA`."""
    for name in table.column_names:
        if name not in SCHEMA.names:
            raise PoolError(f"Unknown pool column {name!r}; expected {', '.join(SCHEMA.names)}.")
    columns = []
    for field in SCHEMA:
        if field.name in table.column_names:
            columns.append(_cast(table.column(field.name), field))
        elif field.nullable:
            columns.append(pa.nulls(table.num_rows, field.type))
        else:
            raise PoolError(f"The pool lacks the required column {field.name!r}; its columns are {table.column_names}.")
    if not table.num_rows:
        raise PoolError("The pool is empty; expected at least one instruction.")
    conformed = pa.table(columns, schema=SCHEMA).combine_chunks()
    _check_rows(conformed.select(["instruction_id", "task", "text"]).to_pylist())
    return conformed


def _cast(column: pa.ChunkedArray, field: pa.Field) -> pa.ChunkedArray:
    if column.null_count and not field.nullable:
        row = column.is_null().index(True).as_py()
        raise PoolError(f"The pool's column {field.name!r} must not be null, but is null in row {row}.")
    try:
        return column.cast(field.type)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise PoolError(
            f"The pool's column {field.name!r} must be {field.type}, but is {column.type}: {error}"
        ) from error


def _check_rows(rows: Iterable[Mapping[str, str]]) -> None:
    seen: set[str] = set()
    for row in rows:
        task, text = row["task"], row["text"]
        expected = instruction_id(task, text)
        if row["instruction_id"] != expected:
            raise PoolError(
                f"The id {row['instruction_id']!r} does not match its task and text; expected {expected!r}."
            )
        if expected in seen:
            raise PoolError(f"The pool contains a duplicate instruction of the task {task!r}: {text!r}.")
        seen.add(expected)
        try:
            parse(text)
        except (TemplateError, UnknownNameError) as error:
            raise PoolError(f"Task {task!r}: {error}") from error


def _canonical(table: pa.Table) -> pa.Table:
    """Sort the rows by task, meta instructions first, then by id."""
    variant = table.column("origin").is_valid()
    ordered = table.append_column("variant", variant).sort_by(
        [("task", "ascending"), ("variant", "ascending"), ("instruction_id", "ascending")]
    )
    return ordered.drop_columns(["variant"]).combine_chunks()
