"""The file format of MSCOCO and data sets derived from it: pictures, annotations of pictures, and categories."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from instraug_datasets.errors import SourceError
from instraug_datasets.lazy_numpy import np

from ..files.json_tables import JsonArray, NonNegativeInt, read_json
from ..files.root import DataRoot
from ..files.tables import UNREADABLE, IdArray, indices_of
from .regions import Corners, xywh_to_xyxy

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["Instance", "InstanceFile", "RawAnnotation", "RawId", "RawImageId", "orphan_errors"]

_CHUNK = 512
"""Annotations that are decoded at once."""


class Instance(NamedTuple):
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


class AnnotationColumns(NamedTuple):
    """The annotations of a file as columns, one entry each.

    Attributes:
        image_ids: The picture ids; `UNREADABLE` without one.
        categories: The category ids; `UNREADABLE` where the annotation must be decoded on its own, because it is
            unreadable, its neighbours are, or its category is unknown.
        boxes: The boxes `(x1, y1, x2, y2)` in pixels, shape `(count, 4)`.
        crowds: Whether the box stands for a group of objects.
    """

    image_ids: IdArray
    categories: IdArray
    boxes: npt.NDArray[np.float64]
    crowds: npt.NDArray[np.bool_]


class InstanceFile:
    """A file of object instances.

    Attributes:
        images: The raw pictures.
        annotations: The raw annotated objects.
        category_names: The names of the categories by id.
    """

    def __init__(self, root: DataRoot, file: str) -> None:
        document = read_json(root, file, kind=_File)
        self.file = file
        self.images = JsonArray(file, document.images, kind=_Image, label="images")
        self.annotations = JsonArray(file, document.annotations, kind=RawAnnotation, label="annotations")
        self.category_names = {category.id: category.name for category in document.categories}

    @cached_property
    def columns(self) -> AnnotationColumns:
        """All annotations as columns, decoded in one pass."""
        count = len(self.annotations)
        ids, categories = np.full(count, UNREADABLE, np.int64), np.full(count, UNREADABLE, np.int64)
        boxes, crowds = np.zeros((count, 4)), np.zeros(count, bool)
        for start in range(0, count, _CHUNK):
            stop = min(start + _CHUNK, count)
            try:
                raws = self.annotations.select(range(start, stop))
                categories[start:stop] = [raw.category_id for raw in raws]
            except (SourceError, OverflowError):
                ids[start:stop] = self._image_ids(range(start, stop))
                categories[start:stop] = UNREADABLE
                continue
            ids[start:stop] = [raw.image_id for raw in raws]
            boxes[start:stop] = [raw.bbox for raw in raws]
            crowds[start:stop] = [bool(raw.iscrowd) for raw in raws]
        names = {number: name for number, name in self.category_names.items() if 0 <= number < 2**62}
        categories[~np.isin(categories, list(names))] = UNREADABLE
        boxes[:, 2:] += boxes[:, :2]
        return AnnotationColumns(ids, categories, boxes, crowds)

    def _image_ids(self, positions: range) -> IdArray:
        """The picture ids of some annotations, of which one cannot be read."""
        part = [self.annotations.raw(position) for position in positions]
        return JsonArray(self.file, part, kind=RawImageId, label="annotations").columns(RawImageId)[0]

    def size(self, position: int) -> tuple[int, int]:
        """Width and height in pixels of the picture at a position."""
        image = self.images[position]
        return image.width, image.height

    def instance(self, position: int) -> Instance:
        """The object of the annotation at a position.

        Raises:
            SourceError: Raised if the annotation is unreadable or its category is unknown.
        """
        return self.instances([position])[0]

    def instances(self, positions: Sequence[int]) -> tuple[Instance, ...]:
        """The objects of the annotations at several positions.

        Raises:
            SourceError: Raised if an annotation is unreadable or its category is unknown.
        """
        raws, categories = self.annotations.select(positions), self.category_names
        try:
            return tuple(
                [Instance(categories[raw.category_id], xywh_to_xyxy(*raw.bbox), bool(raw.iscrowd)) for raw in raws]
            )
        except KeyError:
            place = next(place for place, raw in enumerate(raws) if raw.category_id not in categories)
            problem = f"the category {raws[place].category_id} is not among the file's categories"
            name = self.annotations.name(positions[place])
            raise SourceError(problem, file=self.file, record=name, field="category_id") from None


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
