"""Is a statement true of its picture?"""

from __future__ import annotations

from instraug_datasets.records import Example

from ..sources.nlvr import Statement
from ..sources.vsr import Relation
from .context import Context, Skip, dice, make_example
from .labels import draw_verdict

__all__ = ["judge_drawing", "judge_relation"]


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
