"""Evaluation of models under several wordings, diversity metrics of pools, and HTML reports of both."""

from __future__ import annotations

from .evaluate import Generate, evaluate
from .evaluation_page import render_evaluation
from .metrics import METRICS, Metric, Reference, Verdict, metric_of
from .preview import examples_over_epochs
from .preview_page import render_preview
from .protocol import LIMIT, PROTOCOL, WORDINGS, EvaluationTask, PaperScore
from .report import read_dropped, render_report, report_tasks
from .results import Evaluation, TaskScore, WordingScore
from .selection import select_wordings
from .transformers_generate import TransformersGenerate

__all__ = [
    "LIMIT",
    "METRICS",
    "PROTOCOL",
    "WORDINGS",
    "Evaluation",
    "EvaluationTask",
    "Generate",
    "Metric",
    "PaperScore",
    "Reference",
    "TaskScore",
    "TransformersGenerate",
    "Verdict",
    "WordingScore",
    "evaluate",
    "examples_over_epochs",
    "metric_of",
    "read_dropped",
    "render_evaluation",
    "render_preview",
    "render_report",
    "report_tasks",
    "select_wordings",
]
