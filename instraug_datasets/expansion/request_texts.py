"""Builds the texts of requests from meta-prompts, masks and mask problems."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from .masking import MaskedInstruction, MaskProblem
from .meta_prompts import PROMPT_TEMPLATES

__all__ = ["bootstrap_request_text", "bootstrap_system_prompt", "repair_system_prompt", "rewrite_system_prompt"]

_PROBLEM_TEXTS = {
    "lost": "{} is missing",
    "doubled": "{} is there too often",
    "unknown": "{} does not belong there",
    "extra": "there is a stray {}",
}
_MAX_QUOTED_CHARACTERS = 500


def rewrite_system_prompt(meta_prompt: str, masked: MaskedInstruction) -> str:
    """Return the system prompt for rewriting a masked instruction."""
    masks = [f"{{{name}}}" for name in masked.names]
    rule = _fill(PROMPT_TEMPLATES["masks"], {"list": _join(masks)}) if masks else ""
    return " ".join(_fill(PROMPT_TEMPLATES["frame"], {"order": meta_prompt, "masks": rule}).split())


def repair_system_prompt(
    meta_prompt: str, masked: MaskedInstruction, *, reply: str, problems: Iterable[MaskProblem]
) -> str:
    """Return the system prompt for a retry; it quotes the earlier reply and names its problems."""
    listed = _join([_PROBLEM_TEXTS[problem.kind].replace("{}", problem.mask) for problem in problems])
    repair = _fill(PROMPT_TEMPLATES["repair"], {"reply": reply[:_MAX_QUOTED_CHARACTERS], "problems": listed})
    return f"{rewrite_system_prompt(meta_prompt, masked)} {repair}"


def bootstrap_system_prompt() -> str:
    """Return the system prompt for writing meta-prompts."""
    return PROMPT_TEMPLATES["bootstrap"]


def bootstrap_request_text(number: int) -> str:
    """Return the request for this number of meta-prompts."""
    return _fill(PROMPT_TEMPLATES["bootstrap_request"], {"number": str(number)})


def _fill(frame: str, values: Mapping[str, str]) -> str:
    # A single pass: inserted values are not parsed again.
    return re.sub(r"<(\w+)>", lambda match: values.get(match[1], match[0]), frame)


def _join(parts: list[str]) -> str:
    return " and ".join(part for part in (", ".join(parts[:-1]), parts[-1]) if part)
