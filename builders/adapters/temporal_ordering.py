"""What comes next, and what came before, among the steps of a method."""

from __future__ import annotations

from instraug_datasets.records import Example

from ..sources.texts import plain
from ..sources.wikihow import Step, StepText
from .context import Context, Skip, dice, make_example

__all__ = ["order_picture", "order_text", "select_next", "tell_next"]

DISTRACTORS = 4
"""At most so many wrong steps are offered."""

NEXT, PREVIOUS = "next", "previous"


def tell_next(record: Step, context: Context) -> Example | Skip:
    """Say the step that follows the pictured one, given all steps so far; it is none of those already."""
    pair = _pictured_and_next(record)
    if isinstance(pair, Skip):
        return pair
    shown, following = pair
    before = [step.text for step in record.steps[: record.index] if step.text]
    if plain(following.text) in {plain(text) for text in before}:
        return Skip("next_step_repeats")
    return make_example(
        record,
        context,
        picture=shown.picture,
        context="\n".join([_method(record), *before]),
        text=shown.text,
        target=following.text,
    )


def select_next(record: Step, context: Context) -> Example | Skip:
    """Choose the step that follows the pictured one, among steps of the method."""
    pair = _pictured_and_next(record)
    if isinstance(pair, Skip):
        return pair
    shown, following = pair
    near = {plain(shown.text), plain(following.text), ""}
    others = {plain(step.text): step.text for step in record.steps if plain(step.text) not in near}
    if not others:
        return Skip("too_few_steps")
    throw = dice(record, context)
    wrong = throw.shuffled("wrong", list(others.values()))[:DISTRACTORS]
    return make_example(
        record,
        context,
        picture=shown.picture,
        context=_method(record),
        options=tuple(throw.shuffled("options", [following.text, *wrong])),
        target=following.text,
    )


def order_picture(record: Step, context: Context) -> Example | Skip:
    """Does the picture show what follows a step, or what goes before it?"""
    return _order(record, context, pictured=False)


def order_text(record: Step, context: Context) -> Example | Skip:
    """Is a step what follows the pictured one, or what goes before it?"""
    return _order(record, context, pictured=True)


def _order(record: Step, context: Context, *, pictured: bool) -> Example | Skip:
    """One step and a neighbour of it; the step is `pictured` and the neighbour told, or the other way round."""
    if not 0 < record.index < len(record.steps) - 1:
        return Skip("first_or_last_step")
    before, step, after = record.steps[record.index - 1 : record.index + 2]
    if before.picture == after.picture or plain(before.text) == plain(after.text):
        return Skip("neighbours_look_alike")
    throw = dice(record, context)
    target = NEXT if throw.coin("next") else PREVIOUS
    neighbour = after if target == NEXT else before
    shown, told = (step, neighbour) if pictured else (neighbour, step)
    unfit = _unfit(record, shown, told)
    if unfit:
        return unfit
    return make_example(
        record,
        context,
        picture=shown.picture,
        context=_method(record),
        text=told.text,
        options=tuple(throw.shuffled("options", [NEXT, PREVIOUS])),
        target=target,
    )


def _pictured_and_next(record: Step) -> tuple[StepText, StepText] | Skip:
    if record.index + 1 >= len(record.steps):
        return Skip("last_step")
    shown, following = record.steps[record.index : record.index + 2]
    unfit = _unfit(record, shown, shown, following)
    if unfit:
        return unfit
    return Skip("next_step_repeats") if plain(shown.text) == plain(following.text) else (shown, following)


def _unfit(record: Step, shown: StepText, *told: StepText) -> Skip | None:
    if not shown.picture:
        return Skip("step_without_picture")
    if not _method(record) or not all(step.text for step in told):
        return Skip("empty_text")
    return None


def _method(record: Step) -> str:
    return record.method or record.title
