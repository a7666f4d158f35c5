"""The settings of an expansion run."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import SettingError, UnknownNameError, shown
from ..filters import FILTERS
from .masking import MASK_STYLES
from .meta_prompts import META_PROMPTS, resolve_meta_prompt

__all__ = ["LENGTH_RATIOS", "REFERENCES", "Config"]

LENGTH_RATIOS: Mapping[str, tuple[float, float]] = {"research": (0.5, 1.5), "released": (0.0, 2.0)}
"""Published bounds by name: of the paper's research code, and of the code released with it."""

REFERENCES = ("origin", "parent")


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The settings of an expansion run.

    Attributes:
        target: Number of instructions per meta instruction, including the meta instruction; None keeps the result of
            one pass over the plan.
        rounds: Rewriting depth: 1 rewrites the meta instructions, 2 also rewrites the accepted variants.
        max_rounds: Maximum number of rounds until the target is reached.
        meta_prompts: Ids of declared meta-prompts, or custom ones as sentences; one that is listed n times is sampled n
            times.
        bootstrap: Number of additional meta-prompts that the engine is asked to write.
        temperatures: Sampling temperatures; each meta-prompt is used at each of them.
        top_p: Nucleus sampling threshold.
        max_tokens: Maximum length of a completion, in tokens.
        num_few_shot_examples: Number of example rewritings sent with each request.
        masks: `names` masks a placeholder by its own name, `letters` by a letter.
        repairs: Number of retries for a reply with missing, repeated or unknown masks.
        overgenerate: Replies requested per missing instruction, before correcting for the acceptance rate.
        keep_best: Whether to drop variants beyond the target, lowest score first.
        filters: The filters that a candidate must pass, in order.
        length_ratio: Exclusive bounds of the candidate's length divided by its reference's, or the name of published
            bounds: `research` or `released`.
        length_reference: Compare the length with the meta instruction (`origin`) or with the rewritten instruction
            (`parent`).
        length_slack: Difference in words that is always allowed.
        count_placeholders: Whether placeholders count as words.
        near_duplicate: Levenshtein similarity from which two instructions count as duplicates, 0 to 1.
        max_likeness: Jaccard index of the words of two instructions up to which they count as different wordings, 0 to
            1; labels, the word for the picture, case, punctuation and order do not count.
        similarity: Minimum cosine similarity of a candidate's sentence embedding to its meta instruction's, -1 to 1.
        encoder: Folder or Hub id of a sentence encoder; None uses all-MiniLM-L6-v2 from the extra `expand`.
        include_eval: Whether to expand evaluation tasks; otherwise the pool has only their meta instructions.
        seed: Determines the order of the requests.

    Example:
        >>> config = Config(target=10, temperatures=(0.5, 0.9))
        >>> expansion = run(select_tasks("multiinstruct"), engine, config)
    """

    target: int | None = 30
    rounds: int = 1
    max_rounds: int = 8
    meta_prompts: tuple[str, ...] = tuple(META_PROMPTS)
    bootstrap: int = 0
    temperatures: tuple[float, ...] = (0.7,)
    top_p: float = 0.9
    max_tokens: int = 256
    num_few_shot_examples: int = 6
    masks: str = "names"
    repairs: int = 1
    overgenerate: float = 1.5
    keep_best: bool = False
    filters: tuple[str, ...] = tuple(name for name, row in FILTERS.items() if not row.needs_encoder)
    length_ratio: tuple[float, float] = (0.4, 2.5)
    length_reference: str = "origin"
    length_slack: int = 4
    count_placeholders: bool = False
    near_duplicate: float = 0.96
    max_likeness: float = 0.8
    similarity: float = 0.6
    encoder: str | None = None
    include_eval: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        # YAML files give lists; users may give the name of published bounds.
        for name in ("meta_prompts", "temperatures", "filters"):
            object.__setattr__(self, name, _to_tuple(name, getattr(self, name)))
        object.__setattr__(self, "length_ratio", _parse_bounds(self.length_ratio))
        _check_numbers(self)
        for kind, names, known in (
            ("filter", self.filters, FILTERS),
            ("mask style", (self.masks,), MASK_STYLES),
            ("length_reference", (self.length_reference,), REFERENCES),
        ):
            for name in names:
                if not isinstance(name, str) or name not in known:
                    raise UnknownNameError(kind, name, known)
        for name in self.meta_prompts:
            if not isinstance(name, str):
                raise SettingError(f"meta_prompts must list ids or sentences, but got {shown(name)}.")
            resolve_meta_prompt(name)
        if not self.meta_prompts and not self.bootstrap:
            raise SettingError("No meta-prompts are configured: list some in meta_prompts, or set bootstrap.")

    @classmethod
    def from_dict(cls, settings: Mapping[str, Any], *, where: str = "the settings") -> Config:
        """Create a config from these settings; the others keep their defaults.

        Args:
            where: Origin of the settings, for error messages.

        Raises:
            UnknownNameError: Raised if a setting is unknown.
        """
        known = [field.name for field in dataclasses.fields(cls)]
        for name in settings:
            if name not in known:
                raise UnknownNameError("setting", name, known, hint=f"Found in {where}.")
        return cls(**settings)

    def to_dict(self) -> dict[str, Any]:
        """Return all settings as plain data for YAML and JSON."""
        return {
            name: list(value) if isinstance(value, tuple) else value for name, value in dataclasses.asdict(self).items()
        }


def _to_tuple(name: str, value: Any) -> tuple[Any, ...]:
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise SettingError(f"{name} must be a list, but got {shown(value)}.")
    return tuple(value)


def _parse_bounds(value: Any) -> tuple[float, float]:
    if isinstance(value, str):
        if value not in LENGTH_RATIOS:
            raise UnknownNameError("length ratio", value, LENGTH_RATIOS)
        return LENGTH_RATIOS[value]
    try:
        low, high = map(float, value)
    except (TypeError, ValueError, OverflowError):
        low, high = 1.0, 0.0
    if not 0 <= low < high:
        raise SettingError(f"length_ratio must be two numbers, 0 <= low < high, but got {shown(value)}.")
    return low, high


_WHOLE = frozenset(
    {"target", "rounds", "max_rounds", "bootstrap", "max_tokens", "num_few_shot_examples", "repairs", "length_slack"}
)


def _check_numbers(config: Config) -> None:
    for name, low, high in (
        ("target", 1, 1_000_000),
        ("rounds", 1, 1000),
        ("max_rounds", 1, 1000),
        ("bootstrap", 0, 100),
        ("top_p", 0, 1),
        ("max_tokens", 1, 1_000_000),
        ("num_few_shot_examples", 0, 1000),
        ("repairs", 0, 100),
        ("length_slack", 0, 1_000_000),
        ("overgenerate", 1, 1000),
        ("near_duplicate", 0, 1),
        ("max_likeness", 0, 1),
        ("similarity", -1, 1),
    ):
        value = getattr(config, name)
        if value is not None or name != "target":
            _check_number(name, value, low=low, high=high)
    if not config.temperatures:
        raise SettingError("temperatures must hold at least one temperature, for example 0.7.")
    for temperature in config.temperatures:
        _check_number("temperature", temperature, low=0, high=5)
    if config.max_rounds < config.rounds:
        raise SettingError(f"max_rounds must be at least rounds ({config.rounds}), but got {config.max_rounds}.")


def _check_number(name: str, value: object, *, low: float, high: float) -> None:
    kind, words = (int, "a whole number") if name in _WHOLE else (int | float, "a number")
    if not isinstance(value, kind) or isinstance(value, bool) or not low <= value <= high:
        raise SettingError(f"{name} must be {words} from {low} to {high}, but got {shown(value)}.")
