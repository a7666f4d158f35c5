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
from collections.abc import Hashable, Iterable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from ..errors import TaskError, UnknownNameError, several, shown
from ..safe_yaml import line_numbers, parse_yaml, yaml_problem
from .spec import Task

__all__ = ["BENCHMARKS", "get_benchmark", "get_task", "read_tasks"]

Problem = tuple[tuple[Hashable, ...], str]
"""Where something is wrong, as the keys that lead there, and what."""

_FILE_KEYS = ("benchmark", "category", "tasks")
_KEYS = tuple(f.name for f in dataclasses.fields(Task) if f.name not in ("name", "benchmark", "category"))
_LISTS = ("aliases", "fields", "optional_fields", "shown_fields", "sentence_fields", "boxes", "instructions")


def read_tasks(path: str | Path) -> list[Task]:
    """Read the tasks declared in a YAML file, in file order.

    Raises:
        FileNotFoundError: Raised if the file does not exist.
        TaskError: Raised if the file is malformed, lacks a key, or contains an invalid declaration; the message lists
            all problems with their lines, and near matches of unknown names.

    Example:
        >>> pool = InstructionPool.from_tasks(read_tasks("my_tasks.yaml"))
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
        document = parse_yaml(text)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        found = yaml_problem(error) if isinstance(error, yaml.YAMLError) else str(error)
        raise TaskError(f"{path}: invalid YAML: {found}") from error
    if not isinstance(document, Mapping):
        raise TaskError(f"{path}: expected the keys benchmark, category and tasks, but got {shown(document)}.")
    tasks, problems = list[Task](), list(_file_problems(document))
    declared = document.get("tasks")
    for name, declaration in declared.items() if isinstance(declared, Mapping) else ():
        try:
            tasks.append(_task(name, declaration, document))
        except TaskError as error:
            problems += [(("tasks", name), problem) for problem in error.problems]
    if problems:
        raise _error(path, problems, line_numbers(text))
    return tasks


def get_benchmark(name: str) -> Mapping[str, Task]:
    """Return the tasks of a benchmark by name.

    Raises:
        UnknownNameError: Raised if the benchmark is unknown.

    Example:
        >>> [name for name, task in get_benchmark("multiinstruct").items() if task.role == "eval"]
    """
    if name not in BENCHMARKS:
        owner = _benchmark_of(name)
        hint = owner and f"It is a task of {owner}: `instraug tasks {owner}` lists them."
        raise UnknownNameError("benchmark", name, BENCHMARKS, hint=hint)
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
        owner = _benchmark_of(name)
        hint = f"It is a task of {owner}." if owner else f"`instraug tasks {benchmark}` lists all tasks."
        raise UnknownNameError("task", name, (*tasks, *by_alias), hint=hint)
    return by_alias[name]


def _benchmark_of(name: str) -> str:
    """The benchmark that has a task of this name or alias; empty if none has."""
    return next(
        (
            task.benchmark
            for tasks in BENCHMARKS.values()
            for task in tasks.values()
            if name in (task.name, *task.aliases)
        ),
        "",
    )


def _file_problems(document: Mapping[Any, Any]) -> Iterator[Problem]:
    for key in document:
        if key not in _FILE_KEYS:
            yield (key,), str(UnknownNameError("key", key, _FILE_KEYS))
    for key in ("benchmark", "category"):
        if not isinstance(document.get(key), str):
            yield (key,), f"{key} must be given, as a text of your choice."
    if not isinstance(document.get("tasks"), Mapping):
        yield ("tasks",), f"tasks must map names to declarations, but got {shown(document.get('tasks'))}."


def _task(name: Any, declaration: Any, document: Mapping[Any, Any]) -> Task:
    """The declared task.

    Raises:
        TaskError: Raised if the declaration is invalid.
    """
    if not isinstance(name, str) or not name:
        raise TaskError(f"Task names must be strings, but got {shown(name)}.")
    if not isinstance(declaration, Mapping):
        raise TaskError(f"Task {shown(name)} must map keys to values, but got {shown(declaration)}.")
    values, problems = _values(name, declaration)
    try:
        task = Task(name=name, benchmark=document.get("benchmark", ""), category=document.get("category", ""), **values)
    except TaskError as error:
        problems += error.problems
    except UnknownNameError as error:
        problems.append(str(error))
    if problems:
        raise TaskError("\n".join(problems), problems)
    return task


def _values(name: str, declaration: Mapping[Any, Any]) -> tuple[dict[str, Any], list[str]]:
    """The values of a declaration by key, and what is wrong with its keys and their types.

    A misspelled key counts as the key that was meant, so that its value is checked and not said to be missing.
    """
    values, problems = dict[str, Any](), list[str]()
    for key, value in declaration.items():
        meant = key
        if key not in _KEYS:
            problems.append(str(UnknownNameError("key", key, _KEYS, hint=f"Found in the task {shown(name)}.")))
            meant = next((near for near in get_close_matches(str(key), _KEYS) if near not in declaration), None)
        if meant is None:
            continue
        expected = _expected(meant, value)
        if expected:
            problems.append(f"{meant} of task {shown(name)} must be {expected}, but got {shown(value)}.")
        elif value is not None:
            values[meant] = tuple(value) if meant in _LISTS else value
    return values, problems


def _expected(key: str, value: Any) -> str:
    """What the value of a key must be; empty if it is that."""
    if key in _LISTS:
        return "" if isinstance(value, list) and all(isinstance(item, str) for item in value) else "a list of strings"
    kind, words = (int, "a whole number") if key == "version" else (str, "a string")
    return "" if value is None or isinstance(value, kind) else words


def _error(path: Path, problems: Iterable[Problem], lines: Mapping[tuple[Hashable, ...], int]) -> TaskError:
    texts = [f"line {lines[key]}: {problem}" if key in lines else problem for key, problem in problems]
    if len(texts) == 1:
        return TaskError(f"{path}: {texts[0]}")
    return TaskError(several(f"{path} has {len(texts)} problems", texts), texts)


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
