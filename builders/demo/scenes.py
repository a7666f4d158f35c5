"""The scenes of one source; image ids have gaps, and no two splits or sources share any."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from instraug_datasets.hashing import fold

from .random_draws import draw_integer
from .world import Scene, make_scene

__all__ = ["split_scenes"]

_GAP = 24


def split_scenes(
    source: str, split: str, *, splits: Sequence[str], first: int, seed: int, images: int
) -> Iterator[tuple[int, Scene]]:
    """The image ids and scenes of a split of a source; ids start at `first`."""
    for position in range(splits.index(split), images * len(splits), len(splits)):
        number = first + _GAP * position + draw_integer(_GAP, source, "picture id", position)
        yield number, make_scene(fold(seed, source), number)
