"""The axes of style: in what respects wordings of one task differ, and the selection of instructions by them.

Three axes are stated by the author of an instruction (`instructions.DECLARED_AXES`); the others are read off its text,
so that they are known of every pool.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType

import pyarrow as pa

from .errors import PoolError, SettingError, UnknownNameError, shown
from .instructions import DECLARED_AXES, Instruction
from .pool import InstructionPool
from .templates import Template, parse

__all__ = [
    "AXES",
    "COMPUTED_AXES",
    "axis_value",
    "checked_styles",
    "field_order",
    "named_styles",
    "own_words",
    "select",
    "style_counts",
]

_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")
_MARKDOWN = re.compile(r"\*\*|__|^#{1,6} |^[-*] |`", re.MULTILINE)
_QUESTION_LABEL = re.compile(r"^(?:q|question|a|answer) ?: *(?:\{|$)", re.MULTILINE | re.IGNORECASE)
_LABEL = re.compile(r"^[^\n{}.?!:]{1,40}: *\n*\{", re.MULTILINE)
# An instruction is looked at once for each axis.
_parsed = lru_cache(maxsize=16)(parse)
_LENGTHS = ((5, "short"), (15, "medium"), (39, "long"))


def own_words(template: Template) -> list[str]:
    """The words of a template besides its fields, in lower case."""
    return _WORD.findall(" ".join(template.literals).lower())


def field_order(template: Template) -> str:
    """The fields in order, with blanks between them.

    Example:
        >>> field_order(parse("{question} Choose: {options}"))
        'question options'
    """
    return " ".join(template.names)


def _length(template: Template) -> str:
    count = len(own_words(template))
    return next((name for most, name in _LENGTHS if count <= most), "very_long")


def _labels(template: Template) -> str:
    if _MARKDOWN.search(template.text):
        return "markdown"
    if _QUESTION_LABEL.search(template.text):
        return "question_answer"
    return "named" if _LABEL.search(template.text) else "none"


def _options_place(template: Template) -> str:
    if "options" not in template.names:
        return "none"
    place = template.names.index("options")
    more = template.names[place + 1 :]
    if not more and not _WORD.search(" ".join(template.literals[place + 1 :])):
        return "last"
    return "first" if not place and (more or not _WORD.search(template.literals[0])) else "middle"


_RULES: Mapping[str, tuple[tuple[str, ...], Callable[[Template], str]]] = {
    "length": (("short", "medium", "long", "very_long"), _length),
    "labels": (("none", "question_answer", "named", "markdown"), _labels),
    "options_place": (("none", "first", "middle", "last"), _options_place),
}

COMPUTED_AXES: Mapping[str, tuple[str, ...]] = MappingProxyType({axis: values for axis, (values, _) in _RULES.items()})
"""The axes that are read off the text, with their values.

