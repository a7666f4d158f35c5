"""How a request is put to a model of one's own: as a chat, or as examples to be continued. Pure text."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from .base import Request

__all__ = ["PROMPTS", "Piece", "chat_messages", "completion_prompt", "cut"]

PROMPTS = ("auto", "chat", "completion")
"""Chat turns, examples to be continued, or whichever suits the model."""

_SLOT = re.compile(r"\{[^{}]*\}")
_LABEL = re.compile(r"[\w ]{0,40}:")
_BREAK = "\n\n"


@dataclass(frozen=True, slots=True)
class Piece:
    """One paragraph of an instruction, and what stands round it.

    A completion is one line. So one paragraph is rewritten at a time; the others, such as the block of options, stay.
    """

    before: str
    line: str
    after: str

    def put(self, line: str) -> str:
        """The instruction with another line in the paragraph's place."""
        return f"{self.before}{line}{self.after}"


def chat_messages(request: Request) -> list[dict[str, str]]:
    """The request as chat turns; examples are earlier turns."""
    turns = [turn for pair in request.examples for turn in zip(("user", "assistant"), pair, strict=True)]
    turns = [("system", request.system), *turns, ("user", request.text)]
    return [{"role": role, "content": content} for role, content in turns]


def completion_prompt(request: Request) -> tuple[str, str]:
    """The request as the next of a row of examples, each in one line: the examples, and the line to be continued.

    What a model without chat training, or a very small one, needs: the order alone it would answer, not carry out.
    """
    shots = [(cut(before).line, cut(after).line) for before, after in request.examples]
    shown = [(before, after) for before, after in shots if _slots(before) == _slots(after)]
    rows = [f"Instruction: {before}\nIn other words: {after}\n\n" for before, after in shown]
    return "".join(rows), f"Instruction: {cut(request.text, request.sample).line}\nIn other words:"


def cut(text: str, turn: int = 0) -> Piece:
    """Cut out the paragraph that is to be rewritten: of several with words of their own, each in its turn."""
    paragraphs = text.split(_BREAK)
    free = [number for number, paragraph in enumerate(paragraphs) if _is_free(paragraph)] or [0]
    number = free[turn % len(free)]
    before = "".join(paragraph + _BREAK for paragraph in paragraphs[:number])
    after = "".join(_BREAK + paragraph for paragraph in paragraphs[number + 1 :])
    return Piece(before, " ".join(paragraphs[number].split()), after)


def _is_free(paragraph: str) -> bool:
    """Whether a paragraph has words beyond placeholders and their labels."""
    lines = (_LABEL.sub("", _SLOT.sub("", line)) for line in paragraph.split("\n"))
    return any(word.isalpha() for line in lines for word in re.findall(r"\w+", line))


def _slots(line: str) -> Counter[str]:
    return Counter(_SLOT.findall(line))
