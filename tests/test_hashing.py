"""The source of chance: pinned values, one line of code for numbers and arrays, and even spread."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from instraug_datasets.hashing import below, fold, hash_text, hash_texts, mix
from tests import strategies


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", 0x2D06800538D394C2),
        ("a", 0xE6C632B61E964E1F),
        ("nlvr/visual_nli/dev-1", 6040681640546402075),
        ("été 🙂", 3109401933677234393),
    ],
)
def test_hashes_of_texts_are_pinned(text, word):
    """xxh3-64 of the UTF-8 bytes; a change would change the prompts of every user."""
    assert hash_text(text) == word


@pytest.mark.parametrize(
    ("word", "mixed"),
    [
        (0, 0),
        (1, 6238072747940578789),
        (2, 15839785061582574730),
        (2**64 - 1, 13029008266876403067),
        (0x0123456789ABCDEF, 12880392674509918508),
    ],
)
def test_mixed_words_are_pinned(word, mixed):
    """The finalizer of SplitMix64."""
    assert mix(word) == mixed


@pytest.mark.parametrize(
    ("parts", "word"),
    [
        ((), 0),
        ((0,), 5197578548964807871),
        (("seed", 0), 9530174154380016950),
        (("seed", 42), 10492568841819850217),
        (("seed", -1), 1833224101805644795),
        ((1, 2), 18112911516470036441),
        ((2, 1), 6716992535887529364),
        (("1",), 5346202010228866081),
    ],
)
def test_folded_words_are_pinned(parts, word):
    """The result depends on order, type and sign of the parts."""
    assert fold(*parts) == word


def test_mixing_is_the_reference_implementation():
    """SplitMix64 seeded with 0 gives the published outputs."""
    gamma = 0x9E3779B97F4A7C15
    assert [mix(gamma * i % 2**64) for i in (1, 2, 3)] == [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]


@given(st.lists(strategies.words, min_size=1))
def test_an_array_is_mixed_as_its_words_are(words):
    """Single examples and batches agree."""
    assert mix(np.array(words, np.uint64)).tolist() == [mix(word) for word in words]


@given(st.lists(st.tuples(strategies.words, st.integers(1, 2**31)), min_size=1))
def test_an_array_is_bounded_as_its_words_are(pairs):
    """Both the words and the bounds may be arrays."""
    words, bounds = (np.array(column, np.uint64) for column in zip(*pairs, strict=True))
    assert below(words, bounds).tolist() == [below(word, bound) for word, bound in pairs]
    assert below(words, 7).tolist() == [below(word, 7) for word, _ in pairs]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]))))
def test_texts_are_hashed_as_one_is(texts):
    """A batch of encoded texts has the hashes of the single texts."""
    assert hash_texts([text.encode() for text in texts], len(texts)).tolist() == [hash_text(text) for text in texts]


@given(strategies.words, st.integers(1, 2**32 - 1))
def test_a_bounded_number_is_in_range(word, bound):
    """Results are in 0 ... bound - 1."""
    assert 0 <= below(word, bound) < bound


@pytest.mark.parametrize("bound", [2, 3, 7, 10, 100])
def test_bounded_numbers_are_spread_evenly(bound):
    """Chi-square over the hashes of 20 000 fixed ids."""
    words = mix(hash_texts((f"coco/image_caption/{i}".encode() for i in range(20_000)), 20_000))
    counts = np.bincount(below(words, bound).astype(int), minlength=bound)
    expected = 20_000 / bound
    assert ((counts - expected) ** 2 / expected).sum() < bound - 1 + 4 * (2 * (bound - 1)) ** 0.5


def test_mixing_is_one_to_one():
    """A hundred thousand consecutive words have distinct images."""
    words = np.arange(100_000, dtype=np.uint64)
    assert len(np.unique(mix(words))) == len(np.unique(mix(words << np.uint64(40)))) == len(words)


def test_every_bit_moves_every_bit():
    """Flipping any input bit flips each output bit with a probability of about one half."""
    words = mix(np.arange(4096, dtype=np.uint64))
    for bit in range(64):
        changed = mix(words) ^ mix(words ^ np.uint64(1 << bit))
        share = [(changed >> np.uint64(i) & np.uint64(1)).mean() for i in range(64)]
        assert 0.4 < min(share) <= max(share) < 0.6
