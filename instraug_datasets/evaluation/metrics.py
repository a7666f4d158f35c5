"""The metrics of single predictions, as a table by name."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, NamedTuple

from rapidfuzz.distance import LCSseq

from ..errors import SettingError, UnknownNameError
from ..styles import OPTIONS_STYLES, REGION_STYLES, OptionsStyle, RegionStyle
from ..tasks import BENCHMARKS
from .replies import boxes_in, mentioned_options, normalized, overlap, read_option
from .vqa_accuracy import vqa_accuracy

__all__ = ["METRICS", "Metric", "Reference", "Verdict", "metric_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """What a prediction is compared with.

    Attributes:
        target: The expected output, as it stands to the prompt: boxes in its style, an answer key in its order.
        answers: Every accepted answer; of VQA data, that of each annotator.
        options: The options in the order shown, written as shown; empty if the prompt shows none.
        example: The example itself, without its pictures.
    """

    target: str
    answers: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    options_style: OptionsStyle = OPTIONS_STYLES["multiinstruct"]
    region_style: RegionStyle = REGION_STYLES["pixels"]
    example: Mapping[str, Any] = field(default_factory=dict)


class Verdict(NamedTuple):
    """The score of a prediction.

    Attributes:
        score: 0 to 1.
        readable: Whether an answer could be read from the prediction; if not, the score is 0.
    """

    score: float
    readable: bool = True


UNREADABLE = Verdict(0.0, readable=False)

_KEYS = tuple(replace(OPTIONS_STYLES[name], replies=("key",)) for name in ("letters", "numbers"))


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric of single predictions; the score of a data set is the mean.

    Attributes:
        name: The name, as tasks declare it.
        judge: Gives the verdict on a prediction.
        description: What it measures, in a sentence for reports.
    """

    name: str
    judge: Callable[[str, Reference], Verdict]
    description: str


def _accuracy(prediction: str, reference: Reference) -> Verdict:
    if not reference.options:
        return _exact_match(prediction, reference)
    right = _right_options(reference)
    if len(right) > 1:
        named = _items(prediction, reference)
        return Verdict(float(named == right)) if named else UNREADABLE
    chosen = _chosen(prediction, reference)
    return UNREADABLE if chosen is None else Verdict(float(chosen in right))


def _right_options(reference: Reference) -> set[str]:
    """The options that the target is: one, that of a key, whether the style shows keys or not, or several."""
    if reference.target in reference.options:
        return {reference.target}
    by_key = (read_option(reference.target, reference.options, style) for style in _KEYS)
    key = next(filter(None, by_key), None)
    return _items(reference.target, reference) if key is None else {key}


def _chosen(prediction: str, reference: Reference) -> str | None:
    """The option that a prediction names; of options that are boxes, the one that overlaps most with the box in it."""
    named = read_option(prediction, reference.options, reference.options_style)
    if named is not None:
        return named
    boxes = [boxes_in(option, reference.region_style) for option in reference.options]
    found = boxes_in(prediction, reference.region_style)
    if len(found) != 1 or any(len(each) != 1 for each in boxes):
        return None
    overlaps = [overlap(found[0], each[0]) for each in boxes]
    return reference.options[overlaps.index(max(overlaps))] if max(overlaps) > 0 else None


def _exact_match(prediction: str, reference: Reference) -> Verdict:
    accepted = {normalized(text) for text in (reference.target, *reference.answers)}
    return Verdict(float(normalized(prediction) in accepted))


def _rouge_l(prediction: str, reference: Reference) -> Verdict:
    ours, theirs = (re.findall(r"[a-z0-9]+", text.lower()) for text in (prediction, reference.target))
    length = len(ours) + len(theirs)
    return Verdict(2 * LCSseq.similarity(ours, theirs) / length if length else 0.0)


def _iou(prediction: str, reference: Reference) -> Verdict:
    ours, theirs = (boxes_in(text, reference.region_style) for text in (prediction, reference.target))
    if not ours:
        return UNREADABLE
    pairs = sorted(((overlap(a, b), i, k) for i, a in enumerate(ours) for k, b in enumerate(theirs)), reverse=True)
    total, taken = 0.0, (set[int](), set[int]())
    for value, i, k in pairs:
        if i not in taken[0] and k not in taken[1]:
            total += value
            taken[0].add(i)
            taken[1].add(k)
    return Verdict(total / max(len(ours), len(theirs), 1))


def _set_f1(prediction: str, reference: Reference) -> Verdict:
    ours, theirs = (_items(text, reference) for text in (prediction, reference.target))
    if not ours:
        return UNREADABLE
    return Verdict(2 * len(ours & theirs) / (len(ours) + len(theirs)))


def _items(text: str, reference: Reference) -> set[str]:
    if reference.options:
        return {reference.options[place] for place in mentioned_options(text, reference.options)}
    return {normalized(item) for item in re.split(r"\|\|\|\||[,;\n]", text)} - {""}


def _vqa_accuracy(prediction: str, reference: Reference) -> Verdict:
    return Verdict(vqa_accuracy(prediction, reference.answers or (reference.target,)))


METRICS: Mapping[str, Metric] = MappingProxyType(
    {
        metric.name: metric
        for metric in (
            Metric("accuracy", _accuracy, "Share of replies that name the right option; without options, exact match."),
            Metric("exact_match", _exact_match, "Share of replies that are an accepted answer, up to case and marks."),
            Metric("rouge_l", _rouge_l, "ROUGE-L F1 with the target, over words of a-z and 0-9, without stemming."),
            Metric("vqa_accuracy", _vqa_accuracy, "VQA accuracy: agreement with the annotators, three are enough."),
            Metric("iou", _iou, "Intersection over union with the target's boxes, each box matched at most once."),
            Metric("set_f1", _set_f1, "F1 of the set of options that a reply mentions."),
        )
    }
)
"""`rouge_l` is the F-measure of Lin (2004) with the words of rouge-score and torchmetrics; `vqa_accuracy` follows
visualqa.org; options are read as the options style says, see `read_option`. Further metrics that tasks declare
(`cider`, `auc`, `mrr`) are not about single texts: those tasks need `metric=`."""


def metric_of(task: str, given: str | Callable[[str, Mapping[str, Any]], float] | None = None) -> Metric:
    """The metric of a task: the given one, or the one that the task declares.

    Args:
        given: A name of `METRICS`, or a function of a prediction and its example that returns 0 to 1.

    Raises:
        UnknownNameError: Raised if the name is unknown.
        SettingError: Raised if the task declares no metric that judges single texts.

    Example:
        >>> metric_of("natural_language_visual_reasoning").name
        'accuracy'
    """
    if callable(given):
        return _own_metric(given)
    if given is not None:
        if given not in METRICS:
            raise UnknownNameError("metric", given, METRICS)
        return METRICS[given]
    declared = {tasks[task].metric for tasks in BENCHMARKS.values() if task in tasks} - {None}
    usable = [name for name in METRICS if name in declared]
    if len(usable) == 1:
        return METRICS[usable[0]]
    raise SettingError(f"The task {task!r} {_without(declared)}; pass metric=, one of {', '.join(METRICS)}.")


def _without(declared: set[str | None]) -> str:
    if not declared:
        return "declares no metric"
    return f"declares the metric {' or '.join(sorted(map(str, declared)))}, which does not judge single texts"


def _own_metric(function: Callable[[str, Mapping[str, Any]], float]) -> Metric:
    name = getattr(function, "__name__", type(function).__name__)
    return Metric(name, lambda text, reference: Verdict(float(function(text, reference.example))), "A metric of yours.")
