"""HTML pages from the templates beside this module: self-contained, with all texts escaped."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..errors import DependencyError

__all__ = ["check_pages", "render_page"]

_TEMPLATES = Path(__file__).parent


def check_pages() -> None:
    """Check that pages can be rendered, before the work that one is about.

    Raises:
        DependencyError: Raised if jinja2 is not installed.
    """
    try:
        import jinja2  # noqa: F401
    except ImportError as error:
        raise DependencyError("Reports require jinja2: pip install 'instraug-datasets[report]'.") from error


def render_page(template: str, *, folder: Path | None = None, **values: Any) -> str:
    """Render a page.

    Args:
        template: A template of this folder, or of `folder`, which may use those of this one.

    Raises:
        DependencyError: Raised if jinja2 is not installed.
    """
    check_pages()
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader([folder or _TEMPLATES, _TEMPLATES]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(template).render(**values)
