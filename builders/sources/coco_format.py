"""The file format of MSCOCO and data sets derived from it: pictures, annotations of pictures, and categories."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np

from instraug_datasets.errors import SourceError

from ..files.json_tables import UNREADABLE, IdArray, JsonArray, NonNegativeInt, indices_of, read_json
from ..files.root import DataRoot
from .regions import Corners, xywh_to_xyxy

__all__ = ["Instance", "InstanceFile", "RawAnnotation", "RawId", "RawImageId", "orphan_errors"]


@dataclass(frozen=True, slots=True)
class Instance:
    """One annotated object.

    Attributes:
        box: `(x1, y1, x2, y2)` in pixels as annotated: not clipped, possibly without area.
        crowd: Whether the box stands for a group of objects.
    """

    category: str
    box: Corners
    crowd: bool


class RawAnnotation(msgspec.Struct):
    """One annotated object in the file; `bbox` is the upper left corner and the size."""

    image_id: NonNegativeInt
    category_id: int
    bbox: tuple[float, float, float, float]
    iscrowd: int = 0


class RawId(msgspec.Struct):
    """The id of a picture or of an annotation."""

    id: NonNegativeInt


class RawImageId(msgspec.Struct):
    """The id of the picture that an annotation belongs to."""

    image_id: NonNegativeInt


class InstanceFile:
    """A file of object instances.

    Attributes:
        images: The raw pictures.
        annotations: The raw annotated objects.
    """

    def __init__(self, root: DataRoot, file: str) -> None:
        document = read_json(root, file, kind=_File)
        self.file = file
        self.images = JsonArray(file, document.images, kind=_Image, label="images")
        self.annotations = JsonArray(file, document.annotations, kind=RawAnnotation, label="annotations")
        self._categories = {category.id: category.name for category in document.categories}

    def size(self, position: int) -> tuple[int, int]:
        """Width and height in pixels of the picture at a position."""
        image = self.images[position]
        return image.width, image.height

    def instance(self, position: int) -> Instance:
        """The object of the annotation at a position.

        Raises:
            SourceError: Raised if the annotation is unreadable or its category is unknown.
        """
        raw = self.annotations[position]
        if raw.category_id not in self._categories:
            problem = f"the category {raw.category_id} is not among the file's categories"
            raise SourceError(problem, file=self.file, record=self.annotations.name(position), field="category_id")
        return Instance(self._categories[raw.category_id], xywh_to_xyxy(*raw.bbox), bool(raw.iscrowd))


def orphan_errors(annotations: JsonArray[Any], *, image_ids: IdArray, known: IdArray) -> list[SourceError]:
    """The errors of annotations that are unreadable or belong to no picture of the file.

    Args:
        image_ids: The picture id of each annotation.
        known: The ids of the file's pictures.
    """
    orphans = np.flatnonzero((indices_of(known, image_ids) < 0) | (image_ids == UNREADABLE))
    return [_orphan_error(annotations, position) for position in orphans.tolist()]


class _Image(msgspec.Struct):
    id: NonNegativeInt
    width: NonNegativeInt
    height: NonNegativeInt


class _Category(msgspec.Struct):
    id: int
    name: str


class _File(msgspec.Struct):
    images: list[msgspec.Raw]
    annotations: list[msgspec.Raw]
    categories: list[_Category]


def _orphan_error(annotations: JsonArray[Any], position: int) -> SourceError:
    try:
        problem = f"the picture {annotations[position].image_id} is not among the file's images"
    except SourceError as error:
        return error
    return SourceError(problem, file=annotations.file, record=annotations.name(position), field="image_id")
