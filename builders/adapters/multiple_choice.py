"""The right one of the choices that a question comes with."""

from __future__ import annotations

from typing import Any

from instraug_datasets.records import Example

from ..sources.aokvqa import Choice
from .context import Context, Skip, make_example

__all__ = ["NOTHING", "choose", "choose_in_context"]

NOTHING = "(none)"
"""What stands for a context that is empty."""


def choose(record: Choice, context: Context) -> Example | Skip:
    """Choose the answer to a question about a picture; what annotators said without seeing the choices is kept."""
    return _choose(record, context)


def choose_in_context(record: Choice, context: Context) -> Example | Skip:
    """Choose the answer by the picture and what is told beside it."""
    return _choose(record, context, context=record.context or NOTHING)


def _choose(record: Choice, context: Context, /, **fields: Any) -> Example | Skip:
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
