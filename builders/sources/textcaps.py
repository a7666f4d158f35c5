"""TextCaps: captions of pictures that contain text, with the OCR tokens of the pictures."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from ..files.json_tables import ArrayTable, JsonArray, read_json
from ..files.root import DataRoot
from ..files.tables import Table
from .ids import AnyId
from .ocr_tokens import read_ocr_tokens
from .spec import Download, Files, Source
from .textvqa import FOLDER as TEXTVQA_FOLDER
from .textvqa import PICTURE_ARCHIVES, PICTURES, alternatives

__all__ = ["TEXTCAPS", "OCRCaption", "read_captions"]

FOLDER = "TextCaps"
_SITE = "https://dl.fbaipublicfiles.com/textvqa"
_PARTS = {"train": "train", "validation": "val"}
_CAPTIONS = {split: f"{FOLDER}/TextCaps_0.1_{part}.json" for split, part in _PARTS.items()}
_OCR_FILES = {split: f"{TEXTVQA_FOLDER}/TextVQA_Rosetta_OCR_v0.2_{part}.json" for split, part in _PARTS.items()}

TEXTCAPS = Source(
    name="textcaps",
    title="TextCaps 0.1",
    licence="captions CC BY 4.0; pictures of Open Images CC BY 2.0",
    homepage="https://textvqa.org/textcaps",
    downloads=("https://textvqa.org/textcaps/dataset", "https://textvqa.org/dataset"),
    splits={split: Files((_CAPTIONS[split], _OCR_FILES[split]), (PICTURES,)) for split in _PARTS},
    archives=PICTURE_ARCHIVES,
    alternatives=alternatives(PICTURES, *_OCR_FILES.values()),
    note=f"Put the captions into {FOLDER}/, and the pictures and OCR tokens of TextVQA into {TEXTVQA_FOLDER}/.",
    automatic=(
        *(Download(f"{_SITE}/data/textcaps/{path.rpartition('/')[2]}", path) for path in _CAPTIONS.values()),
        *(Download(f"{_SITE}/data/{path.rpartition('/')[2]}", path) for path in _OCR_FILES.values()),
        Download(f"{_SITE}/images/train_val_images.zip", f"{TEXTVQA_FOLDER}/train_val_images.zip"),
    ),
    size="8 GB: pictures 7 GB, captions 0.4 GB, OCR tokens 0.5 GB",
    verified="The addresses of captions and pictures and the fields of a caption (google-research/big_vision: "
    "big_vision/datasets/textcaps/textcaps.py); OCR tokens beside the pictures (VT-NLP/MultiInstruct: "
    "download_scripts/text_vqa.sh, data_preprocessor/text_vqa.py).",
)


@dataclass(frozen=True, slots=True)
class OCRCaption:
    """One caption of a picture, with all of its captions and its OCR tokens."""

    key: str
    image_id: str
    picture: str
    text: str
    texts: tuple[str, ...]
    ocr_tokens: tuple[str, ...]


def read_captions(root: DataRoot, files: Files) -> Table[OCRCaption]:
    """Every caption of a split."""
    file, ocr_file = files.annotations
    ocr_tokens = read_ocr_tokens(root, ocr_file)
    captions = JsonArray(file, read_json(root, file, kind=_File).data, kind=_Caption, label="data")

    def make(key: str, raw: _Caption) -> OCRCaption:
        texts = tuple(text.strip() for text in raw.reference_strs or (raw.caption_str,))
        image_id = str(raw.image_id)
        return OCRCaption(key, image_id, f"{image_id}.jpg", raw.caption_str.strip(), texts, ocr_tokens.of(image_id))

    return ArrayTable(captions, key=lambda raw: f"{raw.image_id}-{raw.caption_id}", make=make)


class _File(msgspec.Struct):
    data: list[msgspec.Raw]


class _Caption(msgspec.Struct):
    image_id: AnyId
    caption_id: int
    caption_str: str
    reference_strs: list[str] = []
