"""A question about a picture with answers to pick from."""

from __future__ import annotations

from instraug_datasets.records import Example

from ..sources.tdiuc import TypedQuestion, TypedQuestions
from ..sources.texts import plain
from ..sources.visual7w import Pointing, Telling
from .boxes import box_text, large_enough
from .context import Context, Dice, Skip, dice, make_example
from .object_grounding import box_example
from .verbalizers import YES_NO

__all__ = ["pick_answer", "pick_box", "pick_text"]

OPTIONS = 8
"""Options of a question whose answer is neither yes nor no, unless fewer answers are known."""

DRAWS = 64
"""How often a fair wrong option is sought before any others are taken; a large pool is not shuffled for a few."""


def pick_answer(record: TypedQuestion, context: Context) -> Example | Skip:
    """Pick one of the answers to questions that begin alike; yes and no are offered with each other and with no others.

    The number of options does not depend on whether the right answer would have been drawn without being put there.
    """
    if not record.has_picture:
        return Skip("picture_not_of_mscoco")
    if not record.text or not record.answer:
        return Skip("empty_text")
    throw = dice(record, context)
    options = list(YES_NO) if record.answer in YES_NO else _known_answers(record, context, throw)
    if len(options) < 2:
        return Skip("too_few_answers")
    return make_example(
        record,
        context,
        picture=record.picture,
        question=record.text,
        options=tuple(throw.shuffled("options", options)),
        target=record.answer,
        meta={"image_id": record.image_id},
    )


def pick_text(record: Telling, context: Context) -> Example | Skip:
    """Pick one of four texts."""
    options = [record.answer, *record.wrong]
    if not record.text or not all(options):
        return Skip("empty_text")
    if len({plain(option) for option in options}) < len(options):
        return Skip("repeated_option")
    return make_example(
        record,
        context,
        picture=record.picture,
        question=record.text,
        options=tuple(dice(record, context).shuffled("options", options)),
        target=record.answer,
        meta={"image_id": record.image_id, "question_type": record.kind},
    )


def pick_box(record: Pointing, context: Context) -> Example | Skip:
    """Pick one of four boxes."""
    if not record.text:
        return Skip("empty_text")
    boxes = [large_enough(place.box, record.size, side=1) for place in (record.answer, *record.wrong)]
    options = [box_text(box) for box in boxes if box is not None]
    if len(options) < len(boxes):
        return Skip("box_without_area")
    if len(set(options)) < len(options):
        return Skip("repeated_option")
    return box_example(
        record,
        context,
        question=record.text,
        options=tuple(dice(record, context).shuffled("options", options)),
        target=options[0],
        meta={"object": record.answer.name},
    )


def _known_answers(record: TypedQuestion, context: Context, throw: Dice) -> list[str]:
    """The right answer and wrong ones, from the questions most alike that have enough of them."""
    known: TypedQuestions = context.records  # type: ignore[assignment]
    pools = [[answer for answer in pool if answer not in YES_NO] for pool in known.answers_like(record.text)]
    count = min(OPTIONS, len(pools[-1]))
    pool = next(pool for pool in pools if len(pool) >= count)
    return [record.answer, *_draw_wrong(pool, record.answer, throw, count=count - 1)]


def _draw_wrong(pool: list[str], right: str, throw: Dice, *, count: int) -> list[str]:
    """So many others of a pool; "giraffes" is none where "giraffe" is right, unless nothing else is left."""
    drawn: dict[str, None] = {}
    for attempt in range(DRAWS):
        if len(drawn) == count:
            return list(drawn)
        answer = pool[throw.below(f"wrong {attempt}", len(pool))]
        if not _are_alike(answer, right):
            drawn[answer] = None
    rest = throw.shuffled("rest", [answer for answer in pool if answer != right and answer not in drawn])
    return [*drawn, *sorted(rest, key=lambda answer: _are_alike(answer, right))][:count]


def _are_alike(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)
