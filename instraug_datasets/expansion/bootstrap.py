"""Bootstrapped meta-prompts: written by the engine itself, then used like the declared ones."""

from __future__ import annotations

from ..engines import Request
from ..errors import EngineError
from .completions import CompletionClient
from .config import Config
from .meta_prompts import MetaPrompt, bootstrapped_meta_prompts, resolve_meta_prompt
from .parsing import parse_list
from .request_texts import bootstrap_request_text, bootstrap_system_prompt

__all__ = ["collect_meta_prompts"]

_MAX_REQUESTS = 4
_TEMPERATURE = 0.8
_ALLOWED_WORDS = range(3, 40)


def collect_meta_prompts(config: Config, client: CompletionClient) -> tuple[list[MetaPrompt], list[MetaPrompt]]:
    """Return the meta-prompts that the engine wrote, and all meta-prompts of the run.

    Raises:
        EngineError: Raised if the engine wrote no usable meta-prompt and none is configured.
    """
    written = bootstrapped_meta_prompts(_write(config, client))[: config.bootstrap]
    meta_prompts = [*map(resolve_meta_prompt, config.meta_prompts), *written]
    if not meta_prompts:
        raise EngineError("The engine wrote no usable meta-prompt; list some in meta_prompts.")
    return written, meta_prompts


def _write(config: Config, client: CompletionClient) -> list[str]:
    """Ask the engine for meta-prompts, with as few requests as possible."""
    texts: dict[str, None] = {}
    for sample in range(_MAX_REQUESTS):
        if len(texts) >= config.bootstrap:
            break
        (completion,) = client.complete([_request(config, sample)])
        texts |= dict.fromkeys(text for text in parse_list(completion.text) if _is_usable(text))
    return list(texts)


def _request(config: Config, sample: int) -> Request:
    return Request(
        system=bootstrap_system_prompt(),
        text=bootstrap_request_text(config.bootstrap),
        temperature=_TEMPERATURE,
        top_p=config.top_p,
        max_tokens=40 * config.bootstrap + 100,
        sample=sample,
    )


def _is_usable(text: str) -> bool:
    return len(text.split()) in _ALLOWED_WORDS and "{" not in text and "\ufffd" not in text
