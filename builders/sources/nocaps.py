"""nocaps: pictures of Open Images with ten captions each, including objects that are not in MSCOCO."""

from __future__ import annotations

from functools import cached_property

import msgspec

from ..files.images import look_up_image
from ..files.json_tables import JsonArray, NonNegativeInt, read_json
from ..files.root import DataRoot
from ..files.tables import IdArray, Table, group_by_value
from .coco_format import RawId, RawImageId, orphan_errors
from .karpathy_splits import CaptionedPicture
from .spec import Download, Files, Published, Source

__all__ = ["NOCAPS", "read_captioned_pictures"]

FOLDER = "nocaps"
_NAME = "nocaps_val_4500_captions.json"
_FILE = f"{FOLDER}/{_NAME}"
_FOLDERS = tuple(f"{FOLDER}/{folder}" for folder in ("images", "val", "images/val"))
_URL = "https://nocaps.s3.amazonaws.com/nocaps_val_4500_captions.json"

NOCAPS = Source(
    name="nocaps",
    title="nocaps, validation set",
    licence="captions CC BY 2.0; pictures of Open Images CC BY 2.0",
    homepage="https://nocaps.org",
    downloads=("https://nocaps.org/download",),
    # The captions of the test set are not published; results are usually reported on the validation set.
    splits={"test": Files((_FILE,), _FOLDERS)},
    alternatives={_FILE: (f"{FOLDER}/annotations/{_NAME}",)},
    published={"test": Published(4_500, "huggingface.co/datasets/lmms-lab/NoCaps")},
    note=f"Fetch every picture from its `coco_url` into {FOLDER}/images/, under its `file_name` or its `id` (0.jpg).",
    automatic=(Download(_URL, _FILE),),
    size="1.5 GB: 4500 pictures; captions 8 MB",
    verified="Folders annotations/ and images/ (facebookresearch/sapiens: pretrain/configs/_base_/datasets/nocaps.py), "
    "val/ and names as in `file_name` (QwenLM/Qwen-VL, issue 335), names as in `id` (IsmailKent/updown-baseline: "
    "getImages/GetImages.py).",
)


def read_captioned_pictures(root: DataRoot, files: Files) -> Table[CaptionedPicture]:
    """Every picture with its captions."""
    (file,) = files.annotations
    return _Pictures(root, files, read_json(root, file, kind=_File))


class _File(msgspec.Struct):
    images: list[msgspec.Raw]
    annotations: list[msgspec.Raw]


class _Image(msgspec.Struct):
    id: NonNegativeInt
    file_name: str


class _Caption(msgspec.Struct):
    image_id: NonNegativeInt
    caption: str


class _Pictures(Table[CaptionedPicture]):
    def __init__(self, root: DataRoot, files: Files, document: _File) -> None:
        (file,) = files.annotations
        self._root, self._folders = root, files.pictures
        self._images = JsonArray(file, document.images, kind=_Image, label="images")
        self._captions = JsonArray(file, document.annotations, kind=_Caption, label="annotations")
        (ids,), (self._image_ids,) = self._images.columns(RawId), self._captions.columns(RawImageId)
        orphans = orphan_errors(self._captions, image_ids=self._image_ids, known=ids)
        super().__init__(file, ids, orphans=orphans)

    @cached_property
    def _of_image(self) -> dict[int, IdArray]:
        return dict(group_by_value(self._image_ids))

    def _record(self, index: int) -> CaptionedPicture:
        image = self._images[index]
        own = self._of_image.get(image.id, ())
        texts = tuple(self._captions[int(place)].caption.strip() for place in own)
        return CaptionedPicture(str(image.id), self._name(image), texts)

    def _name(self, image: _Image) -> str:
        """The name under which the picture was saved; that of the file if it was not."""
        names = (image.file_name, f"{image.id}.jpg")
        return next((name for name in names if look_up_image(self._root, self._folders, name)), image.file_name)
