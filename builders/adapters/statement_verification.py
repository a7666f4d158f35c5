"""Is a statement true of its picture, or do picture and context leave that open?"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from instraug_datasets.records import Example

from ..sources import snli_ve
from ..sources.mocheg import Claim, Truth
from ..sources.nlvr import Statement
from ..sources.snli_ve import Hypothesis
from ..sources.vsr import Relation
from .context import Context, Skip, dice, make_example
from .sentences import sentences, without_verdicts
from .verbalizers import YES_NO, draw_verdict

__all__ = ["judge_claim", "judge_drawing", "judge_hypothesis", "judge_relation"]

YES, NO, OPEN = *YES_NO, "not sure"

_OF_CLAIM: Mapping[Truth, str] = MappingProxyType({"supported": YES, "refuted": NO, "NEI": OPEN})
_OF_HYPOTHESIS: Mapping[snli_ve.Relation, str] = MappingProxyType(
    {"entailment": YES, "contradiction": NO, "neutral": OPEN}
)


def judge_relation(record: Relation, context: Context) -> Example | Skip:
    """Are the things where the statement says?"""
    if not record.text:
        return Skip("empty_text")
    verdict = draw_verdict(context.task.name, dice(record, context), positive=record.true)
    return make_example(
        record,
        context,
        picture=record.picture,
        text=record.text,
        options=verdict.options,
        target=verdict.target,
        meta={"relation": record.relation},
    )


def judge_drawing(record: Statement, context: Context) -> Example | Skip:
    """Is the statement true of the picture? One of the picture's drawings is shown."""
    if not record.text:
        return Skip("empty_text")
    throw = dice(record, context)
    order = throw.below("order", len(record.pictures))
    verdict = draw_verdict(context.task.name, throw, positive=record.true)
    return make_example(
        record,
        context,
        picture=record.pictures[order],
        text=record.text,
        options=verdict.options,
        target=verdict.target,
        meta={"order": order},
    )


def judge_claim(record: Claim, context: Context) -> Example | Skip:
    """Is the claim true, by one of its pictures and what is left of the ruling without the sentences that judge?"""
    if not record.text:
        return Skip("empty_text")
    if not record.pictures:
        return Skip("claim_without_picture")
    evidence = " ".join(without_verdicts(sentences(record.ruling)))
    if not evidence:
        return Skip("nothing_but_the_verdict")
    throw = dice(record, context)
    return make_example(
        record,
        context,
        picture=throw.choice("picture", record.pictures),
        context=evidence,
        text=record.text,
        options=tuple(throw.shuffled("options", [YES, NO, OPEN])),
        target=_OF_CLAIM[record.truth],
    )


def judge_hypothesis(record: Hypothesis, context: Context) -> Example | Skip:
    """Does the picture imply the sentence? The caption that the sentence was written for is kept, but not shown."""
    if not record.text:
        return Skip("empty_text")
    return make_example(
        record,
        context,
        picture=record.picture,
        text=record.text,
        options=tuple(dice(record, context).shuffled("options", [YES, NO, OPEN])),
        target=_OF_HYPOTHESIS[record.relation],
        meta={"caption": record.caption},
    )
