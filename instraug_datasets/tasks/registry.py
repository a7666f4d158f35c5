r"""Reads task declarations from YAML files: the bundled ones and custom ones.

Each file declares the tasks of one category::

    benchmark: multiinstruct
    category: Image Text Matching
    tasks:
      image_text_selection:
        title: Image-Text Selection
        fields: [options]
        metric: accuracy
        instructions:
        - "Which of these captions describes the picture?\n\n{options}"

To add a task, add its entry; tasks are not listed anywhere else.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from ..errors import TaskError, UnknownNameError, shown
from ..safe_yaml import parse_yaml
from .spec import Task

__all__ = ["BENCHMARKS", "get_benchmark", "get_task", "read_tasks"]

_KEYS = tuple(f.name for f in dataclasses.fields(Task) if f.name not in ("name", "benchmark", "category"))
_LISTS = ("aliases", "fields", "optional_fields", "shown_fields", "sentence_fields", "boxes", "instructions")


def read_tasks(path: str | Path) -> list[Task]:
    """Read the tasks declared in a YAML file, in file order.

    Raises:
        FileNotFoundError: Raised if the file does not exist.
        TaskError: Raised if the file is malformed, lacks a key, or contains an invalid declaration.
        UnknownNameError: Raised if a key, field, role or metric is unknown.

    Example:
        >>> pool = InstructionPool.from_tasks(read_tasks("my_tasks.yaml"))
    """
    path = Path(path)
    try:
        document = parse_yaml(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise TaskError(f"{path}: invalid YAML: {error}") from error
    _check(isinstance(document, Mapping), path, "expected the keys benchmark, category and tasks")
    for key in document:
        if key not in ("benchmark", "category", "tasks"):
            raise UnknownNameError("key", key, ("benchmark", "category", "tasks"), hint=f"Found in {path}.")
    missing = [key for key in ("benchmark", "category") if not isinstance(document.get(key), str)]
    _check(not missing, path, f"{' and '.join(missing)} must be given, each as a text of your choice")
    _check(isinstance(document.get("tasks"), Mapping), path, "tasks must map names to declarations")
    tasks, problems = list[Task](), list[TaskError | UnknownNameError]()
    for name, declared in document["tasks"].items():
        try:
            tasks.append(_task(path, name, declared, benchmark=document["benchmark"], category=document["category"]))
        except (TaskError, UnknownNameError) as error:
            problems.append(error)
    if len(problems) > 1:
        raise TaskError(f"{path} has {len(problems)} invalid tasks:\n" + "\n".join(f"- {each}" for each in problems))
    if problems:
        raise problems[0]
    return tasks


def get_benchmark(name: str) -> Mapping[str, Task]:
    """Return the tasks of a benchmark by name.

    Raises:
        UnknownNameError: Raised if the benchmark is unknown.

    Example:
        >>> [name for name, task in get_benchmark("multiinstruct").items() if task.role == "eval"]
    """
    if name not in BENCHMARKS:
        raise UnknownNameError("benchmark", name, BENCHMARKS)
    return BENCHMARKS[name]


def get_task(benchmark: str, name: str) -> Task:
    """Return a task by name or alias.

    Raises:
        UnknownNameError: Raised if the benchmark or the task is unknown.

    Example:
        >>> get_task("multiinstruct", "nlvr").name
        'natural_language_visual_reasoning'
    """
    tasks = get_benchmark(benchmark)
    if name in tasks:
        return tasks[name]
    by_alias = {alias: task for task in tasks.values() for alias in task.aliases}
    if name not in by_alias:
        raise UnknownNameError("task", name, (*tasks, *by_alias), hint=f"`instraug tasks {benchmark}` lists all tasks.")
    return by_alias[name]


def _task(path: Path, name: str, declared: Any, *, benchmark: str, category: str) -> Task:
    _check(isinstance(name, str) and bool(name), path, f"task names must be strings, but got {shown(name)}")
    _check(isinstance(declared, Mapping), path, f"task {shown(name)} must map keys to values")
    for key in declared:
        if key not in _KEYS:
            raise UnknownNameError("key", key, _KEYS, hint=f"Found in the task {shown(name)} of {path}.")
    values = dict(declared)
    for key in _LISTS:
        value = values.get(key, [])
        good = isinstance(value, list) and all(isinstance(item, str) for item in value)
        _check(good, path, f"{key} of task {shown(name)} must be a list of strings, but got {shown(value)}")
        values[key] = tuple(value)
    return Task(name=name, benchmark=benchmark, category=category, **values)


def _check(good: bool, path: Path, problem: str) -> None:
    if not good:
        raise TaskError(f"{path}: {problem}.")


def _join(tasks: Iterable[Task]) -> Mapping[str, Mapping[str, Task]]:
    """Group tasks by benchmark and name; duplicate names and aliases raise an error."""
    joined: dict[str, dict[str, Task]] = {}
    taken: set[tuple[str, str]] = set()
    for task in tasks:
        for name in (task.name, *task.aliases):
            if (task.benchmark, name) in taken:
                raise TaskError(f"Two tasks of {task.benchmark} have the name or alias {name!r}.")
            taken.add((task.benchmark, name))
        joined.setdefault(task.benchmark, {})[task.name] = task
    return MappingProxyType({name: MappingProxyType(members) for name, members in joined.items()})


BENCHMARKS = _join(task for path in sorted(Path(__file__).parent.glob("*/*.yaml")) for task in read_tasks(path))
"""All declared tasks, by benchmark and name; read-only."""
