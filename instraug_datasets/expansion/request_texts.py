"""The words of requests: meta-prompt, masks and mistakes put into sentences. Pure text, no model."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from .masking import Masked, Problem
from .meta_prompts import FRAMES

__all__ = ["bootstrap_order", "bootstrap_text", "repair_order", "rewrite_order"]

_MISTAKES = {
    "lost": "{} is missing",
    "doubled": "{} is there too often",
    "unknown": "{} does not belong there",
    "extra": "there is a stray {}",
}
_LONGEST_QUOTE = 500


def rewrite_order(order: str, masked: Masked) -> str:
    """What a model is told to do with a masked instruction."""
    masks = [f"{{{name}}}" for name in masked.names]
    rule = _put(FRAMES["masks"], {"list": _and(masks)}) if masks else ""
    return " ".join(_put(FRAMES["frame"], {"order": order, "masks": rule}).split())


def repair_order(order: str, masked: Masked, *, reply: str, problems: Iterable[Problem]) -> str:
    """The same, with the mistakes of an earlier attempt named."""
    mistakes = _and([_MISTAKES[problem.kind].replace("{}", problem.mask) for problem in problems])
    repair = _put(FRAMES["repair"], {"reply": reply[:_LONGEST_QUOTE], "problems": mistakes})
    return f"{rewrite_order(order, masked)} {repair}"


def bootstrap_order() -> str:
    """What a model is told that is to write rewriting orders."""
    return FRAMES["bootstrap"]


def bootstrap_text(number: int) -> str:
    """The request for so many rewriting orders."""
    return _put(FRAMES["bootstrap_request"], {"number": str(number)})


def _put(frame: str, values: Mapping[str, str]) -> str:
    # One pass: what is put in is not looked at again.
    return re.sub(r"<(\w+)>", lambda match: values.get(match[1], match[0]), frame)


def _and(parts: list[str]) -> str:
    return " and ".join(part for part in (", ".join(parts[:-1]), parts[-1]) if part)
