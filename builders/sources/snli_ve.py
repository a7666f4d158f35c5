"""SNLI-VE: sentences that a picture of Flickr30K entails, contradicts or leaves open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import msgspec

from ..files.json_tables import ArrayTable, Table, read_json_lines
from ..files.root import DataRoot
from .spec import Files, Source

__all__ = ["SNLI_VE", "EntailmentLabel", "Hypothesis", "read_hypotheses"]

DATA = "SNLI-VE/SNLI-VE/data"
PICTURES = f"{DATA}/Flickr30K/images"

EntailmentLabel: TypeAlias = Literal["entailment", "contradiction", "neutral"]
"""The relation of a hypothesis to its picture."""


def _files(split: str) -> Files:
    return Files((f"{DATA}/snli_ve_{split}.jsonl",), (PICTURES,))


SNLI_VE = Source(
    name="snli_ve",
    title="SNLI-VE",
    licence="sentences CC BY-SA 4.0 (SNLI); pictures of Flickr30K for non-commercial research, under the Flickr terms "
    "of their owners",
    homepage="https://github.com/necla-ml/SNLI-VE",
    downloads=("https://github.com/necla-ml/SNLI-VE", "https://shannon.cs.illinois.edu/DenotationGraph/"),
    splits={"validation": _files("dev"), "test": _files("test")},
    note=f"Clone the repository into SNLI-VE/ and put its files of sentences into {DATA}/. The pictures are given on "
    f"request; put them into {PICTURES}/.",
    size="about 4.4 GB: 31,783 pictures of Flickr30K",
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
    picture_id: str = msgspec.field(name="Flickr30K_ID")


def _hypothesis(key: str, line: _Line) -> Hypothesis:
    return Hypothesis(key, f"{line.picture_id}.jpg", line.sentence1.strip(), line.sentence2.strip(), line.gold_label)
