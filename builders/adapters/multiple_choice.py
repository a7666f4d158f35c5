"""Multiple-choice questions about a picture: with published choices, sampled wrong answers, or boxes."""

from __future__ import annotations

from typing import Any

from instraug_datasets.records import Example

from ..sources.aokvqa import MultipleChoiceQuestion
from ..sources.tdiuc import TypedQuestion, TypedQuestionTable
from ..sources.texts import normalize_text
from ..sources.visual7w import PointingQuestion, TellingQuestion
from .box_geometry import format_boxes, usable_box
from .context import Context, ExampleRandom, Skip, example_random, make_example
from .object_grounding import make_box_example
from .verbalizers import YES_NO

__all__ = [
    "choose_answer",
    "choose_answer_with_context",
    "choose_pointing_answer",
    "choose_sampled_answer",
    "choose_telling_answer",
]

NUM_OPTIONS = 8
"""Options of a question that is not answered by yes or no, unless fewer answers are known."""

MAX_DRAWS = 64
"""Draws for suitable wrong answers before any others are taken; shuffling a large pool for a few would be slower."""


def choose_answer(record: MultipleChoiceQuestion, context: Context) -> Example | Skip:
    """Choose among the published choices; direct answers of annotators are stored in `meta`."""
    return _choose(record, context)


def choose_answer_with_context(record: MultipleChoiceQuestion, context: Context) -> Example | Skip:
    """Choose among the published choices, given the picture and the textual context of the question."""
    return _choose(record, context, context=record.context or None)


def choose_sampled_answer(record: TypedQuestion, context: Context) -> Example | Skip:
    """Choose between the right answer and answers to similar questions; yes and no are only offered together.

    The number of options does not depend on whether the right answer is among the known ones, so that it says nothing
    about the right answer.
    """
    if not record.has_picture:
        return Skip("picture_not_of_mscoco")
    if not record.text or not record.answer:
        return Skip("empty_text")
    rng = example_random(record, context)
    options = list(YES_NO) if record.answer in YES_NO else _sample_options(record, context, rng)
    if len(options) < 2:
        return Skip("too_few_answers")
    return make_example(
        record,
        context,
        picture=record.picture,
        question=record.text,
        options=tuple(rng.shuffled("options", options)),
        target=record.answer,
        meta={"image_id": record.image_id},
    )


def choose_telling_answer(record: TellingQuestion, context: Context) -> Example | Skip:
    """Choose among four texts (Visual7W telling)."""
    options = [record.answer, *record.wrong]
    if not record.text or not all(options):
        return Skip("empty_text")
    if len({normalize_text(option) for option in options}) < len(options):
        return Skip("repeated_option")
    return make_example(
        record,
        context,
        picture=record.picture,
        question=record.text,
        options=tuple(example_random(record, context).shuffled("options", options)),
        target=record.answer,
        meta={"image_id": record.image_id, "question_type": record.question_type},
    )


def choose_pointing_answer(record: PointingQuestion, context: Context) -> Example | Skip:
    """Choose among four boxes (Visual7W pointing)."""
    if not record.text:
        return Skip("empty_text")
    boxes = [usable_box(choice.box, record.size, min_side=1) for choice in (record.answer, *record.wrong)]
    options = [format_boxes(box) for box in boxes if box is not None]
    if len(options) < len(boxes):
        return Skip("box_without_area")
    if len(set(options)) < len(options):
        return Skip("repeated_option")
    return make_box_example(
        record,
        context,
        question=record.text,
        options=tuple(example_random(record, context).shuffled("options", options)),
        target=options[0],
        meta={"object": record.answer.name},
    )


def _choose(record: MultipleChoiceQuestion, context: Context, /, **fields: Any) -> Example | Skip:
    if record.picture is None:
        return Skip("no_picture")
    if not record.text or not all(record.options):
        return Skip("empty_text")
    if len(set(record.options)) < max(len(record.options), 2):
        return Skip("options_alike")
    return make_example(
        record,
        context,
        picture=record.picture,
        question=record.text,
        options=record.options,
        target=record.answer,
        meta={"direct_answers": list(record.answers)} if record.answers else None,
        **fields,
    )


def _sample_options(record: TypedQuestion, context: Context, rng: ExampleRandom) -> list[str]:
    """The right answer, and wrong ones from the most similar questions that have enough of them."""
    known: TypedQuestionTable = context.records  # type: ignore[assignment]
    pools = [[answer for answer in pool if answer not in YES_NO] for pool in known.answers_like(record.text)]
    count = min(NUM_OPTIONS, len(pools[-1]))
    pool = next(pool for pool in pools if len(pool) >= count)
    return [record.answer, *_sample_wrong_answers(pool, record.answer, rng, count=count - 1)]


def _sample_wrong_answers(pool: list[str], right: str, rng: ExampleRandom, *, count: int) -> list[str]:
    """Answers other than the right one; variants of it ("giraffes" for "giraffe") only if no others are left."""
    drawn: dict[str, None] = {}
    for attempt in range(MAX_DRAWS):
        if len(drawn) == count:
            return list(drawn)
        answer = pool[rng.below(f"wrong {attempt}", len(pool))]
        if not _are_variants(answer, right):
            drawn[answer] = None
    rest = rng.shuffled("rest", [answer for answer in pool if answer != right and answer not in drawn])
    return [*drawn, *sorted(rest, key=lambda answer: _are_variants(answer, right))][:count]


def _are_variants(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)
