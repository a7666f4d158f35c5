"""Which source serves which task: one row a pair. Adding a task over a known source means adding its row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .adapters import Adapter, answering, captioning, grounding, judging, matching, selecting
from .root import DataRoot
from .sources import Files, Source
from .sources.mscoco import CAPTIONS, INSTANCES, read_captions, read_pictures
from .sources.nlvr import NLVR, read_statements
from .sources.vqa_v2 import VQA_V2, read_questions
from .sources.vsr import VSR, read_relations
from .tables import Table

__all__ = ["ROWS", "Row", "rows_of"]


@dataclass(frozen=True, slots=True)
class Row:
    """One source of one task; a task with several sources has several rows.

    Attributes:
        read: Opens the records of a split.
        adapt: Gives a record its meaning.
        splits: The splits of the source that serve the task; all when empty.
    """

    benchmark: str
    task: str
    source: Source
    read: Callable[[DataRoot, Files], Table[Any]]
    adapt: Adapter
    splits: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "splits", self.splits or tuple(self.source.splits))


ROWS = (
    Row("multiinstruct", "image_caption", CAPTIONS, read_captions, captioning.caption),
    Row("multiinstruct", "ITM", CAPTIONS, read_captions, matching.match_text),
    Row("multiinstruct", "image_text_selection", CAPTIONS, read_captions, matching.select_text),
    Row("multiinstruct", "question_image_match", VQA_V2, read_questions, matching.match_question),
    Row("multiinstruct", "open-domain_VQA", VQA_V2, read_questions, answering.answer_question),
    Row("multiinstruct", "region_generation", INSTANCES, read_pictures, grounding.find_boxes),
    Row("multiinstruct", "object_grounding", INSTANCES, read_pictures, grounding.name_box),
    Row("multiinstruct", "object_match", INSTANCES, read_pictures, grounding.match_things),
    Row("multiinstruct", "object_region_match", INSTANCES, read_pictures, grounding.match_name),
    Row("multiinstruct", "object_region_selection", INSTANCES, read_pictures, grounding.select_box),
    Row("multiinstruct", "region_object_selection", INSTANCES, read_pictures, selecting.select_inside),
    Row("multiinstruct", "missing_object_selection", INSTANCES, read_pictures, selecting.select_outside),
    Row("multiinstruct", "visual_spatial_reasoning", VSR, read_relations, judging.judge_relation),
    Row("multiinstruct", "natural_language_visual_reasoning", NLVR, read_statements, judging.judge_drawing),
)
"""Every pair of a source and a task that can be built."""


def rows_of(benchmark: str, task: str | None = None) -> list[Row]:
    """The rows of a benchmark, or those of one of its tasks."""
    return [row for row in ROWS if row.benchmark == benchmark and task in (None, row.task)]
