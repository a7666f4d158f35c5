"""The rows of MULTIINSTRUCT."""

from __future__ import annotations

from functools import partial

from instraug_datasets.tasks import get_benchmark

from ..adapters import (
    attributes,
    captioning,
    dialogue,
    image_classification,
    image_quality,
    image_text_matching,
    multiinstruct_jsonl,
    multiple_choice_vqa,
    object_grounding,
    object_selection,
    referring_expressions,
    region_overlap,
    scene_text,
    statement_verification,
    temporal_ordering,
    text_extraction,
    visual_commonsense,
    visual_relationships,
    vqa,
)
from ..sources import MULTIINSTRUCT_JSONL, gqa, ok_vqa, tdiuc, textvqa
from ..sources.coco_text import COCO_TEXT, read_writings
from ..sources.hateful_memes import HATEFUL_MEMES, read_memes
from ..sources.medic import MEDIC, read_disasters
from ..sources.mocheg import MOCHEG, read_claims
from ..sources.mscoco import CAPTIONS, INSTANCES, read_captions, read_pictures
from ..sources.multiinstruct_jsonl import read_instances
from ..sources.nlvr import NLVR, read_statements
from ..sources.refcoco import REFCOCO, REFCOCO_PLUS, REFCOCOG, read_expressions
from ..sources.snli_ve import SNLI_VE, read_hypotheses
from ..sources.vaw import VAW, read_attributed_objects
from ..sources.vcr import VCR, read_scene_questions
from ..sources.visdial import VISDIAL, read_turns
from ..sources.visual7w import POINTING, TELLING, read_pointing, read_telling
from ..sources.visual_genome import QUESTIONS, REGIONS, RELATIONSHIPS
from ..sources.visual_genome_questions import read_genome_questions
from ..sources.visual_genome_regions import read_region_sets, read_regions
from ..sources.visual_genome_relationships import read_relationships
from ..sources.vizwiz_quality import VIZWIZ_QUALITY, read_votes
from ..sources.vqa_v2 import VQA_V2, read_questions
from ..sources.vsr import VSR, read_relations
from ..sources.wikihow import WIKIHOW, read_steps
from .spec import Row

__all__ = ["ROWS"]

_row = partial(Row, "multiinstruct")

