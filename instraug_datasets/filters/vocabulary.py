"""Words and patterns for content filters, declared in `vocabulary.yaml`."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

__all__ = ["ANSWER_PAIRS", "ANSWER_PATTERNS", "COMMON_WORDS", "INSTRUCTION_WORDS", "LEAK_PATTERNS", "NEGATIONS"]

_DOCUMENT = yaml.safe_load(Path(__file__).with_name("vocabulary.yaml").read_text(encoding="utf-8"))

LEAK_PATTERNS = tuple(map(re.compile, _DOCUMENT["leaks"]))
"""Patterns of texts about rewriting."""

ANSWER_PATTERNS = tuple(map(re.compile, _DOCUMENT["answers"]))
"""Patterns of replies to an instruction."""

INSTRUCTION_WORDS = frozenset(_DOCUMENT["instructing"].split())
"""Words that indicate a request."""

NEGATIONS = frozenset(_DOCUMENT["negations"].split())

ANSWER_PAIRS = tuple(frozenset(pair.split()) for pair in _DOCUMENT["pairs"])
"""Pairs of answers that an instruction must name together."""

COMMON_WORDS = {name: frozenset(words.split()) for name, words in _DOCUMENT["common"].items()}
"""Frequent words by language, for languages in Latin script."""
