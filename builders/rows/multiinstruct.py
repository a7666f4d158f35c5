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
    multiple_choice,
    object_grounding,
    object_selection,
    ocr,
    referring_expressions,
    region_overlap,
    scene_text,
    statement_verification,
    temporal_ordering,
    visual_commonsense,
    visual_relationships,
    vqa,
)
from ..sources import MULTIINSTRUCT_JSONL, gqa, ok_vqa, tdiuc, textvqa
from ..sources.coco_text import COCO_TEXT, read_text_instances
from ..sources.hateful_memes import HATEFUL_MEMES, read_memes
from ..sources.medic import MEDIC, read_disaster_pictures
from ..sources.mocheg import MOCHEG, read_claims
from ..sources.mscoco import COCO_CAPTIONS, COCO_INSTANCES, read_annotated_pictures, read_captions
from ..sources.multiinstruct_jsonl import read_instances
from ..sources.nlvr import NLVR, read_statements
from ..sources.refcoco import REFCOCO, REFCOCO_PLUS, REFCOCOG, read_referring_expressions
from ..sources.snli_ve import SNLI_VE, read_hypotheses
from ..sources.vaw import VAW, read_attributed_objects
from ..sources.vcr import VCR, read_scene_questions
from ..sources.visdial import VISDIAL, read_dialogue_turns
from ..sources.visual7w import VISUAL7W_POINTING, VISUAL7W_TELLING, read_pointing_questions, read_telling_questions
from ..sources.visual_genome import VISUAL_GENOME_QUESTIONS, VISUAL_GENOME_REGIONS, VISUAL_GENOME_RELATIONSHIPS
from ..sources.visual_genome_questions import read_visual_genome_questions
from ..sources.visual_genome_regions import read_picture_regions, read_region_descriptions
from ..sources.visual_genome_relationships import read_relationships
from ..sources.vizwiz_quality import VIZWIZ_QUALITY, read_quality_votes
from ..sources.vqa_v2 import VQA_V2, read_questions
from ..sources.vsr import VSR, read_spatial_statements
from ..sources.wikihow import WIKIHOW, read_steps
from .spec import Row

__all__ = ["ROWS"]

_row = partial(Row, "multiinstruct")

