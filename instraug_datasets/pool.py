"""Pools: all instructions of a set of tasks, with where each came from."""

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
    """An immutable table of instructions; as a mapping, from task to instructions, meta instructions first.

    The order of the rows it is made from does not matter: two pools with the same instructions are equal, have the same
    `digest` and give the same prompts.

    Args:
        table: The columns of `SCHEMA`; nullable ones may be left out.

    Raises:
        PoolError: The table is empty, lacks or adds a column, repeats an instruction, or holds a text that is not a
            template.
    """

    def __init__(self, table: pa.Table) -> None:
        self._table = _canonical(_conform(table))

    @classmethod
    def from_instructions(cls, instructions: Iterable[Instruction]) -> InstructionPool:
        """A pool of these instructions."""
        rows = [{"instruction_id": each.instruction_id, **dataclasses.asdict(each)} for each in instructions]
        return cls(pa.Table.from_pylist(rows, schema=SCHEMA))

    @classmethod
    def from_dict(cls, texts: Mapping[str, Iterable[str]]) -> InstructionPool:
        """A pool of meta instructions: `{task: [text, ...]}`."""
        listed = {task: [texts_of] if isinstance(texts_of, str) else list(texts_of) for task, texts_of in texts.items()}
        for task, its_texts in listed.items():
            if not its_texts:
                raise PoolError(f"The task {task!r} has no instructions; leave it out or give it at least one.")
        return cls.from_instructions(
            Instruction(task=task, text=text) for task, its_texts in listed.items() for text in its_texts
        )

    @classmethod
    def from_tasks(cls, tasks: Iterable[Task]) -> InstructionPool:
        """The meta instructions that the tasks declare; excluded tasks are left out."""
        return cls.from_dict({task.name: task.instructions for task in tasks if task.role != "excluded"})

    @classmethod
    def load(cls, ref: str | Path, revision: str | None = None) -> InstructionPool:
        """Read a pool.

        Args:
            ref: A bundled pool ("multiinstruct"), a Parquet file, a TSV file of the original research code, the folder
                or Hub id of a data set with a config `instructions`, or an fsspec URL of one of these files.
            revision: The Hub revision to read; only for a Hub id.

        Raises:
            PoolError: There is nothing to read at `ref`, or it is not a pool.
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
            # Storage and Hub back ends raise whatever they like; one sentence names the pool for all of them.
            raise PoolError(
                f"Cannot read a pool from {name!r}: {error}. Expected a bundled pool ({', '.join(sorted(bundled))}), "
                "a .parquet or .tsv file, or a data set with a config 'instructions'."
            ) from error
        return cls(dataset.with_format("arrow")[:])

    @classmethod
    def _from_research(cls, name: str) -> InstructionPool:
        with fsspec.open(name, "r", encoding="utf-8", newline="") as file:
            research = parse_research_tsv(file, name=name)
        # The original lists some texts several times; an instruction has one id.
        instructions = {
            (row.task, row.text): Instruction(
                task=row.task, text=row.text, origin=row.origin and instruction_id(row.task, row.origin)
            )
            for row in reversed(research.rows)
        }
        _log.warning(
            "%s: read %d instructions; left out %d that its filter had dropped, %d that name boxes one by one, "
            "%d repeats.",
            name,
            len(instructions),
            research.dropped,
            research.unsupported,
            len(research.rows) - len(instructions),
        )
        return cls.from_instructions(instructions.values())

    def save(self, path: str | Path) -> None:
        """Write the pool as Parquet, to a file or an fsspec URL; equal pools give equal bytes."""
        with fsspec.open(str(path), "wb") as file:
            pq.write_table(self._table, file, compression="zstd")

    def to_table(self) -> pa.Table:
        """The instructions as a table with the columns of `SCHEMA`, by task, meta instructions first."""
        return self._table

    @cached_property
    def digest(self) -> str:
        """32 hexadecimal digits that identify the content."""
        content = hashlib.sha256()
        for row in self._table.to_pylist():
            content.update(json.dumps(row, ensure_ascii=False).encode() + b"\n")
        return content.hexdigest()[:32]

    def stats(self) -> list[TaskStats]:
        """The size of every task's share, in the order of the tasks' names."""
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
        # Only the rows travel: pickles, and with them `datasets` fingerprints, depend on nothing else.
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
    # The rows were checked when the pool was made.
    pool = InstructionPool.__new__(InstructionPool)
    pool._table = pa.ipc.open_stream(data).read_all()
    return pool


def _conform(table: pa.Table) -> pa.Table:
    """The table with the columns of `SCHEMA`, checked."""
    for name in table.column_names:
        if name not in SCHEMA.names:
            raise PoolError(f"A pool has no column {name!r}; its columns are {', '.join(SCHEMA.names)}.")
    columns = []
    for field in SCHEMA:
        if field.name in table.column_names:
            columns.append(_cast(table.column(field.name), field))
        elif field.nullable:
            columns.append(pa.nulls(table.num_rows, field.type))
        else:
            raise PoolError(f"A pool needs the column {field.name!r}, but this table has {table.column_names}.")
    if not table.num_rows:
        raise PoolError("The pool is empty; it needs at least one instruction.")
    conformed = pa.table(columns, schema=SCHEMA).combine_chunks()
    _check_rows(conformed.select(["instruction_id", "task", "text"]).to_pylist())
    return conformed


def _cast(column: pa.ChunkedArray, field: pa.Field) -> pa.ChunkedArray:
    if column.null_count and not field.nullable:
        row = column.is_null().index(True).as_py()
        raise PoolError(f"The pool's column {field.name!r} must not be null, but it is in row {row}.")
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
                f"The id {row['instruction_id']!r} is not that of its task and text, which is {expected!r}."
            )
        if expected in seen:
            raise PoolError(f"The pool holds an instruction of the task {task!r} twice: {text!r}.")
        seen.add(expected)
        try:
            parse(text)
        except (TemplateError, UnknownNameError) as error:
            raise PoolError(f"Task {task!r}: {error}") from error


def _canonical(table: pa.Table) -> pa.Table:
    """The rows by task, meta instructions first, then by id."""
    variant = table.column("origin").is_valid()
    ordered = table.append_column("variant", variant).sort_by(
        [("task", "ascending"), ("variant", "ascending"), ("instruction_id", "ascending")]
    )
    return ordered.drop_columns(["variant"]).combine_chunks()
