"""Expansion: rewrites a few meta instructions into a much larger instruction pool (INSTRAUG, arXiv 2402.14492).

plan -> requests -> engine -> completions -> parse -> restore placeholders -> filters -> pool
"""

from __future__ import annotations

from .config import Config
from .journal import Journal
from .presets import PRESETS, make_config
from .run import Dropped, Expansion, expand, run, run_settings
from .statistics import Statistics
from .task_selection import select_tasks

__all__ = [
    "PRESETS",
    "Config",
    "Dropped",
    "Expansion",
    "Journal",
    "Statistics",
    "expand",
    "make_config",
    "run",
    "run_settings",
    "select_tasks",
]
