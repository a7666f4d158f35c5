"""Examples as a wording shows them: the prompt, and what a prediction is compared with."""

from __future__ import annotations

from collections.abc import Mapping, Sized
from dataclasses import dataclass, field
from typing import Any, TypedDict

from ..conditions import needs_of
from ..errors import ExampleError
from ..instructions import Instruction
from ..pool import InstructionPool
from ..stream import InstructionAugmenter
from ..stream.fields import facts_of, options_of, restyled
from ..styles import OptionsStyle, RegionStyle
from .metrics import Reference

__all__ = ["IMAGE_MARKER", "RenderingOptions", "ShownWording"]

IMAGE_MARKER = "<image>"


class RenderingOptions(TypedDict, total=False):
    """How prompts are rendered; `stream.Settings` has the meanings and defaults."""

    options_style: str | OptionsStyle
    region_style: str | RegionStyle
    columns: Mapping[str, str] | None
    task: str | None
    shuffle_options: bool
    system: str | None


@dataclass(frozen=True, slots=True)
class ShownWording:
    """One wording, ready to be rendered over examples of its task.

    Attributes:
        seed: Determines the order of options.
        options: How prompts are rendered.
    """

    instruction: Instruction
    seed: int = 0
    options: RenderingOptions = field(default_factory=RenderingOptions)
    augmenter: InstructionAugmenter = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        pool = InstructionPool.from_instructions([self.instruction])
        augmenter = InstructionAugmenter(
            pool, seed=self.seed, epoch=0, output="prompt_completion", option_order=True, **self.options
        )
        object.__setattr__(self, "augmenter", augmenter)

    def render(self, example: Mapping[str, Any]) -> dict[str, Any]:
        """The example with `prompt`, a text, `messages`, the turns up to the answer, and `instruction_id`.

        Raises:
            ExampleError: Raised if the wording does not fit the example, or the example cannot be rendered.
        """
        shown = self.augmenter(example)
        return {**shown, "prompt": _text(shown["prompt"]), "messages": shown["prompt"]}

    def reference(self, example: Mapping[str, Any]) -> Reference:
        """What predictions for the example are compared with; pictures are not needed.

        Raises:
            ExampleError: Raised like by `render`, and if the example has neither a target nor answers.
        """
        self._check_fit(example)
        shown = self.augmenter(example)
        answers = tuple(self._field(example, "answers") or ())
        target = shown["completion"][0]["content"][0]["text"] if shown["completion"] else None
        if target is None and not answers:
            raise ExampleError(f"Example {self._field(example, 'unique_id')!r}: it has neither a target nor answers.")
        styles = self.augmenter.settings.field_styles
        return Reference(
            target=answers[0] if target is None else target,
            answers=answers,
            options=self._shown_options(example, shown["option_order"]),
            options_style=styles.options,
            region_style=styles.region,
            example=example,
        )

    def _shown_options(self, example: Mapping[str, Any], order: list[int] | None) -> tuple[str, ...]:
        options = options_of(self._field(example, "options"))
        styles, facts = self.augmenter.settings.field_styles, facts_of(self._field(example, "meta"))
        # A wording that does not show the options still asks for one of them.
        places = range(len(options)) if order is None else order
        return tuple(restyled("options", options[place], styles, facts) or "" for place in places)

    def _check_fit(self, example: Mapping[str, Any]) -> None:
        """Say which field is why a wording does not fit, as an augmenter with a whole pool has no reason to."""
        one = self.instruction
        needs = needs_of(one.text, label_pairs=one.label_pairs, absent_fields=one.absent_fields)
        for names, has, problem in (
            (needs.fields, False, "no {!r}, which the wording shows"),
            (needs.absent, True, "a {!r}, which the wording does not show"),
        ):
            for name in sorted(names):
                value = self._field(example, name)
                filled = value is not None and not (isinstance(value, Sized) and not len(value))
                if filled is has:
                    raise ExampleError(f"Example {self._field(example, 'unique_id')!r}: it has {problem.format(name)}.")

    def _field(self, example: Mapping[str, Any], name: str) -> Any:
        return example.get((self.options.get("columns") or {}).get(name, name))


def _text(turns: list[dict[str, Any]]) -> str:
    """The user's turn as text; pictures in front of it are left out, those inside it are marked."""
    parts = turns[-1]["content"]
    first = next((place for place, part in enumerate(parts) if part["type"] == "text"), 0)
    return "".join(part["text"] if part["type"] == "text" else IMAGE_MARKER for part in parts[first:])
