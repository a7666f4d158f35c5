"""Sources: raw data sets in their original file layouts, with a declaration and a reader per data set.

Readers parse files into records; adapters turn records into examples of a task.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from .aokvqa import AOKVQA
from .coco_text import COCO_TEXT
from .gqa import GQA
from .hateful_memes import HATEFUL_MEMES
from .ivqa import IVQA
from .karpathy_splits import COCO_KARPATHY, FLICKR30K
from .licences import LICENCES, SourceLicence, Terms
from .llava import LLAVA_CONVERSATION, LLAVA_DETAIL, LLAVA_REASONING
from .medic import MEDIC
from .mocheg import MOCHEG
from .mscoco import COCO_CAPTIONS, COCO_INSTANCES
from .msvd_msrvtt_qa import MSRVTT_QA, MSVD_QA
from .multiinstruct_jsonl import jsonl_source
from .nlvr import NLVR
from .nocaps import NOCAPS
from .ocr_vqa import OCR_VQA
from .ok_vqa import OK_VQA
from .refcoco import REFCOCO, REFCOCO_PLUS, REFCOCOG
from .scienceqa_iconqa import ICONQA, SCIENCEQA
from .snli_ve import SNLI_VE
from .spec import (
    Download,
    Files,
    PictureSet,
    Published,
    Source,
    locate_files,
    missing_files,
    missing_message,
    missing_paths,
)
from .tdiuc import TDIUC
from .textcaps import TEXTCAPS
from .textvqa import TEXTVQA
from .textvqa_ocr import TEXTVQA_OCR
from .vaw import VAW
from .vcr import VCR
from .visdial import VISDIAL
from .visual7w import VISUAL7W_POINTING, VISUAL7W_TELLING
from .visual_genome import VISUAL_GENOME_QUESTIONS, VISUAL_GENOME_REGIONS, VISUAL_GENOME_RELATIONSHIPS
from .vizwiz_quality import VIZWIZ_QUALITY
from .vizwiz_vqa import VIZWIZ_VQA
from .vqa_v2 import VQA_V2
from .vsr import VSR
from .web_capfilt import WEB_CAPFILT
from .wikihow import WIKIHOW

__all__ = [
    "LICENCES",
    "MULTIINSTRUCT_JSONL",
    "SOURCES",
    "Download",
    "Files",
    "PictureSet",
    "Published",
    "Source",
    "SourceLicence",
    "Terms",
    "locate_files",
    "missing_files",
    "missing_message",
    "missing_paths",
]

_RAW: tuple[Source, ...] = (
    COCO_CAPTIONS,
    COCO_INSTANCES,
    VQA_V2,
    OK_VQA,
    TDIUC,
    GQA,
    TEXTVQA,
    VISUAL7W_TELLING,
    VISUAL7W_POINTING,
    VIZWIZ_QUALITY,
    COCO_TEXT,
    REFCOCO,
    REFCOCO_PLUS,
    REFCOCOG,
    VISUAL_GENOME_QUESTIONS,
    VISUAL_GENOME_REGIONS,
    VISUAL_GENOME_RELATIONSHIPS,
    VAW,
    NLVR,
    VSR,
    WIKIHOW,
    MOCHEG,
    SNLI_VE,
    VCR,
    VISDIAL,
    HATEFUL_MEMES,
    MEDIC,
    COCO_KARPATHY,
    WEB_CAPFILT,
    NOCAPS,
    FLICKR30K,
    TEXTCAPS,
    ICONQA,
    VIZWIZ_VQA,
    AOKVQA,
    SCIENCEQA,
    OCR_VQA,
    TEXTVQA_OCR,
    MSVD_QA,
    MSRVTT_QA,
    IVQA,
    LLAVA_CONVERSATION,
    LLAVA_REASONING,
    LLAVA_DETAIL,
)

MULTIINSTRUCT_JSONL = jsonl_source(_RAW)

SOURCES: Mapping[str, Source] = MappingProxyType({source.name: source for source in (*_RAW, MULTIINSTRUCT_JSONL)})
"""All sources by name; read-only."""
