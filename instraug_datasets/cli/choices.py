"""The names that options accept, for help texts: the tables themselves take seconds to import.

The library checks what is given; a test compares these names with its tables.
"""

from __future__ import annotations

__all__ = [
    "AXES",
    "BENCHMARKS",
    "ENGINES",
    "FILTERS",
    "FORMATS",
    "LIMIT",
    "METRICS",
    "PRESETS",
    "ROLES",
    "RUNNERS",
    "STRATEGIES",
    "WORDINGS",
]

AXES = ("length", "labels", "options_place", "form", "register", "answer_form")
BENCHMARKS = ("instructblip", "multiinstruct")
ENGINES = ("grammar", "transformers", "inference", "ray")
FILTERS = (
    *("readable", "placeholders", "unanswerable", "empty", "echo", "leak", "answer", "language", "repetition"),
    *("length", "option_words", "polarity", "punctuation", "duplicate", "near_duplicate", "alike", "meaning"),
)
FORMATS = ("jsonl", "trl", "llama-factory", "ms-swift", "axolotl", "llava")
LIMIT = 1000
METRICS = ("accuracy", "exact_match", "rouge_l", "vqa_accuracy", "iou", "set_f1")
PRESETS = ("instraug", "instraug-mt", "instraug-iter")
ROLES = ("train", "eval", "excluded")
RUNNERS = ("local", "ray")
STRATEGIES = ("cycle", "uniform", "weighted", "by_origin", "original")
WORDINGS = 5
