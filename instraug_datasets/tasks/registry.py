r"""Reads task declarations from YAML: ours, and a user's own.

One file a category::

    benchmark: multiinstruct
    category: Image Text Matching
    tasks:
      image_text_selection:
        title: Image-Text Selection
        fields: [options]
        metric: accuracy
        instructions:
        - "Which of these captions describes the picture?\n\n{options}"

Adding a task means adding its entry; nothing else lists tasks.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from ..errors import TaskError, UnknownNameError
from .spec import Task

__all__ = ["BENCHMARKS", "get_benchmark", "get_task", "read_tasks"]

_KEYS = tuple(f.name for f in dataclasses.fields(Task) if f.name not in ("name", "benchmark", "category"))
_LISTS = ("aliases", "fields", "optional_fields", "boxes", "instructions")


def read_tasks(path: str | Path) -> list[Task]:
    """The tasks that a YAML file declares, in its order.

    Raises:
        FileNotFoundError: There is no such file.
        TaskError: The file is not YAML, lacks a key, or a declaration contradicts itself.
        UnknownNameError: A key, field, role or metric is not known.
    """
    path = Path(path)
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise TaskError(f"{path}: not readable as YAML: {error}") from error
    _check(isinstance(document, Mapping), path, "expected the keys benchmark, category and tasks")
    for key in document:
        if key not in ("benchmark", "category", "tasks"):
            raise UnknownNameError("key", key, ("benchmark", "category", "tasks"), hint=f"It stands in {path}.")
    for key in ("benchmark", "category"):
        _check(isinstance(document.get(key), str), path, f"{key} must be a text")
    _check(isinstance(document.get("tasks"), Mapping), path, "tasks must map names to declarations")
    return [
        _task(path, name, declared, benchmark=document["benchmark"], category=document["category"])
        for name, declared in document["tasks"].items()
    ]


def get_benchmark(name: str) -> Mapping[str, Task]:
    """The tasks of a benchmark by name.

    Raises:
        UnknownNameError: There is no such benchmark.
    """
    if name not in BENCHMARKS:
        raise UnknownNameError("benchmark", name, BENCHMARKS)
    return BENCHMARKS[name]


def get_task(benchmark: str, name: str) -> Task:
    """The task of that name or alias.

    Raises:
        UnknownNameError: The benchmark or the task does not exist.
    """
    tasks = get_benchmark(benchmark)
    if name in tasks:
        return tasks[name]
    by_alias = {alias: task for task in tasks.values() for alias in task.aliases}
    if name not in by_alias:
        raise UnknownNameError(
            "task", name, (*tasks, *by_alias), hint=f"`instraug tasks {benchmark}` lists all of {benchmark}."
        )
    return by_alias[name]


def _task(path: Path, name: str, declared: Any, *, benchmark: str, category: str) -> Task:
    _check(isinstance(name, str) and bool(name), path, f"a task's name must be a text, but got {name!r}")
    _check(isinstance(declared, Mapping), path, f"task {name!r} must map keys to values")
    for key in declared:
        if key not in _KEYS:
            raise UnknownNameError("key", key, _KEYS, hint=f"It stands in the task {name!r} of {path}.")
    values = dict(declared)
    for key in _LISTS:
        value = values.get(key, [])
        good = isinstance(value, list) and all(isinstance(item, str) for item in value)
        _check(good, path, f"{key} of task {name!r} must be a list of texts, but got {value!r}")
        values[key] = tuple(value)
    return Task(name=name, benchmark=benchmark, category=category, **values)


def _check(good: bool, path: Path, problem: str) -> None:
    if not good:
        raise TaskError(f"{path}: {problem}.")


def _join(tasks: Iterable[Task]) -> Mapping[str, Mapping[str, Task]]:
    """Tasks by benchmark and name, refusing names and aliases that clash."""
    joined: dict[str, dict[str, Task]] = {}
    taken: set[tuple[str, str]] = set()
    for task in tasks:
        for name in (task.name, *task.aliases):
            if (task.benchmark, name) in taken:
                raise TaskError(f"Two tasks of {task.benchmark} are called {name!r}.")
            taken.add((task.benchmark, name))
        joined.setdefault(task.benchmark, {})[task.name] = task
    return MappingProxyType({name: MappingProxyType(members) for name, members in joined.items()})


BENCHMARKS = _join(task for path in sorted(Path(__file__).parent.glob("*/*.yaml")) for task in read_tasks(path))
"""Every declared task, by benchmark and name; read-only."""
