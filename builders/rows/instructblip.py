"""The rows of InstructBLIP, by the categories of the paper."""

from __future__ import annotations

from functools import partial

from ..adapters import (
    captioning,
    conversations,
    hateful_memes,
    multiple_choice,
    ocr,
    question_generation,
    statement_verification,
    video_qa,
    vqa,
)
from ..sources import gqa, karpathy_splits, llava, mscoco, nocaps, ok_vqa, textcaps, vqa_v2
from ..sources.aokvqa import AOKVQA, read_choices
from ..sources.hateful_memes import HATEFUL_MEMES, read_memes
from ..sources.ivqa import IVQA, read_ivqa
from ..sources.msvd_msrvtt_qa import MSRVTT_QA, MSVD_QA, read_msrvtt, read_msvd
from ..sources.ocr_vqa import OCR_VQA, read_covers
from ..sources.scienceqa_iconqa import ICONQA, SCIENCEQA, read_problems
from ..sources.textvqa_ocr import TEXTVQA_OCR, read_word_questions
from ..sources.visdial import VISDIAL, read_turns
from ..sources.vizwiz_vqa import VIZWIZ_VQA, read_blind_questions
from ..sources.vsr import VSR, read_relations
from ..sources.web_capfilt import WEB_CAPFILT, read_web_captions
from .spec import Row

__all__ = ["ROWS"]

_row = partial(Row, "instructblip")
_TRAIN = ("train",)
_HELD_OUT = ("validation", "test")

ROWS = (
    # The paper trains on train2014, and reports on the 5000 pictures each of Karpathy's two other splits.
    _row("coco_caption", mscoco.CAPTIONS, mscoco.read_captions, captioning.caption, _TRAIN),
    _row("coco_caption", karpathy_splits.COCO_KARPATHY, karpathy_splits.read_captioned, captioning.caption_once),
    _row("web_capfilt", WEB_CAPFILT, read_web_captions, captioning.caption),
    _row("nocaps", nocaps.NOCAPS, nocaps.read_captioned, captioning.caption_once),
    _row("flickr30k", karpathy_splits.FLICKR30K, karpathy_splits.read_captioned, captioning.caption_once),
    _row("textcaps", textcaps.TEXTCAPS, textcaps.read_captions, ocr.caption_with_words),
    _row("gqa", gqa.GQA, gqa.read_questions, vqa.answer_question, _HELD_OUT),
    _row("visual_spatial_reasoning", VSR, read_relations, statement_verification.judge_relation),
    _row("iconqa", ICONQA, read_problems, multiple_choice.choose),
    _row("vqav2", vqa_v2.VQA_V2, vqa_v2.read_questions, vqa.answer_question),
    _row("vizwiz", VIZWIZ_VQA, read_blind_questions, vqa.answer_question),
    _row("okvqa", ok_vqa.OK_VQA, ok_vqa.read_questions, vqa.answer_question),
    _row("aokvqa", AOKVQA, read_choices, multiple_choice.choose),
    _row("scienceqa", SCIENCEQA, read_problems, multiple_choice.choose_in_context),
    _row("ocr_vqa", OCR_VQA, read_covers, ocr.answer_with_words),
    _row("textvqa", TEXTVQA_OCR, read_word_questions, ocr.answer_with_words),
    _row("vqav2_qg", vqa_v2.VQA_V2, vqa_v2.read_questions, question_generation.ask_for_answer, _TRAIN),
    _row("okvqa_qg", ok_vqa.OK_VQA, ok_vqa.read_questions, question_generation.ask_for_answer, _TRAIN),
    _row("aokvqa_qg", AOKVQA, read_choices, question_generation.ask_for_choice, _TRAIN),
    _row("msvd_qa", MSVD_QA, read_msvd, video_qa.answer_about_video),
    _row("msrvtt_qa", MSRVTT_QA, read_msrvtt, video_qa.answer_about_video),
    _row("ivqa", IVQA, read_ivqa, video_qa.answer_about_video),
    _row("visual_dialog", VISDIAL, read_turns, conversations.answer_with_candidates),
    _row("hateful_memes", HATEFUL_MEMES, read_memes, hateful_memes.judge_meme),
    _row("llava_conversation", llava.LLAVA_CONVERSATION, llava.read_turns, conversations.continue_talk),
    _row("llava_complex_reasoning", llava.LLAVA_REASONING, llava.read_turns, conversations.follow_request),
    _row("llava_detailed_description", llava.LLAVA_DETAIL, llava.read_turns, conversations.follow_request),
)
