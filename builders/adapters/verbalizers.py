"""Verbalizers of binary tasks: each example draws one pair of labels for its positive and negative answer."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from .context import ExampleRandom

__all__ = ["VERBALIZERS", "YES_NO", "BinaryAnswer", "LabelPair", "verbalize"]


class LabelPair(NamedTuple):
    """The labels of the positive and the negative answer."""

    positive: str
    negative: str


class BinaryAnswer(NamedTuple):
    """Both labels in random order, and the right one."""

    options: tuple[str, ...]
    target: str


YES_NO = LabelPair("yes", "no")
_TRUE_FALSE = LabelPair("true", "false")

VERBALIZERS: Mapping[str, tuple[LabelPair, ...]] = MappingProxyType(
    {
        "ITM": (
            YES_NO,
            _TRUE_FALSE,
            LabelPair("the text fits the picture", "the text does not fit the picture"),
            LabelPair("the picture shows what the text says", "the picture shows something else"),
            LabelPair("a matching description", "a description of another picture"),
        ),
        "question_image_match": (
            YES_NO,
            _TRUE_FALSE,
            LabelPair("the picture holds the answer", "the picture does not hold the answer"),
            LabelPair("the question is about this picture", "the question is about another picture"),
        ),
        "object_match": (
            YES_NO,
            _TRUE_FALSE,
            LabelPair("the same kind of object", "two kinds of objects"),
            LabelPair("both objects belong to one category", "the objects belong to different categories"),
            LabelPair("the categories agree", "the categories differ"),
            LabelPair("these are two of a kind", "these are not two of a kind"),
        ),
        "object_region_match": (
            YES_NO,
            _TRUE_FALSE,
            LabelPair("the box holds this object", "the box holds something else"),
            LabelPair("name and box belong together", "name and box do not belong together"),
        ),
        "text_legibility": (
            YES_NO,
            _TRUE_FALSE,
            LabelPair("legible", "illegible"),
            LabelPair("the text can be read", "the text cannot be read"),
        ),
        "region_text_match": (
            YES_NO,
            _TRUE_FALSE,
            LabelPair("this text is written in the box", "another text is written in the box"),
            LabelPair("text and box belong together", "text and box do not belong together"),
        ),
        "region_caption_match": (
            YES_NO,
            _TRUE_FALSE,
            LabelPair("the phrase describes this region", "the phrase describes another region"),
            LabelPair("phrase and region belong together", "phrase and region do not belong together"),
        ),
        "if_region_overlap": (YES_NO,),
        "visual_spatial_reasoning": (YES_NO,),
        "natural_language_visual_reasoning": (YES_NO,),
    }
)
"""The label pairs of each binary task."""


def verbalize(task: str, rng: ExampleRandom, *, positive: bool) -> BinaryAnswer:
    """The options and the target of an example of a binary task.

    Example:
        answer = verbalize("ITM", rng, positive=True)
        answer.options, answer.target
    """
    pair = rng.choice("labels", VERBALIZERS[task])
    return BinaryAnswer(tuple(rng.shuffled("options", pair)), pair.positive if positive else pair.negative)
