"""The next thing to say in a talk about a picture."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from instraug_datasets.records import Example

from ..sources import visdial
from ..sources.llava import Turn
from .context import Context, Skip, make_example
from .dialogue import answer_turn

__all__ = ["answer_with_candidates", "continue_talk", "follow_request"]


def answer_with_candidates(record: visdial.Turn, context: Context) -> Example | Skip:
    """Answer a question that may refer to those before it; the answers to rank are kept, but not shown."""
    made = answer_turn(record, context)
    if isinstance(made, Skip) or not record.candidates:
        return made
    return replace(made, meta={**made.meta, "candidates": list(record.candidates)})


def follow_request(record: Turn, context: Context) -> Example | Skip:
    """Do what is asked, in a text of its own length."""
    return _reply(record, context)


def continue_talk(record: Turn, context: Context) -> Example | Skip:
    """Reply to what is said last, in the light of what was said before."""
    return _reply(record, context, history=tuple({"question": said, "answer": reply} for said, reply in record.history))


def _reply(record: Turn, context: Context, **fields: Any) -> Example | Skip:
    if not record.text or not record.reply:
        return Skip("empty_text")
    return make_example(record, context, picture=record.picture, question=record.text, target=record.reply, **fields)
