"""What is compared, and at which size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

__all__ = ["ARMS", "MAIN_ARMS", "SIZES", "Arm", "Size"]

MAIN_ARMS = ("a", "b", "c")
"""The arms of the main comparison."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """One way to word the examples; every arm takes the same number of steps and sees as many examples.

    Attributes:
        options: What `augment` is given.
        times: How many times more pictures of the demo world there are to train on.
    """

    name: str
    summary: str
    options: Mapping[str, Any] = field(default_factory=dict)
    times: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much is trained.

    Attributes:
        pictures: Pictures of the demo world to train on, each with one example of every task.
        tested: Pictures that are tested, other ones.
        steps, batch: Of the training of one arm and seed.
        width, layers: Of the part that is trained.
        seen_pictures, seen_steps: Pictures and steps from which the picture side is trained, once for all arms.
        seeds, other_seeds: Number of seeds of the arms a, b and c, and of the others.
    """

    name: str
    pictures: int
    tested: int
    steps: int
    batch: int
    width: int
    layers: int
    seen_pictures: int
    seen_steps: int
    seeds: int
    other_seeds: int

    def seeds_of(self, arm: str) -> int:
        """The number of seeds of an arm."""
        return self.seeds if arm in MAIN_ARMS else self.other_seeds


ARMS: Mapping[str, Arm] = MappingProxyType(
    {
        arm.name: arm
        for arm in (
            Arm(name="a", summary="meta instructions only", options={"strategy": "original"}),
            Arm(name="b", summary="one wording of the pool per example, fixed", options={"epoch": 0}),
            Arm(name="c", summary="a fresh wording in every epoch (`cycle`, the default)"),
            Arm(name="a x2", summary="as a, with 2 times the examples", options={"strategy": "original"}, times=2),
            Arm(name="a x4", summary="as a, with 4 times the examples", options={"strategy": "original"}, times=4),
            Arm(name="a x8", summary="as a, with 8 times the examples", options={"strategy": "original"}, times=8),
            Arm(name="c 10", summary="as c, at most 10 instructions per task", options={"max_instructions": 10}),
            Arm(name="c 30", summary="as c, at most 30 instructions per task", options={"max_instructions": 30}),
            Arm(name="c 75", summary="as c, at most 75 instructions per task", options={"max_instructions": 75}),
            Arm(name="c 150", summary="as c, at most 150 instructions per task", options={"max_instructions": 150}),
            Arm(name="uniform", summary="as c, strategy `uniform`", options={"strategy": "uniform"}),
            Arm(name="weighted", summary="as c, strategy `weighted`", options={"strategy": "weighted"}),
            Arm(name="by_origin", summary="as c, strategy `by_origin`", options={"strategy": "by_origin"}),
        )
    }
)
"""The arms by name, in the order in which they are trained and reported."""

SIZES: Mapping[str, Size] = MappingProxyType(
    {
        size.name: size
        for size in (
            Size(
                name="quick",
                pictures=4,
                tested=1,
                steps=2,
                batch=16,
                width=32,
                layers=1,
                seen_pictures=16,
                seen_steps=3,
                seeds=2,
                other_seeds=0,
            ),
            Size(
                name="cpu",
                pictures=300,
                tested=60,
                steps=1500,
                batch=64,
                width=128,
                layers=2,
                seen_pictures=3000,
                seen_steps=500,
                seeds=5,
                other_seeds=3,
            ),
            Size(
                name="gpu",
                pictures=1000,
                tested=300,
                steps=6000,
                batch=256,
                width=256,
                layers=4,
                seen_pictures=20_000,
                seen_steps=4000,
                seeds=10,
                other_seeds=5,
            ),
        )
    }
)
"""The sizes by name: `quick` checks that it runs, `cpu` takes less than an hour on one core."""
