"""The rows of MULTIINSTRUCT."""

from __future__ import annotations

from functools import partial

from ..adapters import answering, captioning, grounding, judging, matching, selecting
from ..sources.mscoco import CAPTIONS, INSTANCES, read_captions, read_pictures
from ..sources.nlvr import NLVR, read_statements
from ..sources.vqa_v2 import VQA_V2, read_questions
from ..sources.vsr import VSR, read_relations
from .spec import Row

__all__ = ["ROWS"]

_row = partial(Row, "multiinstruct")

ROWS = (
    _row("image_caption", CAPTIONS, read_captions, captioning.caption),
    _row("ITM", CAPTIONS, read_captions, matching.match_text),
    _row("image_text_selection", CAPTIONS, read_captions, matching.select_text),
    _row("question_image_match", VQA_V2, read_questions, matching.match_question),
    _row("open-domain_VQA", VQA_V2, read_questions, answering.answer_question),
    _row("region_generation", INSTANCES, read_pictures, grounding.find_boxes),
    _row("object_grounding", INSTANCES, read_pictures, grounding.name_box),
    _row("object_match", INSTANCES, read_pictures, grounding.match_things),
    _row("object_region_match", INSTANCES, read_pictures, grounding.match_name),
    _row("object_region_selection", INSTANCES, read_pictures, grounding.select_box),
    _row("region_object_selection", INSTANCES, read_pictures, selecting.select_inside),
    _row("missing_object_selection", INSTANCES, read_pictures, selecting.select_outside),
    _row("visual_spatial_reasoning", VSR, read_relations, judging.judge_relation),
    _row("natural_language_visual_reasoning", NLVR, read_statements, judging.judge_drawing),
)