`length` counts own words, those besides fields: `short` has at most 5, `medium` 15, `long` 39. `labels` are what stands
before fields at the beginning of a line: `Q:` and `A:`, other names, or Markdown. `options_place` is where the options
stand: `last` if nothing follows, `first` if they come before other fields or before any word, and `middle` otherwise.
"""

AXES: Mapping[str, tuple[str, ...]] = MappingProxyType({**COMPUTED_AXES, **DECLARED_AXES})
"""All axes, with their values."""


def axis_value(instruction: Instruction, axis: str) -> str | None:
    """The value of an instruction on an axis; None if its author has not stated it.

    Raises:
        UnknownNameError: Raised if the axis is unknown.

    Example:
        >>> axis_value(Instruction(task="image_caption", text="Caption:"), "length")
        'short'
    """
    if axis in DECLARED_AXES:
        value: str | None = getattr(instruction, axis)
        return value
    if axis not in _RULES:
        raise UnknownNameError("axis", axis, AXES)
    return _RULES[axis][1](_parsed(instruction.text))


def select(
    pool: InstructionPool,
    styles: Mapping[str, str | Sequence[str]],
    *,
    tasks: Iterable[str] = (),
    only_metas: bool = False,
) -> InstructionPool:
    """The instructions of a pool that have one of the given values on every given axis.

    An instruction whose author has not stated an axis has none of its values. Tasks without any such instruction are
    left out.

    Args:
        styles: By axis, the value or values to keep; see `AXES`.
        tasks: Those that must keep at least one instruction.
        only_metas: Whether variants are left out, too, as the strategy `original` does.

    Raises:
        UnknownNameError: Raised if an axis or a value is unknown.
        SettingError: Raised if `styles` is not a mapping from axes to values.
        PoolError: Raised if no instruction is left, or none of one of `tasks`.

    Example:
        >>> select(InstructionPool.load("multiinstruct"), {"form": "question", "length": ["short", "medium"]})
    """
    wanted = checked_styles(styles)
    listed = [each for instructions in pool.values() for each in instructions]
    kept = [
        (each.origin is None or not only_metas)
        and all(axis_value(each, axis) in values for axis, values in wanted.items())
        for each in listed
    ]
    left = {each.task for each, is_kept in zip(listed, kept, strict=True) if is_kept}
    for task in tasks:
        if task not in left:
            raise PoolError(_no_such_style(task, pool[task], wanted))
    if not left:
        raise PoolError(
            f"No {'meta ' if only_metas else ''}instruction of the pool has the styles {named_styles(wanted)}; "
            "`instraug pool stats POOL --styles` counts them."
        )
    return InstructionPool(pool.to_table().filter(pa.array(kept)))


def _no_such_style(task: str, instructions: Sequence[Instruction], wanted: Mapping[str, Sequence[str]]) -> str:
    counts = style_counts(instructions)
    there = {
        axis: ", ".join(f"{value} ({number})" for value, number in counts[axis].items() if number) or "not stated"
        for axis in wanted
    }
    return (
        f"No instruction of the task {task!r} has the styles {named_styles(wanted)}. Of its "
        f"{len(instructions)} instructions, {'; '.join(f'{axis} is {found}' for axis, found in there.items())}."
    )


def named_styles(styles: Mapping[str, Sequence[str]]) -> str:
    """Checked styles for a message.

    Example:
        >>> named_styles({"form": ["question"], "length": ["medium", "short"]})
        'form=question, length=medium or short'
    """
    return ", ".join(f"{axis}={' or '.join(values)}" for axis, values in styles.items())


def style_counts(instructions: Sequence[Instruction]) -> Mapping[str, Mapping[str, int]]:
    """Count the instructions by axis and value; those whose author has not stated an axis are not counted there.

    Example:
        >>> style_counts(InstructionPool.load("multiinstruct")["ITM"])["length"]["short"] > 0
        True
    """
    counts = {axis: Counter[str | None]() for axis in AXES}
    for each in instructions:
        for axis in AXES:
            counts[axis][axis_value(each, axis)] += 1
    return {axis: {value: counts[axis][value] for value in values} for axis, values in AXES.items()}


def checked_styles(styles: Mapping[str, str | Sequence[str]]) -> dict[str, list[str]]:
    """Styles in one form, whatever their order: axes and values sorted, each axis with a list of values.

    Raises:
        UnknownNameError: Raised if an axis or a value is unknown.
        SettingError: Raised if `styles` is not a mapping from axes to values.
    """
    if not isinstance(styles, Mapping) or not styles:
        raise SettingError(f"styles must map axes to values, such as {{'form': 'question'}}, but got {shown(styles)}.")
    wanted: dict[str, list[str]] = {}
    for axis, values in styles.items():
        if axis not in AXES:
            raise UnknownNameError("axis", axis, AXES, hint="styles= selects instructions by these axes.")
        listed = [values] if isinstance(values, str) else list(values) if isinstance(values, Iterable) else []
        if not listed:
            raise SettingError(f"styles[{axis!r}] must be a value or a list of values, but got {shown(values)}.")
        for value in listed:
            if value not in AXES[axis]:
                raise UnknownNameError(f"{axis} style", value, AXES[axis])
        wanted[axis] = sorted(set(listed))
    return dict(sorted(wanted.items()))
