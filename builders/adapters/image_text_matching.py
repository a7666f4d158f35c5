"""Image-text matching: decide or choose which text belongs to a picture, against texts of other pictures."""

from __future__ import annotations

from instraug_datasets.records import Example

from ..sources.texts import TextRecord, TextTable, long_words, mostly_uses, normalize_text
from .context import Context, ExampleRandom, Skip, example_random, make_example
from .verbalizers import verbalize

__all__ = ["match_question", "match_text", "select_text"]

NUM_DISTRACTORS = 4
"""Wrong options besides the right one."""

MAX_DRAWS = 64
"""Draws for dissimilar wrong texts, and then for any wrong texts, before a record is skipped."""


def match_text(record: TextRecord, context: Context) -> Example | Skip:
    """Decide whether a text describes the picture."""
    return _match(record, context, field="text")


def match_question(record: TextRecord, context: Context) -> Example | Skip:
    """Decide whether a question is about the picture."""
    return _match(record, context, field="question")


def select_text(record: TextRecord, context: Context) -> Example | Skip:
    """Choose the text that describes the picture among five."""
    if not record.text:
        return Skip("empty_text")
    rng = example_random(record, context)
    wrong = sample_distractors(record, context, rng, count=NUM_DISTRACTORS)
    if len(wrong) < NUM_DISTRACTORS:
        return Skip("too_few_other_texts")
    return make_example(
        record,
        context,
        picture=record.picture,
        options=tuple(rng.shuffled("options", [record.text, *wrong])),
        target=record.text,
        meta={"image_id": record.image_id},
    )


def sample_distractors(record: TextRecord, context: Context, rng: ExampleRandom, *, count: int) -> list[str]:
    """Up to `count` texts of other pictures, different from each other and from every text of the record's picture.

    Texts that could be right by accident are only taken if no others are found: texts that occur several times in the
    split, and texts that mostly use the words of the picture's own texts.
    """
    table: TextTable[TextRecord] = context.records  # type: ignore[assignment]
    own = [*table.texts_of(record.image_id), record.text]
    taken = {normalize_text(text) for text in own} | {""}
    words = set().union(*map(long_words, own))
    drawn: list[str] = []
    for attempt in range(2 * MAX_DRAWS):
        if len(drawn) == count:
            break
        other = table.get_or_none(rng.below(f"other {attempt}", len(table)))
        if other is None or other.image_id == record.image_id or normalize_text(other.text) in taken:
            continue
        if attempt < MAX_DRAWS and (table.is_repeated(other.text) or mostly_uses(other.text, words)):
            continue
        taken.add(normalize_text(other.text))
        drawn.append(other.text)
    return drawn


def _match(record: TextRecord, context: Context, *, field: str) -> Example | Skip:
    if not record.text:
        return Skip("empty_text")
    rng = example_random(record, context)
    positive = rng.coin_flip("positive")
    # Required even if the answer is yes: a split of one picture would otherwise only yield positives.
    wrong = sample_distractors(record, context, rng, count=1)
    if not wrong:
        return Skip("too_few_other_texts")
    answer = verbalize(context.task.name, rng, positive=positive)
    return make_example(
        record,
        context,
        picture=record.picture,
        options=answer.options,
        target=answer.target,
        meta={"image_id": record.image_id, "positive": positive},
        **{field: record.text if positive else wrong[0]},
    )
