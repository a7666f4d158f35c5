"""The settings of a run: one frozen object, written beside what the run makes."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import SettingError, UnknownNameError
from ..filters import FILTERS
from .masking import MASKS
from .meta_prompts import META_PROMPTS, resolve

__all__ = ["LENGTH_RATIOS", "REFERENCES", "Config"]

LENGTH_RATIOS: Mapping[str, tuple[float, float]] = {"research": (0.5, 1.5), "released": (0.0, 2.0)}
"""The bounds that were published: in the paper's research code, and in the code released with it."""

REFERENCES = ("origin", "parent")


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """How instructions are expanded.

    Attributes:
        target: How many instructions there are to be for each meta instruction of a task, itself included; None keeps
            whatever one pass over the plan gives.
        rounds: How deep rewriting goes: 1 rewrites the meta instructions; with 2, what passed is rewritten once more.
        max_rounds: How often the engine may be asked for more until the target is reached.
        meta_prompts: Ids of direct meta-prompts or own orders; one that is named n times is asked n times.
        bootstrap: How many rewriting orders the engine is asked to write, to be used beside `meta_prompts`.
        temperatures: Each meta-prompt is asked at each temperature.
        top_p: The share of probability that tokens are drawn from.
        max_tokens: The longest reply, in tokens.
        shots: How many example rewritings go with a request, for engines that want them.
        masks: Masks that carry meaning (`names`) or not (`letters`).
        repairs: How often an engine may correct a lost or doubled mask.
        overgenerate: How many replies are asked for each instruction that is still missing, at full acceptance.
        keep_best: Whether what exceeds the target is dropped, lowest score first.
        filters: The filters a candidate has to pass, in order.
        length_ratio: A candidate's length over its reference's lies strictly between these; or the name of published
            bounds, `research` or `released`.
        length_reference: Whether length is compared with the meta instruction (`origin`) or with what was rewritten
            (`parent`).
        length_slack: So many words more or less are no matter, whatever the ratio.
        count_slots: Whether placeholders count as words.
        near_duplicate: From this share of equal characters on, two wordings are the same.
        similarity: The least cosine between the sentence embeddings of a candidate and its meta instruction.
        encoder: A sentence encoder's folder or Hub id; None takes the one of the extra `expand`.
        include_eval: Whether evaluation tasks are expanded too; else the pool has their meta instructions only.
        seed: Changes the order of requests, and with it what is asked first.
    """

    target: int | None = 30
    rounds: int = 1
    max_rounds: int = 8
    meta_prompts: tuple[str, ...] = tuple(META_PROMPTS)
    bootstrap: int = 0
    temperatures: tuple[float, ...] = (0.7,)
    top_p: float = 0.9
    max_tokens: int = 256
    shots: int = 6
    masks: str = "names"
    repairs: int = 1
    overgenerate: float = 1.5
    keep_best: bool = False
    filters: tuple[str, ...] = tuple(name for name, row in FILTERS.items() if not row.needs_encoder)
    length_ratio: tuple[float, float] = (0.4, 2.5)
    length_reference: str = "origin"
    length_slack: int = 4
    count_slots: bool = False
    near_duplicate: float = 0.96
    similarity: float = 0.6
    encoder: str | None = None
    include_eval: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        # Lists come from YAML files, names of published bounds from users.
        for name in ("meta_prompts", "temperatures", "filters"):
            object.__setattr__(self, name, _listed(name, getattr(self, name)))
        object.__setattr__(self, "length_ratio", _bounds(self.length_ratio))
        _check_numbers(self)
        for kind, names, known in (
            ("filter", self.filters, FILTERS),
            ("kind of masks", (self.masks,), MASKS),
            ("length_reference", (self.length_reference,), REFERENCES),
        ):
            for name in names:
                if name not in known:
                    raise UnknownNameError(kind, name, known)
        for name in self.meta_prompts:
            resolve(name)
        if not self.meta_prompts and not self.bootstrap:
            raise SettingError("There are no meta-prompts: name some in meta_prompts, or set bootstrap.")

    @classmethod
    def from_dict(cls, settings: Mapping[str, Any], *, where: str = "the settings") -> Config:
        """The config with these settings, others at their defaults.

        Raises:
            UnknownNameError: A setting does not exist; the message names `where`.
        """
        known = [field.name for field in dataclasses.fields(cls)]
        for name in settings:
            if name not in known:
                raise UnknownNameError("setting", name, known, hint=f"It stands in {where}.")
        return cls(**settings)

    def to_dict(self) -> dict[str, Any]:
        """All settings, as YAML and JSON can hold them."""
        return {
            name: list(value) if isinstance(value, tuple) else value for name, value in dataclasses.asdict(self).items()
        }


def _listed(name: str, value: Any) -> tuple[Any, ...]:
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise SettingError(f"{name} must be a list, but got {value!r}.")
    return tuple(value)


def _bounds(value: Any) -> tuple[float, float]:
    if isinstance(value, str):
        if value not in LENGTH_RATIOS:
            raise UnknownNameError("length ratio", value, LENGTH_RATIOS)
        return LENGTH_RATIOS[value]
    try:
        low, high = map(float, value)
    except (TypeError, ValueError):
        low, high = 1.0, 0.0
    if not 0 <= low < high:
        raise SettingError(f"length_ratio must be two numbers, 0 <= low < high, but got {value!r}.")
    return low, high


def _check_numbers(config: Config) -> None:
    for name, low, high in (
        ("target", 1, None),
        ("rounds", 1, None),
        ("max_rounds", 1, None),
        ("bootstrap", 0, 100),
        ("top_p", 0, 1),
        ("max_tokens", 1, None),
        ("shots", 0, None),
        ("repairs", 0, None),
        ("length_slack", 0, None),
        ("overgenerate", 1, None),
        ("near_duplicate", 0, 1),
        ("similarity", -1, 1),
    ):
        value = getattr(config, name)
        if value is not None:
            _check_number(name, value, low=low, high=high)
    if not config.temperatures:
        raise SettingError("temperatures must name at least one temperature, for example 0.7.")
    for temperature in config.temperatures:
        _check_number("a temperature", temperature, low=0, high=5)
    if config.max_rounds < config.rounds:
        raise SettingError(f"max_rounds must be at least rounds ({config.rounds}), but got {config.max_rounds}.")


def _check_number(name: str, value: object, *, low: float, high: float | None) -> None:
    good = isinstance(value, int | float) and not isinstance(value, bool) and low <= value
    if not good or (high is not None and value > high):  # type: ignore[operator]  # a number, by the line above
        upper = "" if high is None else f" and at most {high}"
        raise SettingError(f"{name} must be a number of at least {low}{upper}, but got {value!r}.")
