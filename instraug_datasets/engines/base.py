"""The engine protocol. Engines complete requests and do not know about tasks, filters or pools."""

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
    """A request to rewrite an instruction.

    Attributes:
        system: The system prompt with the meta-prompt.
        text: The instruction to rewrite, with masked placeholders.
        examples: Few-shot examples: pairs (instruction, rewriting).
        temperature: Sampling temperature; 0 is greedy decoding, and the paper's single mode uses 0.6.
        top_p: Nucleus sampling threshold.
        max_tokens: Maximum length of the completion, in tokens.
        sample: Number that distinguishes otherwise equal requests, from 0; the only source of variation for
            deterministic engines.

    Example:
        >>> Request(system="Rewrite the instruction.", text="Describe {region}.", temperature=0.7)
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
        """32 hexadecimal digits derived from the content; equal requests have equal keys in every process."""
        content = json.dumps(dataclasses.asdict(self), ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Completion:
    """An engine's reply to a request.

    Attributes:
        key: The request's key.
        text: The unprocessed completion; empty if the request failed.
        error: The error message if the request failed; otherwise None. Failed requests may be retried.
        prompt_tokens, completion_tokens: Token usage; 0 for engines without tokens.
    """

    key: str
    text: str
    error: str | None = None
    prompt_tokens: int = 0
    completion_tokens: int = 0


@runtime_checkable
class Engine(Protocol):
    """The protocol of engines: a name, a model, and `complete`.

    Example:
        >>> engine = load_engine("transformers", model="Qwen/Qwen3-4B-Instruct-2507")
        >>> for completion in engine.complete([Request(system="Rewrite it briefly.", text="Describe the image.")]): ...
    """

    @property
    def name(self) -> str:
        """The engine's name, recorded in pools: `transformers`, `inference`, `grammar`, `mock`."""
        ...

    @property
    def model(self) -> str | None:
        """The model's name as given by the user; None for engines without a model."""
        ...

    def complete(self, requests: Iterable[Request]) -> Iterator[Completion]:
        """Yield one completion per request, in any order, as soon as each is available."""
        ...
