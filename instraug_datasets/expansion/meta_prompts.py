"""Meta-prompts: the prompts that tell a model how to rewrite an instruction.

They are declared in `meta_prompts.yaml`, written by the engine itself (bootstrapped), or custom sentences, which are
accepted wherever an id is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml
from xxhash import xxh3_64_hexdigest

from ..errors import SettingError, UnknownNameError, shown

__all__ = ["META_PROMPTS", "PROMPT_TEMPLATES", "MetaPrompt", "bootstrapped_meta_prompts", "resolve_meta_prompt"]


@dataclass(frozen=True, slots=True)
class MetaPrompt:
    """A prompt that tells a model how to rewrite an instruction.

    Attributes:
        name: The id, recorded in the pool column `meta_prompt`.
        text: The prompt, a whole sentence.
    """

    name: str
    text: str


def _read() -> Mapping[str, Any]:
    document: Mapping[str, Any] = yaml.safe_load(
        Path(__file__).with_name("meta_prompts.yaml").read_text(encoding="utf-8")
    )
    return document


_DOCUMENT = _read()

META_PROMPTS: Mapping[str, MetaPrompt] = MappingProxyType(
    {name: MetaPrompt(name, text) for name, text in _DOCUMENT["direct"].items()}
)
"""The declared meta-prompts by id."""

PROMPT_TEMPLATES: Mapping[str, str] = MappingProxyType(
    {name: text for name, text in _DOCUMENT.items() if isinstance(text, str)}
)
"""The texts that a meta-prompt is embedded in, with `<name>` for each variable part."""


def resolve_meta_prompt(name: str) -> MetaPrompt:
    """Return the meta-prompt with this id, or a custom one if the text contains a space.

    Raises:
        UnknownNameError: Raised if the id is unknown.
        SettingError: Raised if a sentence is not valid Unicode.

    Example:
        >>> resolve_meta_prompt("Write it as a riddle.").text
        'Write it as a riddle.'
    """
    if name in META_PROMPTS:
        return META_PROMPTS[name]
    if " " in name.strip():
        try:
            return MetaPrompt(_content_id("own", name), name.strip())
        except UnicodeEncodeError:
            raise SettingError(
                f"A meta-prompt must be valid Unicode, but {shown(name)} has half of a surrogate pair."
            ) from None
    raise UnknownNameError("meta-prompt", name, META_PROMPTS, hint="A custom meta-prompt is a whole sentence.")


def bootstrapped_meta_prompts(texts: Iterable[str]) -> list[MetaPrompt]:
    """Return meta-prompts for the distinct texts that an engine wrote."""
    return [MetaPrompt(_content_id("bootstrap", text), text) for text in dict.fromkeys(texts)]


def _content_id(prefix: str, text: str) -> str:
    return f"{prefix}/{xxh3_64_hexdigest(text.strip().encode())[:8]}"
