"""Pictures of one source, with ids that have gaps and that no two splits, and no two sources, share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from instraug_datasets.hashing import fold

from .random_draws import draw_number
from .world import Scene, scene

__all__ = ["scenes_of"]

_GAP = 24


def scenes_of(
    source: str, split: str, *, splits: Sequence[str], first: int, seed: int, images: int
) -> Iterator[tuple[int, Scene]]:
    """The picture ids of a split of a source, from `first` on, and what each picture shows."""
    for position in range(splits.index(split), images * len(splits), len(splits)):
        number = first + _GAP * position + draw_number(_GAP, source, "picture id", position)
        yield number, scene(fold(seed, source), number)