ROWS = (
    _row("image_caption", CAPTIONS, read_captions, captioning.caption),
    _row("ITM", CAPTIONS, read_captions, image_text_matching.match_text),
    _row("image_text_selection", CAPTIONS, read_captions, image_text_matching.select_text),
    _row("question_image_match", VQA_V2, read_questions, image_text_matching.match_question),
    _row("open-domain_VQA", VQA_V2, read_questions, vqa.answer_question),
    _row("open-domain_VQA", ok_vqa.OK_VQA, ok_vqa.read_questions, vqa.answer_question),
    *(
        _row(f"VQA_{kind}", tdiuc.TDIUC, partial(tdiuc.read_questions, kind=kind), multiple_choice_vqa.pick_answer)
        for kind in tdiuc.TYPES
    ),
    _row("open-domain_VQA", gqa.GQA, gqa.read_questions, vqa.answer_question, ("train", "validation")),
    _row("text_vqa", textvqa.TEXTVQA, textvqa.read_questions, vqa.answer_question),
    _row("VQA", TELLING, read_telling, multiple_choice_vqa.pick_text),
    _row("grounded_VQA", POINTING, read_pointing, multiple_choice_vqa.pick_box),
    _row("image_quality", VIZWIZ_QUALITY, read_votes, image_quality.name_flaw),
    _row("region_generation", INSTANCES, read_pictures, object_grounding.find_boxes),
    _row("object_grounding", INSTANCES, read_pictures, object_grounding.name_box),
    _row("object_match", INSTANCES, read_pictures, object_grounding.match_things),
    _row("object_region_match", INSTANCES, read_pictures, object_grounding.match_name),
    _row("object_region_selection", INSTANCES, read_pictures, object_grounding.select_box),
    _row("region_object_selection", INSTANCES, read_pictures, object_selection.select_inside),
    _row("missing_object_selection", INSTANCES, read_pictures, object_selection.select_outside),
    _row("text_legibility", COCO_TEXT, read_writings, scene_text.judge_legibility),
    _row("text_type", COCO_TEXT, read_writings, scene_text.classify),
    _row("text_localization", COCO_TEXT, read_writings, scene_text.select_writing),
    _row("region_text_match", COCO_TEXT, read_writings, scene_text.match_writing),
    *(
        _row(task, corpus, read_expressions, adapt)
        for corpus in (REFCOCO, REFCOCO_PLUS, REFCOCOG)
        for task, adapt in (
            ("descriptive_object_region_generate", referring_expressions.locate),
            ("object_description_generate", referring_expressions.describe),
            ("descriptive_object_region_select", referring_expressions.select_object),
        )
    ),
    _row("open-domain_VQA", QUESTIONS, read_genome_questions, vqa.answer_question),
    _row("GC", REGIONS, read_regions, referring_expressions.describe),
    _row("VG", REGIONS, read_regions, referring_expressions.locate),
    _row("region_caption_match", REGIONS, read_regions, referring_expressions.match_phrase),
    _row("VG_selection", REGIONS, read_regions, referring_expressions.select_region),
    _row("GC_selection", REGIONS, read_regions, referring_expressions.select_phrase),
    _row("select_overlap_most_region", REGIONS, read_region_sets, region_overlap.select_most),
    _row("select_overlap_least_region", REGIONS, read_region_sets, region_overlap.select_least),
    _row("select_overlaped_region", REGIONS, read_region_sets, region_overlap.select_overlapping),
    _row("select_nonoverlaped_region", REGIONS, read_region_sets, region_overlap.select_apart),
    _row("if_region_overlap", REGIONS, read_region_sets, region_overlap.judge_overlap),
    _row("region_area", REGIONS, read_region_sets, region_overlap.measure),
    _row("object_relationship", RELATIONSHIPS, read_relationships, visual_relationships.name_relation),
    _row("visual_object_identification", RELATIONSHIPS, read_relationships, visual_relationships.name_object),
    _row("visual_subject_identification", RELATIONSHIPS, read_relationships, visual_relationships.name_subject),
    _row("visual_object_region", RELATIONSHIPS, read_relationships, visual_relationships.locate_object),
    _row("visual_subject_region", RELATIONSHIPS, read_relationships, visual_relationships.locate_subject),
    _row("visual_attribute", VAW, read_attributed_objects, attributes.select_attribute),
    _row("visual_spatial_reasoning", VSR, read_relations, statement_verification.judge_relation),
    _row("natural_language_visual_reasoning", NLVR, read_statements, statement_verification.judge_drawing),
    _row("wikihow_next_step", WIKIHOW, read_steps, temporal_ordering.tell_next),
    _row("wikihow_immediate_next_step_selection", WIKIHOW, read_steps, temporal_ordering.select_next),
    _row("wikihow_text_image_step_order", WIKIHOW, read_steps, temporal_ordering.order_picture),
    _row("wikihow_image_text_step_order", WIKIHOW, read_steps, temporal_ordering.order_text),
    _row("multimodal_factual_checking", MOCHEG, read_claims, statement_verification.judge_claim),
    _row("visual_nli", SNLI_VE, read_hypotheses, statement_verification.judge_hypothesis),
    _row("commonsense_VQA", VCR, read_scene_questions, visual_commonsense.choose_answer),
    _row("visual_dialog", VISDIAL, read_turns, dialogue.answer_turn),
    _row("visual_text_extraction", HATEFUL_MEMES, read_memes, text_extraction.transcribe),
    _row("medic_disaster_types", MEDIC, read_disasters, image_classification.name_disaster),
    *(
        _row(
            task.name,
            MULTIINSTRUCT_JSONL,
            partial(read_instances, task=task.name),
            multiinstruct_jsonl.restore,
            ("test",) if task.role == "eval" else ("train",),
        )
        for task in get_benchmark("multiinstruct").values()
        if task.role != "excluded"
    ),
)
