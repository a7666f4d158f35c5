"""Statement verification: spatial reasoning, NLVR, fact checking and visual entailment."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from instraug_datasets.records import Example

from ..sources.mocheg import Claim, Truthfulness
from ..sources.nlvr import Statement
from ..sources.snli_ve import EntailmentLabel, Hypothesis
from ..sources.vsr import SpatialStatement
from .context import Context, Skip, example_random, make_example
from .sentences import remove_verdicts, split_sentences
from .verbalizers import YES_NO, verbalize

__all__ = ["classify_entailment", "verify_claim", "verify_spatial_relation", "verify_statement"]

YES, NO, UNDECIDED = *YES_NO, "not sure"

_CLAIM_ANSWERS: Mapping[Truthfulness, str] = MappingProxyType({"supported": YES, "refuted": NO, "NEI": UNDECIDED})
_ENTAILMENT_ANSWERS: Mapping[EntailmentLabel, str] = MappingProxyType(
    {"entailment": YES, "contradiction": NO, "neutral": UNDECIDED}
)


def verify_spatial_relation(record: SpatialStatement, context: Context) -> Example | Skip:
    """Decide whether a statement about the spatial relation of two objects is true."""
    if not record.text:
        return Skip("empty_text")
    answer = verbalize(context.task.name, example_random(record, context), positive=record.is_true)
    return make_example(
        record,
        context,
        picture=record.picture,
        text=record.text,
        options=answer.options,
        target=answer.target,
        meta={"relation": record.relation},
    )


def verify_statement(record: Statement, context: Context) -> Example | Skip:
    """Decide whether a statement is true of one of the six drawings of its picture."""
    if not record.text:
        return Skip("empty_text")
    rng = example_random(record, context)
    order = rng.below("order", len(record.pictures))
    answer = verbalize(context.task.name, rng, positive=record.is_true)
    return make_example(
        record,
        context,
        picture=record.pictures[order],
        text=record.text,
        options=answer.options,
        target=answer.target,
        meta={"order": order},
    )


def verify_claim(record: Claim, context: Context) -> Example | Skip:
    """Verify a claim by one of its pictures and by the ruling without the sentences that reveal the verdict."""
    if not record.text:
        return Skip("empty_text")
    if not record.pictures:
        return Skip("claim_without_picture")
    evidence = " ".join(remove_verdicts(split_sentences(record.ruling)))
    if not evidence:
        return Skip("nothing_but_the_verdict")
    rng = example_random(record, context)
    return make_example(
        record,
        context,
        picture=rng.choice("picture", record.pictures),
        context=evidence,
        text=record.text,
        options=tuple(rng.shuffled("options", [YES, NO, UNDECIDED])),
        target=_CLAIM_ANSWERS[record.truthfulness],
    )


def classify_entailment(record: Hypothesis, context: Context) -> Example | Skip:
    """Decide whether a picture entails a sentence; the original premise is stored in `meta`, not shown."""
    if not record.text:
        return Skip("empty_text")
    return make_example(
        record,
        context,
        picture=record.picture,
        text=record.text,
        options=tuple(example_random(record, context).shuffled("options", [YES, NO, UNDECIDED])),
        target=_ENTAILMENT_ANSWERS[record.label],
        meta={"caption": record.caption},
    )
