"""What an engine is: something that completes requests, and knows nothing of tasks, filters or pools."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol, runtime_checkable

__all__ = ["Completion", "Engine", "Request"]


@dataclass(frozen=True)
class Request:
    """One thing to complete.

    Attributes:
        system: The rewriting order.
        text: The instruction to rewrite, its placeholders masked.
        examples: Pairs (instruction, rewriting) that show a model without chat training what is wanted.
        temperature: 0 takes the likeliest token; the paper's single mode has 0.6.
        top_p: The share of probability that tokens are drawn from.
        max_tokens: The longest completion, in tokens.
        sample: Numbers the requests that are otherwise equal, from 0; a deterministic engine's only source of chance.
    """

    system: str
    text: str
    examples: tuple[tuple[str, str], ...] = ()
    temperature: float = 0.6
    top_p: float = 0.9
    max_tokens: int = 256
    sample: int = 0

    @cached_property
    def key(self) -> str:
        """32 hexadecimal digits that identify the content; equal requests have equal keys in every process."""
        content = json.dumps(dataclasses.asdict(self), ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Completion:
    """What an engine made of a request.

    Attributes:
        key: The request's key.
        text: The completion, as the engine gave it; empty where it failed.
        error: Why it failed; None where it did not. A failed request may be asked again.
        prompt_tokens, completion_tokens: What it cost; 0 where there are no tokens.
    """

    key: str
    text: str
    error: str | None = None
    prompt_tokens: int = 0
    completion_tokens: int = 0


@runtime_checkable
class Engine(Protocol):
    """Completes requests; the one method that an engine has to have."""

    @property
    def name(self) -> str:
        """The engine's name in pools: `transformers`, `inference`, `grammar`, `mock`."""
        ...

    @property
    def model(self) -> str | None:
        """What it runs, as the user named it; None where there is no model."""
        ...

    def complete(self, requests: Iterable[Request]) -> Iterator[Completion]:
        """One completion for each request, in any order, each as soon as it is there."""
        ...
