"""Evaluation of models under several wordings, diversity metrics of pools, and HTML reports of both."""

from __future__ import annotations

from .coverage import RunCoverage, TaskCoverage, WordingCoverage, run_coverage
from .evaluate import Generate, evaluate
from .evaluation_page import render_evaluation
from .lmms_eval import LmmsEvalExport, export_lmms_eval
from .metrics import METRICS, Metric, Reference, Verdict, metric_of
from .preview import examples_over_epochs
from .preview_page import render_preview
from .protocol import LIMIT, PROTOCOL, WORDINGS, EvaluationTask, PaperScore
from .report import read_dropped, render_report, report_tasks
from .results import Evaluation, TaskScore, WordingScore
from .run_page import render_run
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
    "LmmsEvalExport",
    "Metric",
    "PaperScore",
    "Reference",
    "RunCoverage",
    "TaskCoverage",
    "TaskScore",
    "TransformersGenerate",
    "Verdict",
    "WordingCoverage",
    "WordingScore",
    "evaluate",
    "examples_over_epochs",
    "export_lmms_eval",
    "metric_of",
    "read_dropped",
    "render_evaluation",
    "render_preview",
    "render_report",
    "render_run",
    "report_tasks",
    "run_coverage",
    "select_wordings",
]
