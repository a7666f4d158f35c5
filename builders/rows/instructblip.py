"""The rows of InstructBLIP, by the categories of the paper."""

from __future__ import annotations

from functools import partial

from ..adapters import (
    captioning,
    dialogue,
    image_classification,
    multiple_choice,
    ocr,
    question_generation,
    statement_verification,
    video_qa,
    vqa,
)
from ..sources import gqa, karpathy_splits, llava, mscoco, nocaps, ocr_vqa, ok_vqa, textcaps, vqa_v2
from ..sources.aokvqa import AOKVQA, read_choice_questions
from ..sources.hateful_memes import HATEFUL_MEMES, read_memes
from ..sources.ivqa import IVQA, read_ivqa
from ..sources.msvd_msrvtt_qa import MSRVTT_QA, MSVD_QA, read_msrvtt, read_msvd
from ..sources.scienceqa_iconqa import ICONQA, SCIENCEQA, read_problems
from ..sources.textvqa_ocr import TEXTVQA_OCR, read_ocr_questions
from ..sources.visdial import VISDIAL, read_dialogue_turns
from ..sources.vizwiz_vqa import VIZWIZ_VQA, read_vizwiz_questions
from ..sources.vsr import VSR, read_spatial_statements
from ..sources.web_capfilt import WEB_CAPFILT, read_web_captions
from .spec import Row

__all__ = ["ROWS"]

_row = partial(Row, "instructblip")
_TRAIN = ("train",)
_HELD_OUT = ("validation", "test")

ROWS = (
    # The paper trains on train2014, and reports on the 5000 pictures each of Karpathy's two other splits.
    _row("coco_caption", mscoco.COCO_CAPTIONS, mscoco.read_captions, captioning.caption, _TRAIN),
    _row(
        "coco_caption",
        karpathy_splits.COCO_KARPATHY,
        karpathy_splits.read_captioned_pictures,
        captioning.caption_with_references,
    ),
    _row("web_capfilt", WEB_CAPFILT, read_web_captions, captioning.caption),
    _row("nocaps", nocaps.NOCAPS, nocaps.read_captioned_pictures, captioning.caption_with_references),
    _row(
        "flickr30k",
        karpathy_splits.FLICKR30K,
        karpathy_splits.read_captioned_pictures,
        captioning.caption_with_references,
    ),
    _row("textcaps", textcaps.TEXTCAPS, textcaps.read_captions, ocr.caption_with_ocr_tokens),
    _row("gqa", gqa.GQA, gqa.read_questions, vqa.answer_question, _HELD_OUT),
    _row("visual_spatial_reasoning", VSR, read_spatial_statements, statement_verification.verify_spatial_relation),
    _row("iconqa", ICONQA, read_problems, multiple_choice.choose_answer),
    _row("vqav2", vqa_v2.VQA_V2, vqa_v2.read_questions, vqa.answer_question),
    _row("vizwiz", VIZWIZ_VQA, read_vizwiz_questions, vqa.answer_question),
    _row("okvqa", ok_vqa.OK_VQA, ok_vqa.read_questions, vqa.answer_question),
    _row("aokvqa", AOKVQA, read_choice_questions, multiple_choice.choose_answer),
    _row("scienceqa", SCIENCEQA, read_problems, multiple_choice.choose_answer_with_context),
    _row("ocr_vqa", ocr_vqa.OCR_VQA, ocr_vqa.read_questions, ocr.answer_with_ocr_tokens),
    _row("textvqa", TEXTVQA_OCR, read_ocr_questions, ocr.answer_with_ocr_tokens),
    _row("vqav2_qg", vqa_v2.VQA_V2, vqa_v2.read_questions, question_generation.generate_question, _TRAIN),
    _row("okvqa_qg", ok_vqa.OK_VQA, ok_vqa.read_questions, question_generation.generate_question, _TRAIN),
    _row("aokvqa_qg", AOKVQA, read_choice_questions, question_generation.generate_multiple_choice_question, _TRAIN),
    _row("msvd_qa", MSVD_QA, read_msvd, video_qa.answer_video_question),
    _row("msrvtt_qa", MSRVTT_QA, read_msrvtt, video_qa.answer_video_question),
    _row("ivqa", IVQA, read_ivqa, video_qa.answer_video_question),
    _row("visual_dialog", VISDIAL, read_dialogue_turns, dialogue.answer_turn_with_candidates),
    _row("hateful_memes", HATEFUL_MEMES, read_memes, image_classification.classify_hateful_meme),
    _row("llava_conversation", llava.LLAVA_CONVERSATION, llava.read_conversation_turns, dialogue.continue_conversation),
    _row("llava_complex_reasoning", llava.LLAVA_REASONING, llava.read_conversation_turns, dialogue.follow_instruction),
    _row("llava_detailed_description", llava.LLAVA_DETAIL, llava.read_conversation_turns, dialogue.follow_instruction),
)
