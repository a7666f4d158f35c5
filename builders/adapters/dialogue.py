"""Visual dialogue and instruction following: reply to the last turn of a conversation about a picture."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from instraug_datasets.records import Example

from ..sources.llava import ConversationTurn
from ..sources.visdial import DialogueTurn
from .context import Context, Skip, make_example

__all__ = ["answer_turn", "answer_turn_with_candidates", "continue_conversation", "follow_instruction"]


def answer_turn(record: DialogueTurn, context: Context) -> Example | Skip:
    """Answer a question that may refer to earlier turns; the caption is stored in `meta`, not shown."""
    if not record.question or not record.answer:
        return Skip("empty_text")
    return make_example(
        record,
        context,
        picture=record.picture,
        history=tuple({"question": _punctuated(question), "answer": answer} for question, answer in record.history),
        question=_punctuated(record.question),
        target=record.answer,
        meta={"image_id": record.image_id, "caption": record.caption},
    )


def answer_turn_with_candidates(record: DialogueTurn, context: Context) -> Example | Skip:
    """Answer a question that may refer to earlier turns; the candidates to rank are stored in `meta`, not shown."""
    example = answer_turn(record, context)
    if isinstance(example, Skip) or not record.candidates:
        return example
    return replace(example, meta={**example.meta, "candidates": list(record.candidates)})


def follow_instruction(record: ConversationTurn, context: Context) -> Example | Skip:
    """Follow a free-form instruction with a reply of any length."""
    return _reply(record, context)


def continue_conversation(record: ConversationTurn, context: Context) -> Example | Skip:
    """Reply to the last message of a conversation, given all earlier messages."""
    history = tuple({"question": text, "answer": reply} for text, reply in record.history)
    return _reply(record, context, history=history)


def _reply(record: ConversationTurn, context: Context, **fields: Any) -> Example | Skip:
    if not record.text or not record.reply:
        return Skip("empty_text")
    return make_example(record, context, picture=record.picture, question=record.text, target=record.reply, **fields)


def _punctuated(question: str) -> str:
    """The question with closing punctuation, which most questions of VisDial lack."""
    return question if question.endswith(("?", ".", "!")) else f"{question}?"
