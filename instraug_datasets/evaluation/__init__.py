"""Diversity metrics of pools, and an HTML report."""

from __future__ import annotations

from .report import read_dropped, render_report, report_tasks

__all__ = ["read_dropped", "render_report", "report_tasks"]
