"""Temporal ordering: the next and the previous step of a how-to method."""

from __future__ import annotations

from instraug_datasets.records import Example

from ..sources.texts import normalize_text
from ..sources.wikihow import Step, StepContent
from .context import Context, Skip, example_random, make_example

__all__ = ["classify_picture_order", "classify_step_order", "predict_next_step", "select_next_step"]

MAX_DISTRACTORS = 4
"""Wrong steps that are offered at most."""

NEXT, PREVIOUS = "next", "previous"


def predict_next_step(record: Step, context: Context) -> Example | Skip:
    """Write the step after the pictured one, given all steps so far; repeated steps are skipped."""
    pair = _shown_and_next(record)
    if isinstance(pair, Skip):
        return pair
    shown, following = pair
    before = [step.text for step in record.steps[: record.index] if step.text]
    if normalize_text(following.text) in {normalize_text(text) for text in before}:
        return Skip("next_step_repeats")
    return make_example(
        record,
        context,
        picture=shown.picture,
        context="\n".join([_method(record), *before]),
        text=shown.text,
        target=following.text,
    )


def select_next_step(record: Step, context: Context) -> Example | Skip:
    """Choose the step after the pictured one among the steps of the method."""
    pair = _shown_and_next(record)
    if isinstance(pair, Skip):
        return pair
    shown, following = pair
    near = {normalize_text(shown.text), normalize_text(following.text), ""}
    others = {normalize_text(step.text): step.text for step in record.steps if normalize_text(step.text) not in near}
    if not others:
        return Skip("too_few_steps")
    rng = example_random(record, context)
    wrong = rng.shuffled("wrong", list(others.values()))[:MAX_DISTRACTORS]
    return make_example(
        record,
        context,
        picture=shown.picture,
        context=_method(record),
        options=tuple(rng.shuffled("options", [following.text, *wrong])),
        target=following.text,
    )


def classify_picture_order(record: Step, context: Context) -> Example | Skip:
    """Decide whether the picture shows the step after the given one, or the step before it."""
    return _order(record, context, pictured=False)


def classify_step_order(record: Step, context: Context) -> Example | Skip:
    """Decide whether the given step comes after the pictured one, or before it."""
    return _order(record, context, pictured=True)


def _order(record: Step, context: Context, *, pictured: bool) -> Example | Skip:
    """A step and its neighbour: one is shown as a picture (the step if `pictured`), the other as text."""
    if not 0 < record.index < len(record.steps) - 1:
        return Skip("first_or_last_step")
    before, step, after = record.steps[record.index - 1 : record.index + 2]
    if before.picture == after.picture or normalize_text(before.text) == normalize_text(after.text):
        return Skip("neighbours_look_alike")
    rng = example_random(record, context)
    target = NEXT if rng.coin_flip("next") else PREVIOUS
    neighbour = after if target == NEXT else before
    shown, written = (step, neighbour) if pictured else (neighbour, step)
    skip = _skip(record, shown, written)
    if skip:
        return skip
    return make_example(
        record,
        context,
        picture=shown.picture,
        context=_method(record),
        text=written.text,
        options=tuple(rng.shuffled("options", [NEXT, PREVIOUS])),
        target=target,
    )


def _shown_and_next(record: Step) -> tuple[StepContent, StepContent] | Skip:
    if record.index + 1 >= len(record.steps):
        return Skip("last_step")
    shown, following = record.steps[record.index : record.index + 2]
    skip = _skip(record, shown, shown, following)
    if skip:
        return skip
    return (
        Skip("next_step_repeats")
        if normalize_text(shown.text) == normalize_text(following.text)
        else (shown, following)
    )


def _skip(record: Step, shown: StepContent, *written: StepContent) -> Skip | None:
    if not shown.picture:
        return Skip("step_without_picture")
    if not _method(record) or not all(step.text for step in written):
        return Skip("empty_text")
    return None


def _method(record: Step) -> str:
    return record.method or record.title
