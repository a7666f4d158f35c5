"""Which tasks are expanded: a benchmark's, those of a YAML file, or given ones."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ..errors import SettingError, UnknownNameError
from ..tasks import BENCHMARKS, Task, get_benchmark, read_tasks

__all__ = ["select_tasks"]


def select_tasks(tasks: str | Path | Iterable[Task], names: Iterable[str] = ()) -> list[Task]:
    """The tasks that are meant; excluded ones are left out.

    Args:
        tasks: A benchmark's name, a YAML file of tasks, or tasks.
        names: Only those of these names or aliases; all when empty.

    Raises:
        UnknownNameError: There is no such benchmark or task.
        SettingError: There is no task to expand, or a named one is excluded.
    """
    every = _all(tasks)
    by_name = {name: task for task in every for name in (task.name, *task.aliases)}
    for name in (wanted := list(names)):
        if name not in by_name:
            raise UnknownNameError("task", name, by_name)
        if by_name[name].role == "excluded":
            raise SettingError(f"The task {name!r} has no instructions to expand: {by_name[name].reason}")
    chosen = [by_name[name] for name in wanted] or [task for task in every if task.role != "excluded"]
    if not chosen:
        raise SettingError(f"There are no tasks to expand in {tasks!r}.")
    return list({task.name: task for task in chosen}.values())


def _all(tasks: str | Path | Iterable[Task]) -> list[Task]:
    if not isinstance(tasks, str | Path):
        return list(tasks)
    name = str(tasks)
    if name.endswith((".yaml", ".yml")):
        if not Path(name).is_file():
            raise SettingError(f"There is no file {name!r} with tasks.")
        return read_tasks(name)
    if name not in BENCHMARKS:
        raise UnknownNameError("benchmark", name, BENCHMARKS, hint="A file of tasks ends in .yaml.")
    return list(get_benchmark(name).values())
