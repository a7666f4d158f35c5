r"""Rules as data: reads the YAML files in `rules/` and compiles their forms.

A *phrase rule* lists forms of words that may stand for each other::

    choose_sentence:
      forms:                                      # found in texts, and written by the rule set "train"
      - ^(Choose|Pick|Select) one of the options.
      - ^(Answer|Reply) with one of the options.
      also:                                       # not looked for: they stand in many other places, too
      - ^Which of the options is right?
      heldout:                                    # written by the rule set "heldout" only
      - ^Settle on one of the options.

`^` and `$` stand for the start of a sentence and the end of a line, `^^` and `$$` for those of the text, `(a|b)` for
either. `<question>` is that placeholder, `<field>` anything that must not be touched (a placeholder, a quotation), and
any other name words within one sentence; a slot may carry a digit, `<field2>`. A capital at the start follows its
surroundings. `needs`, a regular expression with such slots, names what must be in the text for the rule to apply.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import yaml

from ...records import FIELDS
from .protected_spans import OPAQUE, kind_class

__all__ = ["RULE_SETS", "Grammar", "Pattern", "Rule", "load_grammar"]

RULE_SETS = ("train", "heldout")

_FOLDER = Path(__file__).parent / "rules"
_ALTERNATION = re.compile(r"\(([^()]*\|[^()]*)\)")
_SLOT = re.compile(r"<(\w+)>")
_SENTENCE_START = rf"(?:\A|(?<=\n)|(?<=[.?!] )|(?<=[{OPAQUE}] )(?=[A-Z]))"

_NOT_AFTER_WORD, _NOT_BEFORE_WORD = r"(?<![\w'\u2019-])", r"(?![\w'\u2019-])"
_ANCHORS = {"^": _SENTENCE_START, "^^": r"\A", "$": r"(?=\n|\Z)", "$$": r"\Z"}


@dataclass(frozen=True, slots=True)
class Rule:
    """Forms of words that fit the same place.

    Attributes:
        found: What texts are searched for, each form as its expansions.
        outputs: Per rule set what may be written instead.
        needs: What has to be in the text besides.
    """

    name: str
    found: tuple[tuple[str, ...], ...]
    outputs: Mapping[str, tuple[tuple[str, ...], ...]]
    needs: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Pattern:
    """One expansion of a form, to be found in texts.

    Attributes:
        words: The words that a text must have for the form to be in it.
    """

    rule: Rule
    form: str
    words: frozenset[str]

    @property
    def regex(self) -> re.Pattern[str]:
        """What finds it in a hidden text."""
        return _compiled(self.form)


@dataclass(frozen=True, slots=True)
class Grammar:
    """Everything that the YAML files declare.

    Attributes:
        patterns: What the phrase rules look for, under the longest word of each.
        media: The word family of pictures, chosen once for a text.
        frames: Per rule set, what may stand before an order.
        orders: The verbs that an order begins with.
        layouts: New orders of the blocks of a text, by its blocks.
        guards: Regular expressions for words that tie a block to its place.
        rejected: What no variant may contain, unless the original does.
    """

    patterns: Mapping[str, tuple[Pattern, ...]]
    media: Mapping[str, Any]
    frames: Mapping[str, tuple[Mapping[str, str], ...]]
    orders: re.Pattern[str]
    layouts: Mapping[str, tuple[str, ...]]
    guards: Mapping[str, re.Pattern[str]]
    rejected: tuple[re.Pattern[str], ...]


@cache
def load_grammar() -> Grammar:
    """The bundled rules."""
    settings = _read(_FOLDER / "settings.yaml")
    declared = [_read(path) for path in sorted(_FOLDER.glob("*.yaml")) if path.name != "settings.yaml"]
    return Grammar(
        patterns=_indexed(_rule(name, each) for rules in declared for name, each in rules.items()),
        media=settings["media"],
        frames={name: tuple(frames) for name, frames in settings["frames"].items()},
        orders=_orders(settings["orders"]),
        layouts={blocks: tuple(orders) for blocks, orders in settings["layouts"].items()},
        guards={name: re.compile(regex) for name, regex in settings["guards"].items()},
        rejected=tuple(re.compile(regex) for regex in settings["rejected"]),
    )


def _orders(verbs: Iterable[str]) -> re.Pattern[str]:
    # "Label and box match if ..." is no order, nor is "Answer: ...".
    verb = rf"(?:{'|'.join(verbs)})\b(?!:| (?:and|or|is|are)\b)"
    return re.compile(rf"{_SENTENCE_START}{verb}[^.?!:\n]*\.(?=\s|\Z)")


def _read(path: Path) -> dict[str, Any]:
    # The C parser, where it is installed, reads the rules ten times faster.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    document: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)
    return document


def _rule(name: str, declared: Mapping[str, Any]) -> Rule:
    found = tuple(tuple(expand(form)) for form in declared["forms"])
    also, heldout = (tuple(tuple(expand(form)) for form in declared.get(key, ())) for key in ("also", "heldout"))
    needs = _SLOT.sub(lambda slot: kind_class(slot[1]), declared.get("needs", ""))
    return Rule(name, found, {"train": (*found, *also), "heldout": heldout}, re.compile(needs))


def _indexed(rules: Iterable[Rule]) -> dict[str, tuple[Pattern, ...]]:
    index: dict[str, list[Pattern]] = {}
    for rule in rules:
        for form in (form for expansions in rule.found for form in expansions):
            words = re.findall(r"\w+", _SLOT.sub("", form).casefold())
            index.setdefault(max(words, key=len, default=""), []).append(Pattern(rule, form, frozenset(words)))
    return {word: tuple(patterns) for word, patterns in index.items()}


def expand(form: str) -> Iterator[str]:
    """Every text that a form with alternations stands for."""
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
        return f"(?P<{name}>{kind_class(kind)})"
    return rf"(?P<{name}>[^.?!:;\n]+?)"
