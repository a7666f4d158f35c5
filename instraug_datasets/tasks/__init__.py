"""The tasks of every benchmark, declared as data in the YAML files beside this module."""

from __future__ import annotations

from .registry import BENCHMARKS, get_benchmark, get_task, read_tasks
from .spec import Task

__all__ = ["BENCHMARKS", "Task", "get_benchmark", "get_task", "read_tasks"]
