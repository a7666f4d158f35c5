"""Masks: what stands for a placeholder while an engine rewrites an instruction, and the way back.

A mask is a name in braces. Masks that carry meaning are the placeholders themselves (`{question}`); masks that carry
none are letters in order of appearance (`{A}`, `{B}`), as in the original research. Literal braces stay doubled.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count, islice

from ..errors import UnknownNameError
from ..templates import Template, parse

__all__ = ["MASKS", "Masked", "Problem", "Restored", "mask", "restore"]

MASKS = ("names", "letters")
"""The kinds of masks: those that carry meaning, and those that do not."""

PROBLEMS = ("lost", "doubled", "unknown", "extra")

_BRACED = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")


@dataclass(frozen=True, slots=True)
class Masked:
    """An instruction as an engine sees it.

    Attributes:
        text: The instruction with masks for placeholders.
        names: From each mask, without its braces, to the placeholder that it stands for.
        counts: How often each mask occurs.
    """

    text: str
    names: Mapping[str, str]
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with the masks of a rewriting.

    Attributes:
        kind: `lost` (fewer than before), `doubled` (more than before), `unknown` (never given), or `extra` (a brace
            that belongs to no mask).
        mask: The mask with its braces, or the brace.
    """

    kind: str
    mask: str


@dataclass(frozen=True, slots=True)
class Restored:
    """A rewriting with its placeholders back in place.

    Attributes:
        text: The instruction; None where there are problems.
        problems: What is wrong with the masks.
    """

    text: str | None
    problems: tuple[Problem, ...] = ()


def mask(text: str, kind: str = "names") -> Masked:
    """Put masks in the place of placeholders; the same placeholder twice gets the same mask twice.

    Raises:
        UnknownNameError: There is no such kind of masks.
        TemplateError: The text is not a template.
    """
    if kind not in MASKS:
        raise UnknownNameError("kind of masks", kind, MASKS)
    template = parse(text)
    placeholders = list(dict.fromkeys(template.names))
    masks = placeholders if kind == "names" else list(islice(_letters(), len(placeholders)))
    masks_of = dict(zip(placeholders, masks, strict=True))
    masked = tuple(masks_of[name] for name in template.names)
    return Masked(
        text=Template(template.literals, masked).text,
        names=dict(zip(masks, placeholders, strict=True)),
        counts=Counter(masked),
    )


def restore(text: str, masked: Masked) -> Restored:
    """Put the placeholders back, in one pass, so that nothing that was put in is looked at again."""
    found: Counter[str] = Counter()
    problems: list[Problem] = []

    def placeholder(match: re.Match[str]) -> str:
        if match[0] in ("{{", "}}"):
            return match[0]
        if match[1] is None:
            problems.append(Problem("extra", match[0]))
            return match[0]
        name = _known(match[1], masked.names)
        if name is None:
            problems.append(Problem("unknown", match[0]))
            return match[0]
        found[name] += 1
        return f"{{{masked.names[name]}}}"

    restored = _BRACED.sub(placeholder, text)
    problems = [*_miscounted(masked.counts, found), *dict.fromkeys(problems)]
    return Restored(None if problems else restored, tuple(problems))


def _known(written: str, names: Mapping[str, str]) -> str | None:
    """The mask that was meant: models change the case of a mask, or put spaces into it."""
    stripped = written.strip()
    return next((name for name in (stripped, stripped.upper(), stripped.lower()) if name in names), None)


def _miscounted(expected: Mapping[str, int], found: Mapping[str, int]) -> Iterator[Problem]:
    for name, number in expected.items():
        if found.get(name, 0) != number:
            yield Problem("lost" if found.get(name, 0) < number else "doubled", f"{{{name}}}")


def _letters() -> Iterator[str]:
    """A, B ... Z, AA, AB ..."""
    for number in count():
        letters = ""
        while number >= 0:
            letters = chr(ord("A") + number % 26) + letters
            number = number // 26 - 1
        yield letters
