"""Masks placeholders before an instruction is sent to an engine, and restores them in the reply.

A mask is a name in braces: the placeholder's own name (`{question}`), or a letter in order of appearance (`{A}`, `{B}`)
as in the original research code. Literal braces stay doubled.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count, islice

from ..errors import UnknownNameError
from ..templates import Template, parse

__all__ = ["MASK_STYLES", "MaskProblem", "MaskedInstruction", "RestoredInstruction", "mask", "restore"]

MASK_STYLES = ("names", "letters")
"""The mask styles: `names` uses the placeholders' own names, `letters` uses letters."""

PROBLEMS = ("lost", "doubled", "unknown", "extra")

_BRACED = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")


@dataclass(frozen=True, slots=True)
class MaskedInstruction:
    """An instruction with masked placeholders.

    Attributes:
        text: The masked text.
        names: Placeholder by mask, both without braces.
        counts: Number of occurrences by mask.
    """

    text: str
    names: Mapping[str, str]
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class MaskProblem:
    """A problem with the masks of a rewriting.

    Attributes:
        kind: `lost` (too few occurrences), `doubled` (too many), `unknown` (not a mask of this instruction), or `extra`
            (a stray brace).
        mask: The mask with its braces, or the stray brace.
    """

    kind: str
    mask: str


@dataclass(frozen=True, slots=True)
class RestoredInstruction:
    """A rewriting with restored placeholders.

    Attributes:
        text: The instruction; None if there are problems.
        problems: The problems found in its masks.
    """

    text: str | None
    problems: tuple[MaskProblem, ...] = ()


def mask(text: str, style: str = "names") -> MaskedInstruction:
    """Replace placeholders by masks; a repeated placeholder gets the same mask.

    Raises:
        UnknownNameError: Raised if the mask style is unknown.
        TemplateError: Raised if the text is not a valid template.

    Example:
        >>> mask("{question} {options}", "letters").text
        '{A} {B}'
    """
    if style not in MASK_STYLES:
        raise UnknownNameError("mask style", style, MASK_STYLES)
    template = parse(text)
    placeholders = list(dict.fromkeys(template.names))
    masks = placeholders if style == "names" else list(islice(_letters(), len(placeholders)))
    masks_of = dict(zip(placeholders, masks, strict=True))
    masked = tuple(masks_of[name] for name in template.names)
    return MaskedInstruction(
        text=Template(template.literals, masked).text,
        names=dict(zip(masks, placeholders, strict=True)),
        counts=Counter(masked),
    )


def restore(text: str, masked: MaskedInstruction) -> RestoredInstruction:
    """Replace masks by their placeholders, in a single pass so that restored placeholders are not parsed again.

    Example:
        >>> restore("{B}: {A}", mask("{question} {options}", "letters")).text
        '{options}: {question}'
    """
    found: Counter[str] = Counter()
    problems: list[MaskProblem] = []

    def placeholder(match: re.Match[str]) -> str:
        if match[0] in ("{{", "}}"):
            return match[0]
        if match[1] is None:
            problems.append(MaskProblem("extra", match[0]))
            return match[0]
        name = _find_mask(match[1], masked.names)
        if name is None:
            problems.append(MaskProblem("unknown", match[0]))
            return match[0]
        found[name] += 1
        return f"{{{masked.names[name]}}}"

    restored = _BRACED.sub(placeholder, text)
    problems = [*_count_problems(masked.counts, found), *dict.fromkeys(problems)]
    return RestoredInstruction(None if problems else restored, tuple(problems))


def _find_mask(written: str, names: Mapping[str, str]) -> str | None:
    """Find a mask regardless of case and surrounding spaces, which models often change."""
    stripped = written.strip()
    return next((name for name in (stripped, stripped.upper(), stripped.lower()) if name in names), None)


def _count_problems(expected: Mapping[str, int], found: Mapping[str, int]) -> Iterator[MaskProblem]:
    for name, number in expected.items():
        if found.get(name, 0) != number:
            yield MaskProblem("lost" if found.get(name, 0) < number else "doubled", f"{{{name}}}")


def _letters() -> Iterator[str]:
    """Yield A, B, ..., Z, AA, AB, ..."""
    for number in count():
        letters = ""
        while number >= 0:
            letters = chr(ord("A") + number % 26) + letters
            number = number // 26 - 1
        yield letters
