r"""Reads the rules from the YAML files in `rules/` and compiles their forms.

A *phrase rule* lists interchangeable forms::

    choose_sentence:
      forms:                                      # matched and produced
      - ^(Choose|Pick|Select) one of the options.
      - ^(Answer|Reply) with one of the options.
      matched:                                    # matched, never produced, and rewritten in every variant
      - ^The answer is one of the options.
      also:                                       # produced, but too ambiguous to be matched
      - ^Which of the options is right?

`^` and `$` match the start of a sentence and the end of a line, `^^` and `$$` the start and end of the text, `(a|b)`
either alternative. `<question>` matches that placeholder, `<field>` any protected span (a placeholder, a quotation),
and any other name some words within one sentence; a slot may carry a digit, `<field2>`. Capitalization follows the
context. `needs`, a regular expression with such slots, must match the text for the rule to apply.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

from ...records import FIELDS
from ...safe_yaml import parse_yaml
from .protected_spans import PROTECTED_CHARACTERS, span_pattern

__all__ = ["Grammar", "Pattern", "Rule", "load_grammar"]

_FOLDER = Path(__file__).parent / "rules"
_ALTERNATION = re.compile(r"\(([^()]*\|[^()]*)\)")
_SLOT = re.compile(r"<(\w+)>")
_SENTENCE_START = rf"(?:\A|(?<=\n)|(?<=[.?!] )|(?<=[{PROTECTED_CHARACTERS}] )(?=[A-Z]))"

_NOT_AFTER_WORD, _NOT_BEFORE_WORD = r"(?<![\w'\u2019-])", r"(?![\w'\u2019-])"
_ANCHORS = {"^": _SENTENCE_START, "^^": r"\A", "$": r"(?=\n|\Z)", "$$": r"\Z"}


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule with interchangeable forms.

    Attributes:
        found: The forms that are matched, each as its expansions.
        replaced: The expansions that are rewritten in every variant.
        outputs: The possible replacements, each form as its expansions.
        needs: A condition on the whole text.
    """

    name: str
    found: tuple[tuple[str, ...], ...]
    replaced: frozenset[str]
    outputs: tuple[tuple[str, ...], ...]
    needs: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Pattern:
    """One expansion of a form, as a search pattern.

    Attributes:
        words: The words that a text must contain for the pattern to match.
    """

    rule: Rule
    form: str
    words: frozenset[str]

    @property
    def regex(self) -> re.Pattern[str]:
        """The compiled pattern for protected texts."""
        return _compiled(self.form)


@dataclass(frozen=True, slots=True)
class Grammar:
    """All declarations of the YAML files.

    Attributes:
        patterns: The patterns of the phrase rules, indexed by their longest word.
        media: The words for an image, of which one is chosen per variant.
        orders: A pattern for imperative sentences that take "please".
        layouts: Permutations of the blocks of a text, by the kinds of its blocks.
        guards: Patterns for words that refer to the position of a block.
        rejected: Patterns that a variant must not match, unless the original does.
    """

    patterns: Mapping[str, tuple[Pattern, ...]]
    media: Mapping[str, Any]
    orders: re.Pattern[str]
    layouts: Mapping[str, tuple[str, ...]]
    guards: Mapping[str, re.Pattern[str]]
    rejected: tuple[re.Pattern[str], ...]


@cache
def load_grammar() -> Grammar:
    """Load the bundled rules."""
    settings = _read(_FOLDER / "settings.yaml")
    declared = [_read(path) for path in sorted(_FOLDER.glob("*.yaml")) if path.name != "settings.yaml"]
    return Grammar(
        patterns=_indexed(_rule(name, each) for rules in declared for name, each in rules.items()),
        media=settings["media"],
        orders=_orders(settings["orders"]),
        layouts={blocks: tuple(orders) for blocks, orders in settings["layouts"].items()},
        guards={name: re.compile(regex) for name, regex in settings["guards"].items()},
        rejected=tuple(re.compile(regex) for regex in settings["rejected"]),
    )


def _orders(verbs: Iterable[str]) -> re.Pattern[str]:
    # "Label and box match if ..." is not an imperative, nor is "Answer: ...".
    verb = rf"(?:{'|'.join(verbs)})\b(?!:| (?:and|or|is|are)\b)"
    return re.compile(rf"{_SENTENCE_START}{verb}[^.?!:\n]*\.(?=\s|\Z)")


def _read(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = parse_yaml(path.read_text(encoding="utf-8"))
    return document


def _rule(name: str, declared: Mapping[str, Any]) -> Rule:
    forms, matched, also = (
        tuple(tuple(expand(form)) for form in declared.get(key, ())) for key in ("forms", "matched", "also")
    )
    needs = _SLOT.sub(lambda slot: span_pattern(slot[1]), declared.get("needs", ""))
    replaced = frozenset(form for expansions in matched for form in expansions)
    return Rule(name, (*matched, *forms), replaced, (*forms, *also), re.compile(needs))


def _indexed(rules: Iterable[Rule]) -> dict[str, tuple[Pattern, ...]]:
    index: dict[str, list[Pattern]] = {}
    for rule in rules:
        for form in (form for expansions in rule.found for form in expansions):
            words = re.findall(r"\w+", _SLOT.sub("", form).casefold())
            index.setdefault(max(words, key=len, default=""), []).append(Pattern(rule, form, frozenset(words)))
    return {word: tuple(patterns) for word, patterns in index.items()}


def expand(form: str) -> Iterator[str]:
    """Yield every expansion of a form with alternations."""
    pieces = _ALTERNATION.split(form)
    choices = [piece.split("|") if position % 2 else [piece] for position, piece in enumerate(pieces)]
    for choice in product(*choices):
        yield re.sub(r" +(?=[ .,?!]|$)", "", "".join(choice))


@cache
def _compiled(form: str) -> re.Pattern[str]:
    body = form.strip("^$")
    pieces = _SLOT.split(body)
    parts = [_slot(piece) if position % 2 else re.escape(piece) for position, piece in enumerate(pieces)]
    if body[-1] == ">" and parts[-2].endswith("+?)"):
        parts[-2] = parts[-2].removesuffix("?)") + ")"
    start, end = body[0], body[-1]
    if start.isalpha():
        parts[0] = f"[{start.upper()}{start.lower()}]" + parts[0][1:]
    before = _NOT_AFTER_WORD if start.isalnum() else ""
    after = _NOT_BEFORE_WORD if end.isalnum() else ""
    before = _ANCHORS.get(form[: len(form) - len(form.lstrip("^"))], before)
    after = _ANCHORS.get(form[len(form.rstrip("$")) :], after)
    return re.compile(before + "".join(parts) + after)


def _slot(name: str) -> str:
    kind = name.rstrip("0123456789")
    if kind in (*FIELDS, "field", "quoted", "literal"):
        return f"(?P<{name}>{span_pattern(kind)})"
    return rf"(?P<{name}>[^.?!:;\n]+?)"
