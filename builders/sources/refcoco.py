"""RefCOCO, RefCOCO+ and RefCOCOg: expressions that refer to one object in a picture of MSCOCO train2014."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from instraug_datasets.errors import SourceError
from instraug_datasets.lazy_numpy import np

from ..files.json_tables import JsonArray, NonNegativeInt
from ..files.nested_tables import NestedRecords
from ..files.root import Archive, DataRoot
from ..files.safe_pickle import read_pickled_list
from ..files.tables import UNREADABLE, IdArray, Table, group_by_value
from .coco_format import InstanceFile, RawId
from .mscoco import picture_name
from .regions import Region
from .shared_pictures import COCO_ARCHIVES, COCO_VERIFIED, TRAIN2014, also_in, downloads_of, files_with
from .spec import Download, Files, Source

__all__ = ["REFCOCO", "REFCOCOG", "REFCOCO_PLUS", "ReferringExpression", "read_referring_expressions"]

_SITE = "https://bvisionweb1.cs.unc.edu/licheng/referit/data"


def _source(name: str, title: str, *, folder: str, splitter: str) -> Source:
    inside = f"{folder}/{folder}"
    files = tuple(f"{inside}/{name}" for name in ("instances.json", f"refs({splitter}).p"))
    automatic = (Download(f"{_SITE}/{folder}.zip", f"{folder}/{folder}.zip"), *downloads_of(TRAIN2014))
    return Source(
        name=name,
        title=title,
        licence="expressions Apache-2.0; pictures of MSCOCO under the Flickr terms of their owners",
        homepage="https://github.com/lichengunc/refer",
        downloads=tuple(download.url for download in automatic),
        splits={
            split: files_with(TRAIN2014, annotations=files, part=part)
            for split, part in (("train", "train"), ("validation", "val"))
        },
        # The zip has a folder of the same name, which lies in another one or, as in the data/ of REFER, does not.
        alternatives=also_in(files, folder),
        archives=(
            *(Archive(file, into=folder, holds=inside) for file in (f"{folder}/{folder}.zip", f"{folder}.zip")),
            *COCO_ARCHIVES,
        ),
        note=f"Put {folder}.zip into {folder}/ as it is, or unpack it there.",
        automatic=automatic,
        size="13.5 GB of pictures, 0.1 GB of annotations",
        verified=f"The URL and {folder}/{folder}.zip (VT-NLP/MultiInstruct: download_scripts/{folder}.sh); {folder}/ "
        f"beside images/mscoco/ (lichengunc/refer: refer.py); {COCO_VERIFIED}",
    )


REFCOCO = _source("refcoco", "RefCOCO", folder="refcoco", splitter="google")
REFCOCO_PLUS = _source("refcoco_plus", "RefCOCO+", folder="refcoco+", splitter="unc")
REFCOCOG = _source("refcocog", "RefCOCOg", folder="refcocog", splitter="google")


@dataclass(frozen=True, slots=True)
class ReferringExpression:
    """One referring expression, with the other objects of its picture except crowds.

    Attributes:
        region: The object's box, the expression, and the object's category.
        others: The boxes and categories of the other objects, without texts.
        answers: All expressions for the same object, starting with this one.
    """

    key: str
    image_id: int
    picture: str
    size: tuple[int, int]
    region: Region
    others: tuple[Region, ...]
    answers: tuple[str, ...]


def read_referring_expressions(root: DataRoot, files: Files) -> Table[ReferringExpression]:
    """Every expression of a split."""
    return _Expressions(root, files)


class _Ref(msgspec.Struct, rename={"items": "sentences"}):
    ann_id: NonNegativeInt
    image_id: NonNegativeInt
    split: str
    items: list[msgspec.Raw]


class _Split(msgspec.Struct):
    split: str


class _Sentence(msgspec.Struct):
    sent_id: NonNegativeInt
    raw: str


def _phrase(sentence: _Sentence) -> str:
    """The expression without the full stop that some annotators typed: it stands inside sentences of instructions."""
    return sentence.raw.strip().rstrip(".").rstrip()


class _SentenceId(msgspec.Struct):
    sent_id: NonNegativeInt


class _AnnotationIds(msgspec.Struct):
    id: NonNegativeInt
    image_id: NonNegativeInt


class _Instances:
    """The annotated objects of all pictures.

    Attributes:
        images: The position of each picture in the file, by its id.
        objects: The position of each object in the file, by its id.
    """

    def __init__(self, root: DataRoot, file: str) -> None:
        self._document = InstanceFile(root, file)
        self.file = file
        (image_ids,) = self._document.images.columns(RawId)
        ids, owners = self._document.annotations.columns(_AnnotationIds)
        self.images, self.objects = _places(image_ids), _places(ids)
        self._of_image: dict[int, IdArray] = dict(group_by_value(owners))

    def size(self, image_id: int) -> tuple[int, int]:
        """Width and height of a picture in pixels."""
        return self._document.size(self.images[image_id])

    def object(self, annotation_id: int, image_id: int, text: str) -> Region:
        """An object with an expression for it."""
        place = self.objects[annotation_id]
        annotations = self._document.annotations
        if annotations[place].image_id != image_id:
            problem = f"the object is not in the picture {image_id} of the expression"
            raise SourceError(problem, file=self.file, record=annotations.name(place), field="image_id")
        instance = self._document.instance(place)
        return Region(instance.box, text, instance.category)

    def others(self, annotation_id: int, image_id: int) -> tuple[Region, ...]:
        """The other objects of a picture, without crowds."""
        own, annotations = self.objects[annotation_id], self._document.annotations
        places = [place for place in self._of_image[image_id].tolist() if place != own]
        instances = (self._document.instance(place) for place in places if not annotations[place].iscrowd)
        return tuple(Region(instance.box, "", instance.category) for instance in instances)


class _Expressions(Table[ReferringExpression]):
    def __init__(self, root: DataRoot, files: Files) -> None:
        instances, file = files.annotations
        self._instances, self._files = _Instances(root, instances), files
        raws = read_pickled_list(root, file)
        chosen = _positions_of(files.part, JsonArray(file, raws, kind=_Split, label="refs"))
        refs = JsonArray(file, raws, kind=_Ref, label="refs")
        self._items = NestedRecords(refs, chosen, kind=_Sentence, ids=_SentenceId, label="sentences")
        super().__init__(file, self._items.ids)

    def _record(self, index: int) -> ReferringExpression:
        position, own = self._items.locate(index)
        ref = self._items.group(position)
        text = _phrase(self._items.items(position)[own])
        self._check(ref, f"refs[{position}]")
        expressions = (_phrase(each) for each in self._items.items_or_none(position) if each is not None)
        return ReferringExpression(
            key=self.key(index),
            image_id=ref.image_id,
            picture=picture_name(self._files, ref.image_id),
            size=self._instances.size(ref.image_id),
            region=self._instances.object(ref.ann_id, ref.image_id, text),
            others=self._instances.others(ref.ann_id, ref.image_id),
            answers=tuple(dict.fromkeys([text, *filter(None, expressions)])),
        )

    def _check(self, ref: _Ref, record: str) -> None:
        for field, value, known in (
            ("image_id", ref.image_id, self._instances.images),
            ("ann_id", ref.ann_id, self._instances.objects),
        ):
            if value not in known:
                problem = f"{value} is not in {self._instances.file}"
                raise SourceError(problem, file=self.file, record=record, field=field)


def _places(ids: IdArray) -> dict[int, int]:
    return {id_: place for place, id_ in enumerate(ids.tolist()) if id_ != UNREADABLE}


def _positions_of(part: str, splits: JsonArray[_Split]) -> IdArray:
    """The positions of the refs of a split; unreadable refs are in every split, so that they are reported."""

    def belongs(index: int) -> bool:
        try:
            return splits[index].split == part
        except SourceError:
            return True

    return np.array([index for index in range(len(splits)) if belongs(index)], np.int64)
