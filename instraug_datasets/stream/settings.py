"""The options of `augment` and `InstructionAugmenter`: names, types and defaults, stated here and nowhere else."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, TypedDict, TypeVar

from ..axes import checked_styles, select
from ..errors import SettingError, UnknownNameError, shown
from ..pool import InstructionPool
from ..records import FEATURES
from ..samplers import STRATEGIES
from ..styles import OPTIONS_STYLES, REGION_STYLES, OptionsStyle, RegionStyle, style
from .fields import Styles

__all__ = ["HISTORIES", "OUTPUTS", "AugmenterOptions", "Settings", "check_epoch", "check_mapped", "shows_options"]

OUTPUTS = ("prompt", "messages", "prompt_completion")
"""A text, a list of turns, or two lists of turns: those up to the answer, and the answer. The latter two are the
conversational formats of TRL for a loss on all turns, and for one on answers only."""

HISTORIES = ("text", "turns")
"""Where the earlier questions and answers of a dialogue stand: in the prompt, or as turns of user and assistant."""

Function = TypeVar("Function", bound=Callable[..., Any])


class AugmenterOptions(TypedDict, total=False):
    """The options as keyword arguments, for type checkers and editors; `Settings` has their meanings and defaults."""

    seed: int
    strategy: str
    output: str
    options_style: str | OptionsStyle
    region_style: str | RegionStyle
    columns: Mapping[str, str] | None
    task: str | None
    styles: Mapping[str, str | Sequence[str]] | None
    max_instructions: int | None
    meta_probability: float
    epoch: int | None
    shuffle_options: bool
    check_targets: bool
    option_order: bool
    system: str | None
    history: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How prompts are made; together with the pool they determine every prompt.

    Attributes:
        seed: Changes every choice.
        strategy: `cycle`, `uniform`, `weighted`, `by_origin` or `original`; see `samplers.STRATEGIES`.
        output: What is added beside `instruction_id`, see `outputs.OUTPUTS`: the text `prompt`; or chat turns with the
            places of the pictures, as processors of vision-language models and TRL take them, either whole as
            `messages` or, for a loss on answers only, as `prompt` and `completion` (`prompt_completion`).
        options_style: `multiinstruct`, `letters`, `numbers` or `bullets`, or a `styles.OptionsStyle`.
        region_style: `pixels`, `normalized_1000`, `ofa_bins`, `qwen2.5_vl` or `qwen3_vl`, or a `styles.RegionStyle`.
            With a text prompt any but pixels adds `completion`: the target with its boxes in the same style.
        columns: The data's names for our columns where they differ: `{"question": "q", "unique_id": "id"}`.
        task: The task of every example, for data without a column `task`.
        styles: The instructions to draw from, by axis of style: `{"form": "question", "length": ["short", "medium"]}`;
            None for all. See `axes.AXES`.
        max_instructions: At most so many instructions a task; None for all.
        meta_probability: The share of meta instructions under the strategy `weighted`.
        epoch: The one epoch to render, whatever `set_epoch` says, as evaluation needs it; None to follow `set_epoch`
            from epoch 0.
        shuffle_options: Whether options come in a new order in every epoch. Those about all others come last, lists
            that name each other by key keep their order, and a target that is a key follows.
        check_targets: Whether a target must be among the options that its prompt shows: one, several, or a key.
        option_order: Whether to add `option_order`: for each option shown, its place in the data, from 0.
        system: What a first turn of the system says; only with chat turns.
        history: `text` shows the history of a dialogue in the prompt; `turns`, only with chat turns, makes each earlier
            question and answer a turn of its own, to which the prompt refers where its instruction shows the history.
    """

    seed: int = 0
    strategy: str = "cycle"
    output: str = "prompt"
    options_style: str | OptionsStyle = "multiinstruct"
    region_style: str | RegionStyle = "pixels"
    columns: Mapping[str, str] | None = None
    task: str | None = None
    styles: Mapping[str, str | Sequence[str]] | None = None
    max_instructions: int | None = None
    meta_probability: float = 0.5
    epoch: int | None = None
    shuffle_options: bool = True
    check_targets: bool = True
    option_order: bool = False
    system: str | None = None
    history: str = "text"

    def __post_init__(self) -> None:
        if self.output not in OUTPUTS:
            raise UnknownNameError("output", self.output, OUTPUTS)
        if self.history not in HISTORIES:
            raise UnknownNameError("history", self.history, HISTORIES)
        if self.history == "turns" and self.output == "prompt":
            raise SettingError("history='turns' needs output='messages' or output='prompt_completion'.")
        _ = self.field_styles  # Refuses unknown names.
        if self.styles is not None:
            checked_styles(self.styles)
        for name in ("shuffle_options", "check_targets", "option_order"):
            if not isinstance(getattr(self, name), bool):
                raise SettingError(f"{name} must be True or False, but got {shown(getattr(self, name))}.")
        if not isinstance(self.system, str | None):
            raise SettingError(f"system must be text, or None for no such turn, but got {shown(self.system)}.")
        if self.system is not None and self.output == "prompt":
            raise SettingError("system= is a chat turn: it needs output='messages' or output='prompt_completion'.")
        if not isinstance(self.task, str | None):
            raise SettingError(
                f"task must be the name of a task, or None for a column of the data, but got {shown(self.task)}."
            )
        if not isinstance(self.columns, Mapping | None):
            raise SettingError(f"columns must map our names to the data's, but got {shown(self.columns)}.")
        for name, theirs in (self.columns or {}).items():
            if not isinstance(theirs, str):
                raise SettingError(f"columns[{name!r}] must be the name of a column, but got {shown(theirs)}.")
            if name not in FEATURES:
                raise UnknownNameError("column", name, FEATURES, hint="columns= maps our names to the data's.")
        if self.epoch is not None:
            check_epoch(self.epoch)

    @property
    def field_styles(self) -> Styles:
        """How lists are written."""
        region = style("region style", self.region_style, REGION_STYLES)
        options = style("options style", self.options_style, OPTIONS_STYLES)
        return Styles(options, region, region.is_plain, self.history == "turns")

    def selected(self, pool: InstructionPool) -> InstructionPool:
        """The instructions of a pool that are drawn from: those of `styles`, of the kind that the strategy draws.

        Raises:
            PoolError: None is left.
        """
        if self.styles is None:
            return pool
        return select(pool, self.styles, only_metas=STRATEGIES[self.strategy].only_metas)

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Settings:
        """The settings with these options.

        Raises:
            UnknownNameError: An option, or a name that one of them gives, is unknown.
            SettingError: The epoch is not a whole number from 0.
        """
        known = [field.name for field in fields(cls)]
        for name in options:
            if name not in known:
                raise UnknownNameError("option", name, known)
        return cls(**options)

    def changed(self) -> dict[str, Any]:
        """The options that differ from their defaults: what pickles and fingerprints contain.

        An option added in a later version does not change the fingerprint of data made without it.
        """
        values = {field.name: (getattr(self, field.name), field.default) for field in fields(self)}
        changed = {name: value for name, (value, default) in values.items() if value != default}
        if self.columns is not None:
            changed["columns"] = dict(sorted(self.columns.items()))
        if self.styles is not None:
            changed["styles"] = checked_styles(self.styles)
        return changed


