"""What a field looks like in a prompt, for one example (`field_text`) and for a batch (`field_column`).

The two must write the same text, whatever the data.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

import pyarrow as pa

from ..errors import ExampleError
from ..styles import OptionsStyle, RegionStyle, boxes_text, history_text, options_text, parse_boxes
from .choices import Choices
from .columns import history_column, options_column, region_column

__all__ = [
    "NO_FACTS",
    "Facts",
    "Styles",
    "column_of",
    "facts_of",
    "facts_of_rows",
    "field_column",
    "field_text",
    "is_text",
    "options_lists",
    "options_of",
    "restyled",
    "text_of",
]

_STRINGS = pa.list_(pa.string())
_TURNS = pa.list_(pa.struct([("question", pa.string()), ("answer", pa.string())]))
_BOXES = pa.list_(pa.list_(pa.float32()))
_WORDS = {
    pa.string(): "text",
    _STRINGS: "a list of texts",
    _BOXES: "a list of boxes [x1, y1, x2, y2]",
    _TURNS: "a list of turns {question, answer}",
}


class Styles(NamedTuple):
    """How lists are written.

    Attributes:
        plain: Whether boxes are written as the data hold them, so that nothing about the picture is needed.
    """

    options: OptionsStyle
    region: RegionStyle
    plain: bool


class Facts(NamedTuple):
    """What an example's `meta` says about boxes: the picture's `[width, height]`, and which fields hold boxes."""

    size: Sequence[float] | None = None
    boxes: Sequence[str] = ()


NO_FACTS = Facts()


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
    if value is None or (name in ("options", "region") and not len(value)):
        return None
    if name == "options":
        return options_text([restyled("options", value[i], styles, facts) or "" for i in order], styles.options)
    if name == "region":
        return boxes_text(value, styles.region, facts.size)
    if name == "history":
        return history_text(value)
    return text_of(name, value)


def options_of(value: Any) -> Sequence[str]:
    """`value`, if it is a list of texts; nothing if it is null.

    Raises:
        ExampleError: It is anything else.
    """
    if value is None:
        return ()
    if isinstance(value, str) or not all(isinstance(option, str) for option in value):
        raise ExampleError(f"the field 'options' must be a list of texts, but is {value!r}")
    return list(value)


def text_of(name: str, value: Any) -> str:
    """`value`, if it is a text.

    Raises:
        ExampleError: It is not.
    """
    if not isinstance(value, str):
        raise ExampleError(f"the field {name!r} must be text, but is {type(value).__name__}: {value!r}")
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
        return region_column(column_of(table, name, _BOXES), styles.region, facts and [each.size for each in facts])
    if name == "history":
        return history_column(column_of(table, name, _TURNS))
    return column_of(table, name, pa.string())


def options_lists(table: pa.Table) -> pa.ListArray:
    """The options of every row."""
    return column_of(table, "options", _STRINGS)


def column_of(table: pa.Table, name: str, kind: pa.DataType) -> pa.Array:
    """A column as one array of type `kind`; all null where the table has no such column.

    Raises:
        ExampleError: The column holds something else.
    """
    index = table.schema.get_field_index(name)
    if index < 0:
        return pa.nulls(table.num_rows, kind)
    column = table.column(index)
    array = column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
    if array.type.equals(kind):
        return array
    if not _is_castable(array.type, kind):
        raise ExampleError(f"The field {name!r} must be {_WORDS[kind]}, but its column holds {array.type}.")
    # Single precision is what boxes have, whatever they come in.
    return array.cast(kind, safe=False)


def is_text(kind: pa.DataType) -> bool:
    """Whether a column of this type holds text, in whatever layout, or nulls alone."""
    if pa.types.is_dictionary(kind):
        return is_text(kind.value_type)
    return pa.types.is_string(kind) or pa.types.is_large_string(kind) or kind in (pa.string_view(), pa.null())


def _is_castable(found: pa.DataType, kind: pa.DataType) -> bool:
    """Whether both are text, both numbers, or both lists of such; Arrow would turn numbers into text and back."""
    if pa.types.is_null(found):
        return True
    if pa.types.is_list(kind):
        # Not views of lists: their cast loses rows (pyarrow 26).
        lists = (pa.types.is_list(found), pa.types.is_large_list(found), pa.types.is_fixed_size_list(found))
        return any(lists) and _is_castable(found.value_type, kind.value_type)
    if pa.types.is_string(kind):
        return is_text(found)
    return any((pa.types.is_integer(found), pa.types.is_floating(found)))


def _restyled_options(options: pa.ListArray, styles: Styles, facts: Sequence[Facts] | None) -> pa.ListArray:
    if facts is None or not any("options" in each.boxes for each in facts):
        return options
    rows = zip(options.to_pylist(), facts, strict=True)
    return pa.array([row and [restyled("options", text, styles, each) for text in row] for row, each in rows], _STRINGS)
