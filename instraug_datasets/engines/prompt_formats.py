"""Formats a request for a local model: as chat messages, or as a few-shot prompt for completion."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from .base import Request

__all__ = ["PROMPT_FORMATS", "Paragraph", "chat_messages", "completion_prompt", "split_paragraph"]

PROMPT_FORMATS = ("auto", "chat", "completion")
"""The prompt formats: chat messages, a few-shot completion prompt, or automatic selection by model."""

_MASK = re.compile(r"\{[^{}]*\}")
_LABEL = re.compile(r"[\w ]{0,40}:")
_PARAGRAPH_BREAK = "\n\n"


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph of an instruction, and the text before and after it.

    A completion is a single line, so one paragraph is rewritten at a time; the others, such as the options, are kept.
    """

    before: str
    line: str
    after: str

    def replace(self, line: str) -> str:
        """Return the instruction with this paragraph replaced by `line`."""
        return f"{self.before}{line}{self.after}"


def chat_messages(request: Request) -> list[dict[str, str]]:
    """Return the request as chat messages, with few-shot examples as earlier turns."""
    turns = [turn for pair in request.examples for turn in zip(("user", "assistant"), pair, strict=True)]
    turns = [("system", request.system), *turns, ("user", request.text)]
    return [{"role": role, "content": content} for role, content in turns]


def completion_prompt(request: Request) -> tuple[str, str]:
    """Return the request as a few-shot prompt in two parts: the examples, and the line to complete.

    Suits base models and very small chat models, which would answer a meta-prompt instead of following it.
    """
    pairs = [(split_paragraph(before).line, split_paragraph(after).line) for before, after in request.examples]
    shown = [(before, after) for before, after in pairs if _count_masks(before) == _count_masks(after)]
    rows = [f"Instruction: {before}\nIn other words: {after}\n\n" for before, after in shown]
    return "".join(rows), f"Instruction: {split_paragraph(request.text, request.sample).line}\nIn other words:"


def split_paragraph(text: str, turn: int = 0) -> Paragraph:
    """Split off the paragraph to rewrite; `turn` selects among paragraphs with words of their own, round-robin."""
    paragraphs = text.split(_PARAGRAPH_BREAK)
    candidates = [number for number, paragraph in enumerate(paragraphs) if _has_words(paragraph)] or [0]
    number = candidates[turn % len(candidates)]
    before = "".join(paragraph + _PARAGRAPH_BREAK for paragraph in paragraphs[:number])
    after = "".join(_PARAGRAPH_BREAK + paragraph for paragraph in paragraphs[number + 1 :])
    return Paragraph(before, " ".join(paragraphs[number].split()), after)


def _has_words(paragraph: str) -> bool:
    """Whether a paragraph has words besides placeholders and their labels."""
    lines = (_LABEL.sub("", _MASK.sub("", line)) for line in paragraph.split("\n"))
    return any(word.isalpha() for line in lines for word in re.findall(r"\w+", line))


def _count_masks(line: str) -> Counter[str]:
    return Counter(_MASK.findall(line))
