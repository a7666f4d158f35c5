"""The tasks of all benchmarks, declared in the YAML files of this package."""

from __future__ import annotations

from .registry import BENCHMARKS, get_benchmark, get_task, read_tasks
from .spec import SENTENCE_FIELDS, Task

__all__ = ["BENCHMARKS", "SENTENCE_FIELDS", "Task", "get_benchmark", "get_task", "read_tasks"]
