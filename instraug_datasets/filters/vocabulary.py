"""Words and phrases that filters on content look for, declared in `vocabulary.yaml`."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

__all__ = ["ANSWERS", "COMMON", "INSTRUCTING", "LEAKS", "NEGATIONS", "PAIRS"]

_DOCUMENT = yaml.safe_load(Path(__file__).with_name("vocabulary.yaml").read_text(encoding="utf-8"))

LEAKS = tuple(map(re.compile, _DOCUMENT["leaks"]))
"""What speaks about rewriting."""

ANSWERS = tuple(map(re.compile, _DOCUMENT["answers"]))
"""What replies to an instruction."""

INSTRUCTING = frozenset(_DOCUMENT["instructing"].split())
"""Words by which one notices that something is asked for."""

NEGATIONS = frozenset(_DOCUMENT["negations"].split())

PAIRS = tuple(frozenset(pair.split()) for pair in _DOCUMENT["pairs"])
"""Answers that are named together."""

COMMON = {name: frozenset(words.split()) for name, words in _DOCUMENT["common"].items()}
"""Frequent words of languages that are written alike."""
