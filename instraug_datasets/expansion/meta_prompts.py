"""Meta-prompts: what is said to a model to make it rewrite an instruction.

Direct ones are declared in `meta_prompts.yaml`; bootstrapped ones are written by the engine itself. An own order, any
sentence, may stand wherever an id may.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml
from xxhash import xxh3_64_hexdigest

from ..errors import UnknownNameError

__all__ = ["FRAMES", "META_PROMPTS", "MetaPrompt", "bootstrapped", "resolve"]


@dataclass(frozen=True, slots=True)
class MetaPrompt:
    """A rewriting order.

    Attributes:
        name: Its id; what a pool's column `meta_prompt` holds.
        order: The order itself.
    """

    name: str
    order: str


def _read() -> Mapping[str, Any]:
    document: Mapping[str, Any] = yaml.safe_load(
        Path(__file__).with_name("meta_prompts.yaml").read_text(encoding="utf-8")
    )
    return document


_BANK = _read()

META_PROMPTS: Mapping[str, MetaPrompt] = MappingProxyType(
    {name: MetaPrompt(name, order) for name, order in _BANK["direct"].items()}
)
"""The direct meta-prompts by id."""

FRAMES: Mapping[str, str] = MappingProxyType({name: text for name, text in _BANK.items() if isinstance(text, str)})
"""The sentences that orders are put into."""


def resolve(name: str) -> MetaPrompt:
    """The meta-prompt of that id; a text with a space in it is an order itself.

    Raises:
        UnknownNameError: It is neither.
    """
    if name in META_PROMPTS:
        return META_PROMPTS[name]
    if " " in name.strip():
        return MetaPrompt(_made_name("own", name), name.strip())
    raise UnknownNameError("meta-prompt", name, META_PROMPTS, hint="An order of your own is a whole sentence.")


def bootstrapped(orders: Iterable[str]) -> list[MetaPrompt]:
    """Meta-prompts from the orders that an engine wrote, each once."""
    return [MetaPrompt(_made_name("bootstrap", order), order) for order in dict.fromkeys(orders)]


def _made_name(kind: str, order: str) -> str:
    return f"{kind}/{xxh3_64_hexdigest(order.strip().encode())[:8]}"
