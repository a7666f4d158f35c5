"""Repeated keys are found in a table of any size, and keys of unreadable records may repeat."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from instraug_datasets.builders.files.repeated_keys import repeated_keys

UNREADABLE = -1
KEYS = st.lists(st.one_of(st.integers(-1, 40), st.sampled_from([2**62, 2**62 - 16, 2**40])))


def expected(keys: list[int]) -> set[int]:
    """Return the places of keys that occurred before, one after the other."""
    seen, found = set[int](), set[int]()
    for place, key in enumerate(keys):
        if key in seen and key != UNREADABLE:
            found.add(place)
        seen.add(key)
    return found


@given(KEYS, st.sampled_from([0, 1 << 21]))
def test_every_later_one_of_equal_keys_is_found(keys: list[int], most_sorted: int) -> None:
    """Sorting part by part finds what sorting at once does."""
    assert repeated_keys(np.array(keys, np.int64), unreadable=UNREADABLE, most_sorted=most_sorted) == expected(keys)


def test_texts_repeat_too() -> None:
    """Keys may be texts."""
    assert repeated_keys(np.array(["a", "b", "a", "a"]), unreadable=UNREADABLE) == {2, 3}
