"""Selects the tasks to expand: of a benchmark, of a YAML file, or given directly."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ..errors import SettingError, UnknownNameError, shown
from ..storage import near_files
from ..tasks import BENCHMARKS, Task, get_benchmark, read_tasks

__all__ = ["select_tasks"]


def select_tasks(tasks: str | Path | Iterable[Task], names: Iterable[str] = ()) -> list[Task]:
    """Return the selected tasks, without excluded ones.

    Args:
        tasks: A benchmark's name, a YAML file of tasks, or tasks.
        names: Names or aliases to select; all tasks if empty.

    Raises:
        UnknownNameError: Raised if the benchmark or a task is unknown.
        SettingError: Raised if no task is left to expand, or a selected task is excluded.

    Example:
        >>> [task.name for task in select_tasks("multiinstruct", ["nlvr"])]
        ['natural_language_visual_reasoning']
    """
    declared = _read(tasks)
    by_name = {name: task for task in declared for name in (task.name, *task.aliases)}
    for name in (wanted := list(names)):
        if name not in by_name:
            raise UnknownNameError("task", name, by_name)
        if by_name[name].role == "excluded":
            raise SettingError(
                f"The task {name!r} is excluded and has no instructions to expand: {by_name[name].reason}"
            )
    chosen = [by_name[name] for name in wanted] or [task for task in declared if task.role != "excluded"]
    if not chosen:
        raise SettingError(f"No tasks to expand in {tasks!r}.")
    return list({task.name: task for task in chosen}.values())


def _read(tasks: str | Path | Iterable[Task]) -> list[Task]:
    if not isinstance(tasks, str | Path):
        listed = [] if isinstance(tasks, Task) else list(tasks)
        if isinstance(tasks, Task) or not all(isinstance(task, Task) for task in listed):
            raise SettingError(
                f"Expected the name of a benchmark, a YAML file of tasks, or a list of tasks, but got {shown(tasks)}."
            )
        return listed
    name = str(tasks)
    if name.endswith((".yaml", ".yml")):
        if not Path(name).is_file():
            raise SettingError(f"The task file {name!r} does not exist.{near_files(name)}")
        return read_tasks(name)
    if name not in BENCHMARKS:
        raise UnknownNameError("benchmark", name, BENCHMARKS, hint="A task file must end in .yaml.")
    return list(get_benchmark(name).values())
