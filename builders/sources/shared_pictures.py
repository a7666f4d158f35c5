"""The pictures that several data sets share, and the folders in which people keep them.

A source that uses some of them looks in all of these folders, so that one copy on the disk serves every source and is
downloaded once. MSCOCO 2017 has the pictures of 2014 in another split: train2017 (118,287) is train2014 (82,783) and
35,504 pictures of val2014, whose other 5,000 are val2017. Names differ by a prefix (`files/picture_names.py`).
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

from ..files.root import Archive
from .spec import Download, Files, PictureSet

__all__ = [
    "COCO_ARCHIVES",
    "COCO_VERIFIED",
    "FLICKR30K",
    "FLICKR30K_ARCHIVES",
    "TRAIN2014",
    "TRAIN2017",
    "VAL2014",
    "VAL2017",
    "VSR_DATA",
    "VSR_PICTURES",
    "also_in",
    "downloads_of",
    "files_with",
    "release_of",
]

VSR_DATA = "visual_spatial_reasoning/visual-spatial-reasoning/data"

_PARENTS = {
    # Ours; the images/ of VQA's tools and of REFER; the coco/ of A-OKVQA and LLaVA; the coco/images/ of LAVIS.
    "2014": ("MSCOCO2014", "VQA_V2/Images/mscoco", "images/mscoco/images", "coco", "coco/images"),
    "2017": ("MSCOCO2017", VSR_DATA, "coco", "coco/images"),
}
_MERGED = {"2014": ("MSCOCO2014/images",), "2017": ("MSCOCO2017/images", f"{VSR_DATA}/trainval2017")}
"""Folders with the pictures of both splits."""


def _layouts(*folders: str) -> tuple[tuple[str, ...], ...]:
    """The places of the folders `train` and `val` of a release, side by side or merged."""
    release = folders[0][-4:]
    apart = (tuple(f"{parent}/{folder}" for folder in folders) for parent in _PARENTS[release])
    return (*apart, *((folder,) for folder in _MERGED[release]))


TRAIN2014 = PictureSet(("MSCOCO2014/train2014",), (*_layouts("train2014"), *_layouts("train2017")))
VAL2014 = PictureSet(("MSCOCO2014/val2014",), (*_layouts("val2014"), *_layouts("train2017", "val2017")))
TRAIN2017 = PictureSet(("MSCOCO2017/train2017",), (*_layouts("train2017"), *_layouts("train2014", "val2014")))
VAL2017 = PictureSet(("MSCOCO2017/val2017",), (*_layouts("val2017"), *_layouts("val2014")))

VSR_PICTURES = PictureSet(
    (*TRAIN2017.home, *VAL2017.home),
    (
        # `images` has only the pictures of VSR, so that it serves no other source.
        *((f"{VSR_DATA}/{name}",) for name in ("trainval2017", "images", "train2017", "val2017")),
        *_layouts("train2017", "val2017"),
        *_layouts("train2014", "val2014"),
    ),
)

FLICKR30K = PictureSet(
    ("flickr30k/flickr30k-images",),
    (
        ("flickr30k/flickr30k-images",),
        *(
            (f"{folder}/{name}",)
            for folder in ("SNLI-VE/SNLI-VE/data/Flickr30K", "SNLI-VE/data/Flickr30K")
            for name in ("images", "flickr30k_images", "flickr30k-images")
        ),
        ("flickr30k/flickr30k_images",),
        ("flickr30k/images",),
    ),
)

FLICKR30K_ARCHIVES = tuple(
    Archive(f"flickr30k/{name}.tar.gz", into="flickr30k", holds=f"flickr30k/{name}")
    for name in ("flickr30k-images", "flickr30k_images")
)
"""The archives of the pictures of Flickr30K."""

COCO_ARCHIVES = tuple(
    Archive(f"{folder}.zip", into=folder.rpartition("/")[0], holds=folder)
    for folder in (
        *(
            f"{parent}/{split}{release}"
            for release in _PARENTS
            for parent in _PARENTS[release]
            for split in ("train", "val")
        ),
        f"{VSR_DATA}/trainval2017",
    )
)
"""The zips of the pictures of MSCOCO, wherever they lie."""


COCO_VERIFIED = (
    "pictures in train2014/ and val2014/ or train2017/ and val2017/ as the zips unpack (feizc/IMITER: data/DATA.md; "
    "allenai/aokvqa: README.md), below images/mscoco/images/ (lichengunc/refer: refer.py), "
    "coco/ (haotian-liu/LLaVA: README.md) or coco/images/ (salesforce/LAVIS: lavis/configs/datasets/coco/)."
)
"""What public files show of the places of the pictures of MSCOCO."""


def release_of(pictures: PictureSet) -> str:
    """The split and release of a set of pictures of MSCOCO, as in `train2014`."""
    return pictures.home[0].rpartition("/")[2]


def downloads_of(*sets: PictureSet) -> tuple[Download, ...]:
    """The downloads of the pictures of MSCOCO, into the folders that all sources look in first."""
    folders = chain.from_iterable(each.home for each in sets)
    site = "http://images.cocodataset.org/zips"
    return tuple(Download(f"{site}/{folder.rpartition('/')[2]}.zip", f"{folder}.zip") for folder in folders)


def also_in(files: Iterable[str], *folders: str) -> dict[str, tuple[str, ...]]:
    """The same files in other folders, as the alternatives of a source."""
    return {file: tuple(f"{folder}/{file.rpartition('/')[2]}".lstrip("/") for folder in folders) for file in files}


def files_with(*sets: PictureSet, annotations: tuple[str, ...], part: str = "") -> Files:
    """The files of a split that uses sets of shared pictures."""
    return Files(annotations, tuple(chain.from_iterable(each.home for each in sets)), part=part, shared=sets)
