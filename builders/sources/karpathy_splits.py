"""MSCOCO and Flickr30K with Karpathy's splits: pictures with all of their captions."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath

import msgspec

from instraug_datasets.errors import SourceError

from ..files.json_tables import JsonArray, read_json
from ..files.root import Archive, DataRoot
from ..files.tables import Table
from .shared_pictures import (
    COCO_ARCHIVES,
    COCO_VERIFIED,
    FLICKR30K_ARCHIVES,
    VAL2014,
    also_in,
    downloads_of,
    files_with,
)
from .shared_pictures import FLICKR30K as FLICKR30K_PICTURES
from .spec import Download, Files, PictureSet, Published, Source

__all__ = ["COCO_KARPATHY", "FLICKR30K", "CaptionedPicture", "read_captioned_pictures"]

FOLDER = "caption_datasets"
_URL = "https://cs.stanford.edu/people/karpathy/deepimagesent/caption_datasets.zip"
_PARTS = {"validation": "val", "test": "test"}


def _archive(name: str) -> Archive:
    return Archive(f"{FOLDER}/caption_datasets.zip", into=FOLDER, holds=f"{FOLDER}/{name}")


def _splits(name: str, pictures: PictureSet) -> dict[str, Files]:
    return {split: files_with(pictures, annotations=(f"{FOLDER}/{name}",), part=part) for split, part in _PARTS.items()}


COCO_KARPATHY = Source(
    name="coco_karpathy",
    title="MSCOCO 2014 captions, Karpathy split",
    licence="annotations CC BY 4.0; pictures under the Flickr terms of their owners",
    homepage="https://cs.stanford.edu/people/karpathy/deepimagesent",
    downloads=(_URL, "http://images.cocodataset.org/zips/val2014.zip"),
    splits=_splits("dataset_coco.json", VAL2014),
    alternatives=also_in([f"{FOLDER}/dataset_coco.json"], "karpathy", ""),
    archives=(_archive("dataset_coco.json"), *COCO_ARCHIVES),
    note=f"Put caption_datasets.zip into {FOLDER}/, as it is or unpacked, and val2014.zip into MSCOCO2014/.",
    automatic=(
        Download(_URL, f"{FOLDER}/caption_datasets.zip"),
        *downloads_of(VAL2014),
    ),
    published={split: Published(5_000, "Karpathy and Fei-Fei, arXiv:1412.2306") for split in _PARTS},
    size="6.7 GB: pictures 6.6 GB, captions 0.04 GB, both zipped",
    verified="The URL, and the three files at the top of the zip (Vitonka/image-captioning: datasets/coco.sh), in "
    "caption_datasets/ (yxuansu/MAGIC: image_captioning/data/raw_data/README.md) or karpathy/ (feizc/IMITER: "
    f"data/DATA.md); {COCO_VERIFIED}",
)

FLICKR30K = Source(
    name="flickr30k",
    title="Flickr30K, Karpathy split",
    licence="for non-commercial research and education; pictures under the Flickr terms of their owners",
    homepage="https://shannon.cs.illinois.edu/DenotationGraph",
    downloads=(_URL, "https://forms.illinois.edu/sec/229675"),
    splits=_splits("dataset_flickr30k.json", FLICKR30K_PICTURES),
    alternatives=also_in([f"{FOLDER}/dataset_flickr30k.json"], "karpathy", ""),
    archives=(_archive("dataset_flickr30k.json"), *FLICKR30K_ARCHIVES),
    note=f"Put caption_datasets.zip into {FOLDER}/. The pictures are sent on request by form: put them into "
    "flickr30k/flickr30k-images/, or their archive into flickr30k/ as flickr30k-images.tar.gz.",
    published={
        "validation": Published(1_014, "huggingface.co/datasets/AnyModal/flickr30k"),
        "test": Published(1_000, "huggingface.co/datasets/AnyModal/flickr30k"),
    },
    automatic=(Download(_URL, f"{FOLDER}/caption_datasets.zip"),),
    size="4.4 GB: pictures 4.4 GB, captions 0.04 GB",
    verified="The captions as for coco_karpathy; the pictures in flickr30k-images/ (clp-research/clp-vision: "
    "Data/readme.md, johnson7788/ViLT: DATA.md).",
    unverified="Names inside the archive of pictures, which is sent on request.",
)


@dataclass(frozen=True, slots=True)
class CaptionedPicture:
    """One picture with all of its captions."""

    key: str
    picture: str
    texts: tuple[str, ...]


def read_captioned_pictures(root: DataRoot, files: Files) -> Table[CaptionedPicture]:
    """Every picture of a split."""
    (file,) = files.annotations
    images = read_json(root, file, kind=_File).images
    return _Pictures(images, file, files.part)


class _File(msgspec.Struct):
    images: list[msgspec.Raw]


class _Name(msgspec.Struct):
    split: str
    filename: str


class _Sentence(msgspec.Struct):
    raw: str


class _Image(msgspec.Struct):
    filename: str
    sentences: list[_Sentence]


class _Pictures(Table[CaptionedPicture]):
    def __init__(self, images: list[msgspec.Raw], file: str, part: str) -> None:
        self._images = JsonArray(file, images, kind=_Image, label="images")
        self._places: list[int] = []
        keys, orphans = list[str](), list[SourceError]()
        names = JsonArray(file, images, kind=_Name, label="images")
        for place in range(len(names)):
            try:
                name = names[place]
            except SourceError as error:
                orphans.append(error)
                continue
            if name.split == part:
                self._places.append(place)
                keys.append(PurePosixPath(name.filename).stem)
        super().__init__(file, keys, orphans=orphans)

    def _record(self, index: int) -> CaptionedPicture:
        image = self._images[self._places[index]]
        texts = tuple(sentence.raw.strip() for sentence in image.sentences)
        return CaptionedPicture(self.key(index), image.filename, texts)
