"""What models say: rewritten instructions, and predictions."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from instraug_datasets.engines import Request
from instraug_datasets.engines.inference import _FAILURES, _completion, _failure
from instraug_datasets.evaluation.metrics import METRICS, Reference
from instraug_datasets.expansion.parsing import parse_list, parse_reply
from instraug_datasets.styles import OPTIONS_STYLES, REGION_STYLES
from tests.fuzz.draws import Draws, Surface

__all__ = ["SURFACES"]

_CHATTER = (
    *("Sure, here is the new version: ", "```\n", "- ", "1. ", "**", '"', "<think>", "</think>", "Note: ", "\n\n"),
    *("Instruction: ", "Describe the picture. ", "{question}", "\u201c", "\u201d", "<|im_end|>", "[/INST]", "\r\n"),
)
_ANSWERS = (
    *("The answer is (b).", "a", "yes", "no", "not sure", "(", ")", "10 20 30 40", "-1", "0.5 ", "<bin_3> ", "1e999"),
    *("[1, 2, 3, 4]", '{"bbox_2d": [1, 2, 3, 4]}', ", ", " and ", "A", "\u0663", "9" * 400, "||||"),
)


def check_rewriting(case: tuple[str, str], folder: Path) -> None:
    """An instruction is found in a reply, or nothing; to take it out again changes nothing more."""
    reply, source = case
    parse_reply(reply, source=source)
    parse_list(reply)


def prediction(draws: Draws) -> tuple[str, str, Reference]:
    """A metric, a prediction and what it is compared with."""
    options = tuple(draws.several(lambda: draws.line(*_ANSWERS, most=2), 4))
    reference = Reference(
        target=draws.pick(options) if options and draws.chance(2) else draws.line(*_ANSWERS, most=4),
        answers=tuple(draws.several(lambda: draws.line(*_ANSWERS, most=2), 10)),
        options=options,
        options_style=OPTIONS_STYLES[draws.pick(sorted(OPTIONS_STYLES))],
        region_style=REGION_STYLES[draws.pick(sorted(REGION_STYLES))],
    )
    return draws.pick(sorted(METRICS)), draws.line(*_ANSWERS, *options), reference


def check_prediction(case: tuple[str, str, Reference], folder: Path) -> None:
    """A score lies between 0 and 1."""
    metric, text, reference = case
    verdict = METRICS[metric].judge(text, reference)
    if not 0 <= verdict.score <= 1:
        raise AssertionError(verdict)


def chat_reply(draws: Draws) -> Any:
    """A chat completion of any shape, as an object with attributes."""
    choice = SimpleNamespace(
        finish_reason=draws.pick(("stop", "length", None, 5, "content_filter")),
        message=SimpleNamespace(
            content=draws.pick(("Text.", None, "", draws.anything(), [{"text": draws.anything()}]))
        ),
    )
    whole = SimpleNamespace(
        choices=[choice], usage=draws.pick((None, {}, SimpleNamespace(prompt_tokens=draws.anything())))
    )
    return whole if draws.under(4) else SimpleNamespace(choices=draws.anything())


def check_chat_reply(answer: Any, folder: Path) -> None:
    """A reply is a completion, or one of the failures that a request may have."""
    try:
        completion = _completion(Request(system="s", text="t"), answer)
    except _FAILURES as error:
        _failure(error)
        return
    if not isinstance(completion.text, str) or not isinstance(completion.prompt_tokens, int):
        raise AssertionError(completion)


SURFACES = {
    "rewritings": Surface(
        lambda draws: (draws.line(*_CHATTER, most=20), draws.line(*_CHATTER, most=4)), check_rewriting, 60
    ),
    "predictions of models": Surface(prediction, check_prediction, 60),
    "chat completions": Surface(chat_reply, check_chat_reply, 30),
}
