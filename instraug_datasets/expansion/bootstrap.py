"""Bootstrapped meta-prompts: the engine writes rewriting orders, which are then used like direct ones."""

from __future__ import annotations

from ..engines import Request
from ..errors import EngineError
from .completions import Asker
from .config import Config
from .meta_prompts import MetaPrompt, bootstrapped, resolve
from .parsing import parse_list
from .request_texts import bootstrap_order, bootstrap_text

__all__ = ["all_meta_prompts"]

_TRIES = 4
_TEMPERATURE = 0.8
_WORDS = range(3, 40)


def all_meta_prompts(config: Config, asker: Asker) -> tuple[list[MetaPrompt], list[MetaPrompt]]:
    """The orders that the engine wrote, and all orders of a run.

    Raises:
        EngineError: The engine wrote no usable order, and there are no others.
    """
    written = bootstrapped(_write(config, asker))[: config.bootstrap]
    every = [*map(resolve, config.meta_prompts), *written]
    if not every:
        raise EngineError("The engine wrote no usable rewriting order; name some direct meta-prompts.")
    return written, every


def _write(config: Config, asker: Asker) -> list[str]:
    """Orders from as few requests as it takes."""
    orders: dict[str, None] = {}
    for sample in range(_TRIES):
        if len(orders) >= config.bootstrap:
            break
        (completion,) = asker.ask([_request(config, sample)])
        orders |= dict.fromkeys(order for order in parse_list(completion.text) if _is_order(order))
    return list(orders)


def _request(config: Config, sample: int) -> Request:
    return Request(
        system=bootstrap_order(),
        text=bootstrap_text(config.bootstrap),
        temperature=_TEMPERATURE,
        top_p=config.top_p,
        max_tokens=40 * config.bootstrap + 100,
        sample=sample,
    )


def _is_order(text: str) -> bool:
    return len(text.split()) in _WORDS and "{" not in text and "\ufffd" not in text
