"""What a field looks like in a prompt, for one example (`field_text`) and for a batch (`field_column`).

The two must write the same text, whatever the data.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence, Sized
from numbers import Integral
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from ..errors import ExampleError
from ..styles import OptionsStyle, RegionStyle, boxes_text, history_text, options_text, parse_boxes
from .columns import filled, history_column, options_column, region_column
from .layouts import BOXES, LISTS, STRINGS, TURNS, column_of
from .option_columns import Choices

__all__ = [
    "HISTORY_ABOVE",
    "NO_FACTS",
    "Facts",
    "Styles",
    "facts_of",
    "facts_of_rows",
    "field_column",
    "field_text",
    "options_lists",
    "options_of",
    "restyled",
    "text_of",
    "turns_of",
]


class Styles(NamedTuple):
    """How lists are written.

    Attributes:
        plain: Whether boxes are written as the data hold them, so that nothing about the picture is needed.
        history_in_turns: Whether the history is shown as turns, to which prompts only refer.
    """

    options: OptionsStyle
    region: RegionStyle
    plain: bool
    history_in_turns: bool = False


class Facts(NamedTuple):
    """What an example's `meta` says about boxes: the picture's `[width, height]`, and which fields hold boxes."""

    size: Sequence[float] | None = None
    boxes: Sequence[str] = ()


NO_FACTS = Facts()

HISTORY_ABOVE = "(the turns above)"
"""What a prompt shows for a history that stands in turns of its own; an empty one is shown as ever."""


def facts_of(meta: str | None) -> Facts:
    """Read an example's `meta`."""
    try:
        facts = json.loads(meta) if meta else {}
        return Facts(facts.get("image_size"), tuple(facts.get("boxes") or ()))
    except (ValueError, TypeError, AttributeError) as error:
        raise ExampleError(
            f"meta must be a JSON object, with names of fields as a list in 'boxes', but got {meta!r}."
        ) from error


def facts_of_rows(table: pa.Table) -> list[Facts]:
    """Read the `meta` of every row."""
    return [facts_of(meta) for meta in column_of(table, "meta", pa.string()).to_pylist()]


def restyled(name: str, text: str | None, styles: Styles, facts: Facts) -> str | None:
    """The text of field `name`, with boxes in the region style if it holds boxes; data hold them in pixels."""
    if text is None or styles.plain or name not in facts.boxes:
        return text
    return boxes_text(parse_boxes(text), styles.region, facts.size)


def field_text(name: str, value: Any, order: Sequence[int], styles: Styles, facts: Facts) -> str | None:
    """One field of one example as text; None where there is nothing to show.

    Args:
        order: The place in the data of each option as they are shown.
    """
    if name not in LISTS:
        # The type first: most fields are such texts.
        return value if type(value) is str or value is None else text_of(name, value)
    if value is None:
        return None
    if not _is_sized(value):
        raise ExampleError(f"the field {name!r} must be {LISTS[name]}, but is {type(value).__name__}: {value!r}")
    if name in ("options", "region") and not len(value):
        return None
    if name == "options":
        shown = [value[i] for i in order]
        if facts.boxes:
            shown = [restyled("options", text, styles, facts) or "" for text in shown]
        return options_text(shown, styles.options)
    if name == "region":
        return boxes_text(value, styles.region, facts.size)
    turns = _turns(value)
    text = history_text(turns)
    return HISTORY_ABOVE if styles.history_in_turns and len(turns) else text


def options_of(value: Any) -> Sequence[str]:
    """`value`, if it is a list of texts; nothing if it is null.

    Raises:
        ExampleError: It is anything else.
    """
    if value is None:
        return ()
    if type(value) is list and {str}.issuperset(map(type, value)):
        return value
    if isinstance(value, (str, Mapping)) or not isinstance(value, Collection) or not all(map(_is_string, value)):
        hint = "; pass the texts as a list" if isinstance(value, Mapping) else ""
        raise ExampleError(f"the field 'options' must be {LISTS['options']}, but is {value!r}{hint}")
    return list(value)


def _is_sized(value: Any) -> bool:
    # The type first: a look into the abstract class takes several times as long.
    return type(value) is list or isinstance(value, Sized)


def _is_string(value: Any) -> bool:
    return isinstance(value, str)


def _turns(history: Any) -> Any:
    """Return the history as a list of turns; `datasets` stores a `Sequence` of dicts as a dict of lists."""
    if not isinstance(history, Mapping):
        return history
    said = [each for each in map(history.get, ("question", "answer")) if isinstance(each, Sized)]
    if len(said) < 2 or str in map(type, said) or len(said[0]) != len(said[1]):
        raise ExampleError(f"the field 'history' must be {LISTS['history']}, but is {history!r}")
    return [{"question": question, "answer": answer} for question, answer in zip(*said, strict=True)]


def turns_of(value: Any) -> list[Mapping[str, str]]:
    """The earlier questions and answers of a dialogue.

    Raises:
        ExampleError: It is no history.
    """
    if value is None:
        return []
    if not isinstance(value, Sized):
        raise ExampleError(f"the field 'history' must be {LISTS['history']}, but is {type(value).__name__}: {value!r}")
    turns = _turns(value)
    history_text(turns)  # Refuses what is no question and answer.
    return list(turns)


def text_of(name: str, value: Any) -> str:
    """`value`, if it is a text.

    Raises:
        ExampleError: It is not.
    """
    if not isinstance(value, str):
        hint = ""
        if isinstance(value, Integral) and not isinstance(value, bool):
            hint = (
                f"; make text of numbers with cast_column({name!r}, Value('string')), and of labels with "
                f"features[{name!r}].int2str"
            )
        raise ExampleError(f"the field {name!r} must be text, but is {type(value).__name__}: {value!r}{hint}")
    return value


def field_column(
    name: str, table: pa.Table, choices: Choices | None, styles: Styles, facts: Sequence[Facts] | None
) -> pa.StringArray:
    """One field of every row of a table as text; null where there is nothing to show.

    Args:
        choices: The options of every row; None if `name` is another field.
        facts: Each row's facts; None where boxes are written as the data hold them.
    """
    if choices is not None and name == "options":
        return options_column(_restyled_options(choices.shown(), styles, facts), styles.options)
    if name == "region":
        return region_column(column_of(table, name, BOXES), styles.region, facts and [each.size for each in facts])
    if name == "history":
        texts = history_column(column_of(table, name, TURNS))
        if not styles.history_in_turns:
            return texts
        spoken = pa.array(filled(column_of(table, name, TURNS)))
        return pc.if_else(spoken, HISTORY_ABOVE, texts)
    return column_of(table, name, pa.string())


def options_lists(table: pa.Table) -> pa.ListArray:
    """The options of every row."""
    return column_of(table, "options", STRINGS)


def _restyled_options(options: pa.ListArray, styles: Styles, facts: Sequence[Facts] | None) -> pa.ListArray:
    if facts is None or not any("options" in each.boxes for each in facts):
        return options
    rows = zip(options.to_pylist(), facts, strict=True)
    return pa.array([row and [restyled("options", text, styles, each) for text in row] for row, each in rows], STRINGS)
