"""Boxes of a whole file at once are the same as boxes one by one."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from instraug_datasets.builders.adapters.box_geometry import format_boxes, is_usable, usable_box, usable_boxes
from instraug_datasets.builders.sources.regions import clip_box, clip_boxes
from instraug_datasets.styles import REGION_STYLES, boxes_text

numbers = st.one_of(st.floats(-1e4, 1e4), st.integers(-50, 900).map(float), st.integers(-50, 900).map(lambda n: n / 2))
boxes = st.lists(st.tuples(numbers, numbers, numbers, numbers), max_size=8)
sizes = st.tuples(st.integers(1, 900), st.integers(1, 900))


@given(boxes=boxes, size=sizes)
def test_boxes_are_clipped_alike(boxes: list[tuple[float, float, float, float]], size: tuple[int, int]) -> None:
    """Rounding, clipping and the choice of usable boxes agree, whether boxes share a size or not."""
    array, expected = np.array(boxes, np.float64).reshape(-1, 4), [clip_box(box, size) for box in boxes]
    for each in (np.array(size), np.array([size] * len(boxes)).reshape(-1, 2)):
        clipped = clip_boxes(array, each)
        assert list(map(tuple, clipped.tolist())) == expected
        assert not np.signbit(clipped).any()
    assert usable_boxes(array, size) == [box for each in boxes if (box := usable_box(each, size)) is not None]


@given(boxes=boxes, size=sizes)
def test_clipped_boxes_are_written_in_the_style_of_pixels(
    boxes: list[tuple[float, float, float, float]], size: tuple[int, int]
) -> None:
    """One box or several are written as the style `pixels` writes them."""
    clipped = [box for box in (clip_box(box, size) for box in boxes) if is_usable(box, min_side=1)]
    for group in (clipped[:1], clipped):
        if group:
            assert format_boxes(*group) == boxes_text(group, REGION_STYLES["pixels"])
