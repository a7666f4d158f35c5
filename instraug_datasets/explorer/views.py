"""What the explorer shows, as pieces of HTML in which every text of the data is escaped."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from ..errors import InstrAugError
from ..evaluation.lineage import by_id, made_by
from ..evaluation.pages import check_pages, render_page
from ..evaluation.preview_page import preview_example
from ..stream import InstructionAugmenter
from .collection import Collection
from .search import search

__all__ = ["EXAMPLES", "Views", "style_sheet"]

EXAMPLES = 20
"""The number of examples of a task to choose from."""

_CACHED_TASKS, _CACHED_AUGMENTERS = 16, 8
_UNREADABLE = (InstrAugError, OSError)
"""What a file that has gone, or a Hub out of reach, raises: a message in the page, since the next try may succeed."""

_TEMPLATES = Path(__file__).parent


class Views:
    """Renders examples, search results and statistics of a collection; remembers the examples that it has read.

    Raises:
        DependencyError: Raised if jinja2 is not installed.
    """

    def __init__(self, collection: Collection) -> None:
        check_pages()
        self.collection = collection
        self._known = by_id(collection.pool)
        self._examples = lru_cache(_CACHED_TASKS)(lambda task: tuple(collection.examples(task, EXAMPLES)))
        self._augmenter = lru_cache(_CACHED_AUGMENTERS)(self._new_augmenter)

    @property
    def start(self) -> str:
        """The task to begin with: the first with variants, since others have only a few instructions to show."""
        pool, tasks = self.collection.pool, self.collection.tasks
        return next((task for task in tasks if any(each.origin for each in pool.get(task, ()))), tasks[0])

    def heading(self) -> str:
        """What is shown."""
        return _render("heading", collection=self.collection)

    def unique_ids(self, task: str) -> list[str]:
        """The ids of the first examples of a task; none if they cannot be read."""
        try:
            return [str(example["unique_id"]) for example in self._examples(task)]
        except _UNREADABLE:
            return []

    def example(self, task: str, place: int, epoch: int, *, strategy: str, seed: int) -> str:
        """The example at a place of its task in one epoch; or why it cannot be shown."""
        try:
            examples = self._examples(task)
            if place >= len(examples):
                return _render("message", message="No examples.")
            added = self._augmenter(strategy, seed).columns(examples[place], epoch)
            shown = preview_example([{**examples[place], **added}], self._known, epoch=epoch)
        except _UNREADABLE as error:
            return _render("message", message=f"The example cannot be shown: {error}")
        return _render("example", example=shown, made_by=made_by)

    def found(self, words: str, task: str | None) -> str:
        """The instructions that contain the words."""
        return _render("found", found=search(self._known, words, task=task), made_by=made_by)

    def statistics(self) -> str:
        """The numbers of instructions of the pool and of each task."""
        stats = self.collection.pool.stats()
        metas, instructions = (sum(counts) for counts in zip(*(each[1:] for each in stats), strict=True))
        return _render("statistics", stats=stats, metas=metas, instructions=instructions)

    def _new_augmenter(self, strategy: str, seed: int) -> InstructionAugmenter:
        shown: dict[str, Any] = {"strategy": strategy, "seed": seed, "option_order": True}
        text: dict[str, Any] = {"output": "prompt", "system": None}  # whatever the recipe of a published data set says
        return InstructionAugmenter(self.collection.pool, **{**self.collection.options, **text, **shown})


def style_sheet() -> str:
    """The style of the pieces, in the colors of the app, light or dark."""
    return _render("style")


def _render(part: str, **values: Any) -> str:
    # Gradio fills templates in braces; as references they are text to it, and the same text to a browser.
    page = render_page(f"{part}.html.j2", folder=_TEMPLATES, **values)
    return page if part == "style" else page.replace("{", "&#123;").replace("$", "&#36;")
