"""Targets beside the options that their prompts show: kept, given the key of a new place, or refused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ..errors import ExampleError
from ..option_order import is_key, keeps_order, shown_target
from .option_columns import Choices, rows_without

__all__ = ["Answers", "answer", "answer_column"]


class Answers(NamedTuple):
    """What may become of targets.

    Attributes:
        shuffled: Whether the options of the prompt are shuffled.
        checked: Whether a target must be one of the options, several of them, or a key.
        shown: Whether targets are shown with the prompts, so that keys can follow; the data's column stays as it is.
    """

    shuffled: bool
    checked: bool
    shown: bool


def answer(target: str, options: Sequence[str], order: Sequence[int], answers: Answers) -> str:
    """The target for options that are shown in this order.

    Raises:
        ExampleError: It is none of the options, or a key that cannot follow them.
    """
    found = shown_target(target, options, order)
    if found is None and answers.checked:
        raise ExampleError(
            f"the target {target!r} is none of the options {list(options)!r}, nor several of them, nor the key of one "
            "(a letter, or a number from 1); check_targets=False allows any text."
        )
    if answers.shuffled and not answers.shown and is_key(target, options) and not keeps_order(options):
        raise ExampleError(
            f"the target {target!r} is the key of an option, and the options are shuffled: output='messages' and "
            "output='prompt_completion' give it the key that the prompt shows, shuffle_options=False keeps the order."
        )
    return target if found is None else found


def answer_column(
    targets: pa.StringArray, choices: Choices, shown: npt.NDArray[np.bool_], answers: Answers
) -> pa.StringArray:
    """The target of every row.

    Args:
        shown: Which rows show their options.
    """
    rows = [row for row in rows_without(choices, targets).tolist() if shown[row]]
    if not rows:
        return targets
    # Few targets are not the text of an option, unless all are keys.
    changed = [answer(targets[row].as_py(), *choices.row(row), answers) for row in rows]
    places = np.arange(len(targets))
    places[rows] = len(targets) + np.arange(len(rows))
    return pa.concat_arrays([targets, pa.array(changed, pa.string())]).take(pa.array(places))