ROWS = (
    _row("image_caption", COCO_CAPTIONS, read_captions, captioning.caption),
    _row("ITM", COCO_CAPTIONS, read_captions, image_text_matching.match_text),
    _row("image_text_selection", COCO_CAPTIONS, read_captions, image_text_matching.select_text),
    _row("question_image_match", VQA_V2, read_questions, image_text_matching.match_question),
    _row("open-domain_VQA", VQA_V2, read_questions, vqa.answer_question),
    _row("open-domain_VQA", ok_vqa.OK_VQA, ok_vqa.read_questions, vqa.answer_question),
    *(
        _row(
            f"VQA_{question_type}",
            tdiuc.TDIUC,
            partial(tdiuc.read_questions, question_type=question_type),
            multiple_choice.choose_sampled_answer,
        )
        for question_type in tdiuc.QUESTION_TYPES
    ),
    _row("open-domain_VQA", gqa.GQA, gqa.read_questions, vqa.answer_question, ("train", "validation")),
    _row("text_vqa", textvqa.TEXTVQA, textvqa.read_questions, vqa.answer_question),
    _row("VQA", VISUAL7W_TELLING, read_telling_questions, multiple_choice.choose_telling_answer),
    _row("grounded_VQA", VISUAL7W_POINTING, read_pointing_questions, multiple_choice.choose_pointing_answer),
    _row("image_quality", VIZWIZ_QUALITY, read_quality_votes, image_quality.classify_flaw),
    _row("region_generation", COCO_INSTANCES, read_annotated_pictures, object_grounding.generate_regions),
    _row("object_grounding", COCO_INSTANCES, read_annotated_pictures, object_grounding.identify_object),
    _row("object_match", COCO_INSTANCES, read_annotated_pictures, object_grounding.match_categories),
    _row("object_region_match", COCO_INSTANCES, read_annotated_pictures, object_grounding.match_object_region),
    _row("object_region_selection", COCO_INSTANCES, read_annotated_pictures, object_grounding.select_object_region),
    _row(
        "region_object_selection", COCO_INSTANCES, read_annotated_pictures, object_selection.select_objects_in_regions
    ),
    _row(
        "missing_object_selection",
        COCO_INSTANCES,
        read_annotated_pictures,
        object_selection.select_objects_outside_regions,
    ),
    _row("text_legibility", COCO_TEXT, read_text_instances, scene_text.classify_legibility),
    _row("text_type", COCO_TEXT, read_text_instances, scene_text.classify_text_type),
    _row("text_localization", COCO_TEXT, read_text_instances, scene_text.select_text_region),
    _row("region_text_match", COCO_TEXT, read_text_instances, scene_text.match_text_region),
    *(
        _row(task, corpus, read_referring_expressions, adapt)
        for corpus in (REFCOCO, REFCOCO_PLUS, REFCOCOG)
        for task, adapt in (
            ("descriptive_object_region_generate", referring_expressions.ground_expression),
            ("object_description_generate", referring_expressions.describe_region),
            ("descriptive_object_region_select", referring_expressions.select_referred_object),
        )
    ),
    _row("open-domain_VQA", VISUAL_GENOME_QUESTIONS, read_visual_genome_questions, vqa.answer_question),
    _row("GC", VISUAL_GENOME_REGIONS, read_region_descriptions, referring_expressions.describe_region),
    _row("VG", VISUAL_GENOME_REGIONS, read_region_descriptions, referring_expressions.ground_expression),
    _row(
        "region_caption_match",
        VISUAL_GENOME_REGIONS,
        read_region_descriptions,
        referring_expressions.match_region_phrase,
    ),
    _row("VG_selection", VISUAL_GENOME_REGIONS, read_region_descriptions, referring_expressions.select_region),
    _row("GC_selection", VISUAL_GENOME_REGIONS, read_region_descriptions, referring_expressions.select_phrase),
    _row(
        "select_overlap_most_region",
        VISUAL_GENOME_REGIONS,
        read_picture_regions,
        region_overlap.select_most_overlapping,
    ),
    _row(
        "select_overlap_least_region",
        VISUAL_GENOME_REGIONS,
        read_picture_regions,
        region_overlap.select_least_overlapping,
    ),
    _row("select_overlaped_region", VISUAL_GENOME_REGIONS, read_picture_regions, region_overlap.select_overlapping),
    _row("select_nonoverlaped_region", VISUAL_GENOME_REGIONS, read_picture_regions, region_overlap.select_disjoint),
    _row("if_region_overlap", VISUAL_GENOME_REGIONS, read_picture_regions, region_overlap.classify_overlap),
    _row("region_area", VISUAL_GENOME_REGIONS, read_picture_regions, region_overlap.measure_area),
    _row(
        "object_relationship", VISUAL_GENOME_RELATIONSHIPS, read_relationships, visual_relationships.identify_predicate
    ),
    _row(
        "visual_object_identification",
        VISUAL_GENOME_RELATIONSHIPS,
        read_relationships,
        visual_relationships.identify_object,
    ),
    _row(
        "visual_subject_identification",
        VISUAL_GENOME_RELATIONSHIPS,
        read_relationships,
        visual_relationships.identify_subject,
    ),
    _row("visual_object_region", VISUAL_GENOME_RELATIONSHIPS, read_relationships, visual_relationships.locate_object),
    _row("visual_subject_region", VISUAL_GENOME_RELATIONSHIPS, read_relationships, visual_relationships.locate_subject),
    _row("visual_attribute", VAW, read_attributed_objects, attributes.select_attribute),
    _row("visual_spatial_reasoning", VSR, read_spatial_statements, statement_verification.verify_spatial_relation),
    _row("natural_language_visual_reasoning", NLVR, read_statements, statement_verification.verify_statement),
    _row("wikihow_next_step", WIKIHOW, read_steps, temporal_ordering.predict_next_step),
    _row("wikihow_immediate_next_step_selection", WIKIHOW, read_steps, temporal_ordering.select_next_step),
    _row("wikihow_text_image_step_order", WIKIHOW, read_steps, temporal_ordering.classify_picture_order),
    _row("wikihow_image_text_step_order", WIKIHOW, read_steps, temporal_ordering.classify_step_order),
    _row("multimodal_factual_checking", MOCHEG, read_claims, statement_verification.verify_claim),
    _row("visual_nli", SNLI_VE, read_hypotheses, statement_verification.classify_entailment),
    _row("commonsense_VQA", VCR, read_scene_questions, visual_commonsense.choose_scene_answer),
    _row("visual_dialog", VISDIAL, read_dialogue_turns, dialogue.answer_turn),
    _row("visual_text_extraction", HATEFUL_MEMES, read_memes, ocr.extract_text),
    _row("medic_disaster_types", MEDIC, read_disaster_pictures, image_classification.classify_disaster),
    *(
        _row(
            task.name,
            MULTIINSTRUCT_JSONL,
            partial(read_instances, task=task.name),
            multiinstruct_jsonl.convert_instance,
            ("test",) if task.role == "eval" else ("train",),
        )
        for task in get_benchmark("multiinstruct").values()
        if task.role != "excluded"
    ),
)
