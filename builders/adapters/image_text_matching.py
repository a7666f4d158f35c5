"""Does a text belong to a picture, which of several does? Wrong texts are drawn from other pictures of the split."""

from __future__ import annotations

from instraug_datasets.records import Example

from ..sources.texts import TextRecord, TextTable, long_words, plain, shares_words
from .context import Context, Dice, Skip, dice, make_example
from .verbalizers import draw_verdict

__all__ = ["match_question", "match_text", "select_text"]

DISTRACTORS = 4
"""Wrong options beside the right one."""

DRAWS = 64
"""How often a better wrong text is sought, and then how often any, before a record is given up."""


def match_text(record: TextRecord, context: Context) -> Example | Skip:
    """Is this text about this picture?"""
    return _match(record, context, field="text")


def match_question(record: TextRecord, context: Context) -> Example | Skip:
    """Is this question about this picture?"""
    return _match(record, context, field="question")


def select_text(record: TextRecord, context: Context) -> Example | Skip:
    """Which of five texts is about this picture?"""
    if not record.text:
        return Skip("empty_text")
    throw = dice(record, context)
    wrong = draw_texts(record, context, throw, count=DISTRACTORS)
    if len(wrong) < DISTRACTORS:
        return Skip("too_few_other_texts")
    return make_example(
        record,
        context,
        picture=record.picture,
        options=tuple(throw.shuffled("options", [record.text, *wrong])),
        target=record.text,
        meta={"image_id": record.image_id},
    )


def draw_texts(record: TextRecord, context: Context, throw: Dice, *, count: int) -> list[str]:
    """Up to `count` texts of other pictures, all different and different from every text of the record's picture.

    Texts that may well be right by accident are taken only when no others turn up: those that the split has for several
    pictures, and those that mostly use the words of the picture's own texts.
    """
    table: TextTable[TextRecord] = context.records  # type: ignore[assignment]
    own = [*table.texts_of(record.image_id), record.text]
    taken = {plain(text) for text in own} | {""}
    words = set().union(*map(long_words, own))
    drawn: list[str] = []
    for attempt in range(2 * DRAWS):
        if len(drawn) == count:
            break
        other = table.get_or_none(throw.below(f"other {attempt}", len(table)))
        if other is None or other.image_id == record.image_id or plain(other.text) in taken:
            continue
        if attempt < DRAWS and (table.is_common(other.text) or shares_words(other.text, words)):
            continue
        taken.add(plain(other.text))
        drawn.append(other.text)
    return drawn


def _match(record: TextRecord, context: Context, *, field: str) -> Example | Skip:
    if not record.text:
        return Skip("empty_text")
    throw = dice(record, context)
    positive = throw.coin("positive")
    # A negative is drawn in either case: a split of one picture would otherwise give positives only.
    wrong = draw_texts(record, context, throw, count=1)
    if not wrong:
        return Skip("too_few_other_texts")
    verdict = draw_verdict(context.task.name, throw, positive=positive)
    return make_example(
        record,
        context,
        picture=record.picture,
        options=verdict.options,
        target=verdict.target,
        meta={"image_id": record.image_id, "positive": positive},
        **{field: record.text if positive else wrong[0]},
    )
