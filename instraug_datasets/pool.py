"""Instruction pools: all instructions of a set of tasks, with their lineage."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from .errors import PoolError, UnknownNameError, shown
from .instructions import Instruction, TaskStats, instruction_id
from .pool_files import bundled_path, read_table, table_of
from .pool_table import SCHEMA, conform, digest_of, task_rows
from .pool_text import TEXT_FORMATS, format_pool
from .storage import write_whole
from .tasks import BENCHMARKS, Task

__all__ = ["SCHEMA", "Instruction", "InstructionPool", "TaskStats", "instruction_id", "meta_instructions"]


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
        self._table = conform(table)

    @classmethod
    def from_instructions(cls, instructions: Iterable[Instruction]) -> InstructionPool:
        """Create a pool of instructions.

        Example:
            >>> InstructionPool.from_instructions([Instruction(task="vqa", text="{question}")])
        """
        return cls(table_of(list(instructions)))

    @classmethod
    def from_dict(cls, texts: Mapping[str, Iterable[str]]) -> InstructionPool:
        """Create a pool of meta instructions from texts by task.

        Raises:
            PoolError: Raised if a task has no texts, or a text is malformed.

        Example:
            >>> InstructionPool.from_dict({"vqa": ["{question}", "Question: {question} Answer:"]})
        """
        if not isinstance(texts, Mapping):
            raise PoolError(f"A pool is made of texts by task, {{'task': ['text', ...]}}, but got {shown(texts)}.")
        listed = {task: [texts_of] if isinstance(texts_of, str) else list(texts_of) for task, texts_of in texts.items()}
        for task, texts_of_task in listed.items():
            if not texts_of_task:
                raise PoolError(f"The task {shown(task)} has no instructions; leave it out or give it at least one.")
        return cls.from_instructions(
            Instruction(task=task, text=text) for task, texts_of_task in listed.items() for text in texts_of_task
        )

    @classmethod
    def from_tasks(cls, tasks: Iterable[Task]) -> InstructionPool:
        """Create a pool of the meta instructions of tasks; excluded tasks are left out.

        Example:
            >>> InstructionPool.from_tasks(read_tasks("my_tasks.yaml"))
        """
        built = [task for task in tasks if task.role != "excluded"]
        return cls.from_instructions(each for task in built for each in meta_instructions(task))

    @classmethod
    def load(cls, ref: str | Path, revision: str | None = None) -> InstructionPool:
        """Load a pool.

        Args:
            ref: A bundled pool (`multiinstruct`, `instructblip`, `heldout`: the newest version; `multiinstruct@1`: an
                earlier one, whose digest never changes), a Parquet, JSON lines, CSV, TSV or YAML file as written by
                `instraug pool export`, a TSV file of the original research code, an fsspec URL of one of these files,
                or a folder or Hub id of a data set with a config `instructions`.
            revision: The Hub revision; only for a Hub id.

        Raises:
            PoolError: Raised if `ref` cannot be read or is not a pool; the message lists all invalid instructions.
            UnknownNameError: Raised if there is no bundled pool of that name, or no such version of it.

        Example:
            >>> pool = InstructionPool.load("instraug/pools", revision="v1")
        """
        if not isinstance(ref, str | Path):
            raise PoolError(
                f"A pool is given by its name, path or Hub id, but got {shown(ref)}. InstructionPool.from_dict makes "
                "one of texts by task."
            )
        name = str(ref)
        if name in BENCHMARKS and bundled_path(name) is None:
            return cls.from_tasks(BENCHMARKS[name].values())
        return _of_checked(conform(read_table(name, revision), name=name))

    def save(self, path: str | Path) -> None:
        """Write the pool to a file or fsspec URL; equal pools give identical bytes.

        The format is that of the suffix: `.jsonl`, `.csv`, `.tsv` and `.yaml` for editing, otherwise Parquet. A file
        that is already there is replaced whole or not at all.

        Raises:
            OutputError: Raised if the file cannot be written.

        Example:
            >>> pool.save("pool.parquet")
        """
        suffix = Path(path).suffix
        if suffix in TEXT_FORMATS:
            write_whole(path, format_pool(self._table, suffix).encode())
            return
        content = pa.BufferOutputStream()
        pq.write_table(self._table, content, compression="zstd")
        write_whole(path, content.getvalue())

    def to_table(self) -> pa.Table:
        """Return the instructions as a table with the columns of `SCHEMA`, by task, meta instructions first.

        Example:
            >>> pool.to_table().to_pandas()
        """
        return self._table

    @cached_property
    def digest(self) -> str:
        """32 hexadecimal digits that identify the content."""
        return digest_of(self._table)

    def stats(self) -> list[TaskStats]:
        """Return the number of instructions per task, ordered by task.

        Example:
            >>> {each.task: each.expansion for each in pool.stats()}
        """
        origins = self._table.column("origin")
        return [
            TaskStats(task, origins.slice(rows.start, len(rows)).null_count, len(rows))
            for task, rows in self._rows.items()
        ]

    @cached_property
    def _rows(self) -> dict[str, range]:
        return task_rows(self._table)

    @cached_property
    def _read(self) -> dict[str, tuple[Instruction, ...]]:
        """The tasks that were asked for; most users of a large pool need no `Instruction` objects."""
        return {}

    def __getitem__(self, task: str) -> tuple[Instruction, ...]:
        if task not in self._rows:
            raise UnknownNameError("task", task, self._rows, hint="The pool has no instructions for it.")
        if task not in self._read:
            rows = self._rows[task]
            table = self._table.slice(rows.start, len(rows)).drop_columns(["instruction_id"])
            self._read[task] = tuple(map(_instruction, table.to_pylist()))
        return self._read[task]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, InstructionPool) and self._table.equals(other._table)

    def __hash__(self) -> int:
        return hash(self.digest)

    def __repr__(self) -> str:
        tasks, instructions = _count(len(self), "task"), _count(self._table.num_rows, "instruction")
        return f"InstructionPool({tasks}, {instructions}, digest {self.digest})"

    def __reduce__(self) -> tuple[Any, ...]:
        # Pickle only the rows, so that pickles and `datasets` fingerprints depend on nothing else; taken, because equal
        # columns may differ in their buffers.
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, SCHEMA) as writer:
            writer.write_table(self._table.take(pa.array(range(self._table.num_rows), pa.int64())))
        return _unpickled, (sink.getvalue().to_pybytes(),)


def meta_instructions(task: Task) -> list[Instruction]:
    """The meta instructions of a task, as they stand in a pool.

    Example:
        >>> [each.text for each in meta_instructions(get_task("multiinstruct", "ITM"))]
    """
    return [
        Instruction(task=task.name, text=text, absent_fields=task.hidden_fields(text)) for text in task.instructions
    ]


def _instruction(row: dict[str, Any]) -> Instruction:
    lists = {name: row[name] and tuple(row[name]) for name in ("absent_fields", "label_pairs")}
    return Instruction(**{**row, **lists})


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _unpickled(data: bytes) -> InstructionPool:
    # The rows were validated when the pool was created.
    return _of_checked(pa.ipc.open_stream(data).read_all())


def _of_checked(table: pa.Table) -> InstructionPool:
    pool = InstructionPool.__new__(InstructionPool)
    pool._table = table
    return pool
