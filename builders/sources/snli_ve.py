"""SNLI-VE: sentences that a picture of Flickr30K entails, contradicts or leaves open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import msgspec

from ..files.json_tables import ArrayTable, read_json_lines
from ..files.root import DataRoot
from ..files.tables import Table
from .ids import AnyId
from .shared_pictures import FLICKR30K_ARCHIVES
from .spec import Files, Published, Source

__all__ = ["SNLI_VE", "EntailmentLabel", "Hypothesis", "read_hypotheses"]

DATA = "SNLI-VE/SNLI-VE/data"
PICTURES = f"{DATA}/Flickr30K/images"
_OTHER_PICTURES = (
    *(f"flickr30k/{name}" for name in ("flickr30k-images", "flickr30k_images", "images")),
    *(f"{DATA}/Flickr30K/{name}" for name in ("flickr30k_images", "flickr30k-images")),
    *(f"SNLI-VE/data/Flickr30K/{name}" for name in ("images", "flickr30k_images", "flickr30k-images")),
)
"""Where else copies of Flickr30K lie; the publisher's download of SNLI-VE links `images` to `flickr30k_images`."""


EntailmentLabel: TypeAlias = Literal["entailment", "contradiction", "neutral"]
"""The relation of a hypothesis to its picture."""


def _files(split: str) -> Files:
    return Files((f"{DATA}/snli_ve_{split}.jsonl",), (PICTURES,))


_COUNTED = "necla-ml/SNLI-VE: README.md"

SNLI_VE = Source(
    name="snli_ve",
    title="SNLI-VE",
    licence="sentences CC BY-SA 4.0 (SNLI); pictures of Flickr30K for non-commercial research, under the Flickr terms "
    "of their owners",
    homepage="https://github.com/necla-ml/SNLI-VE",
    downloads=(
        "https://github.com/necla-ml/SNLI-VE",
        "https://nlp.stanford.edu/projects/snli/snli_1.0.zip",
        "https://shannon.cs.illinois.edu/DenotationGraph/",
    ),
    splits={"validation": _files("dev"), "test": _files("test")},
    alternatives={
        PICTURES: _OTHER_PICTURES,
        **{f"{DATA}/snli_ve_{part}.jsonl": (f"SNLI-VE/data/snli_ve_{part}.jsonl",) for part in ("dev", "test")},
    },
    archives=FLICKR30K_ARCHIVES,
    note="Sentences: clone the repository into SNLI-VE/ and run its generator on SNLI (python "
    f"vet/tools/snli_ve_generator.py), or download the files that its README links to into {DATA}/. Pictures: "
    f"Flickr30K, a download of its own, on request; put them into {PICTURES}/ or {_OTHER_PICTURES[0]}/.",
    size="about 4.4 GB: 31,783 pictures of Flickr30K",
    verified="snli_ve_dev.jsonl and snli_ve_test.jsonl in data/, with the picture as Flickr30K_ID (necla-ml/SNLI-VE: "
    "vet/tools/snli_ve_generator.py) or, from the older generator, as Flikr30kID with .jpg (necla-ml/SNLI-VE: "
    "snli_ve_generator.py, vet/tools/snli_ve_parser.py); data/Flickr30K/flickr30k_images with the link images "
    "(necla-ml/SNLI-VE: data/download).",
    unverified="The folder inside the archive of pictures that the publishers of Flickr30K send.",
    published={"validation": Published(17_858, _COUNTED), "test": Published(17_901, _COUNTED)},
)


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One sentence and its relation to a picture.

    Attributes:
        caption: The textual premise of SNLI: a caption of the picture.
    """

    key: str
    picture: str
    caption: str
    text: str
    label: EntailmentLabel


def read_hypotheses(root: DataRoot, files: Files) -> Table[Hypothesis]:
    """Every sentence of a split."""
    (file,) = files.annotations
    return ArrayTable(read_json_lines(root, file, kind=_Line), key=lambda line: line.pair_id, make=_hypothesis)


class _Line(msgspec.Struct):
    gold_label: EntailmentLabel
    sentence1: str
    sentence2: str
    pair_id: str = msgspec.field(name="pairID")
    picture_id: AnyId = msgspec.field(name="Flickr30K_ID", default="")
    # The files that the README links to have this name, and a value with an ending.
    older_picture_id: AnyId = msgspec.field(name="Flikr30kID", default="")

    def __post_init__(self) -> None:
        if not self.picture_name:
            raise ValueError("Expected the picture as Flickr30K_ID, Flikr30kID or in pairID")

    @property
    def picture_name(self) -> str:
        """The name of the picture without its ending; a pair's id starts with it."""
        named = self.picture_id or self.older_picture_id or self.pair_id.rpartition(".jpg")[0]
        return str(named).removesuffix(".jpg")


def _hypothesis(key: str, line: _Line) -> Hypothesis:
    return Hypothesis(key, f"{line.picture_name}.jpg", line.sentence1.strip(), line.sentence2.strip(), line.gold_label)
