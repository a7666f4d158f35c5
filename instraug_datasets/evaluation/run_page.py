"""An HTML page about what a run saw: coverage per task, and every wording with its count and loss."""

from __future__ import annotations

from .coverage import RunCoverage
from .pages import render_page

__all__ = ["render_run"]


def render_run(coverage: RunCoverage, *, title: str = "") -> str:
    """Render what a run saw as HTML, without external resources and with all texts escaped.

    Args:
        title: The heading.

    Raises:
        DependencyError: Raised if jinja2 is not installed.

    Example:
        >>> Path("run.html").write_text(render_run(run_coverage("out")), encoding="utf-8")
    """
    return render_page("run.html.j2", title=title or "What the run saw", coverage=coverage)