def check_epoch(epoch: int) -> int:
    """`epoch`, if it is a whole number from 0 that shared memory can hold.

    Raises:
        SettingError: Raised if it is not.
    """
    if not isinstance(epoch, int) or isinstance(epoch, bool) or not 0 <= epoch < 2**64:
        raise SettingError(f"An epoch must be a whole number from 0 to 2**64 - 1, but got {shown(epoch)}.")
    return epoch


def check_mapped(columns: Mapping[str, str], known: Collection[str]) -> None:
    """Refuse a column that the data do not have: without its pictures or target, an example would be rendered as well.

    Missing ids have an error of their own.

    Raises:
        UnknownNameError: Raised if one of `columns` is not among the known ones.
    """
    for ours, theirs in columns.items():
        if theirs not in known and ours != "unique_id":
            raise UnknownNameError("column", theirs, known, hint=f"columns= names it for {ours!r}.")


def shows_options(function: Function) -> Function:
    """Let `help()` and `inspect.signature` show each option and its default in place of `**options`."""
    signature = inspect.signature(function)
    own = [each for each in signature.parameters.values() if each.kind is not inspect.Parameter.VAR_KEYWORD]
    options = [
        inspect.Parameter(field.name, inspect.Parameter.KEYWORD_ONLY, default=field.default, annotation=field.type)
        for field in fields(Settings)
    ]
    function.__signature__ = signature.replace(parameters=[*own, *options])  # type: ignore[attr-defined]
    return function
