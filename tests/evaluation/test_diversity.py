"""Measures of diversity, on texts whose figures can be worked out by hand."""

import numpy as np
import pytest

from instraug_datasets.evaluation.diversity import cosine_similarity, distinct_n, mean_cosine_distance, self_bleu, words


def test_a_placeholder_is_one_word():
    """Case and punctuation are ignored, and a placeholder is one word."""
    assert words('Look: "{text}" isn\'t it?') == ["look", "{text}", "isn't", "it"]


@pytest.mark.parametrize(
    ("texts", "n", "expected"),
    [
        (["a b", "a b"], 1, 0.5),
        (["a b", "a b"], 2, 0.5),
        (["a b", "c d"], 1, 1.0),
        (["a b c"], 2, 1.0),
        (["a"], 2, 0.0),
        ([], 1, 0.0),
    ],
)
def test_distinct(texts, n, expected):
    """Distinct n-grams / all n-grams; 0 without n-grams."""
    assert distinct_n(texts, n) == expected


def test_self_bleu_of_repeats_is_high_and_of_strangers_low():
    """Similar texts score far above unrelated ones; a single text scores 0."""
    near = [f"describe what you can see in this picture {i}" for i in range(4)]
    strangers = ["name the animal", "which box fits best", "is that statement right", "count all red things here"]
    assert self_bleu(near) > 80
    assert self_bleu(strangers) < 10
    assert self_bleu(["alone"]) == 0.0


def test_self_bleu_does_not_depend_on_the_order():
    """The sample is selected by hash."""
    texts = [f"what is in the {thing} of the picture" for thing in "abcdefghij"]
    assert self_bleu(texts, sample=4) == pytest.approx(self_bleu(texts[::-1], sample=4))


def test_spread_and_similarity():
    """Equal directions have distance 0, opposite ones the maximum; similarity is the cosine."""
    east, north = np.array([1.0, 0.0]), np.array([0.0, 1.0])
    assert mean_cosine_distance(np.stack([east, east])) == pytest.approx(0)
    assert mean_cosine_distance(np.stack([east, north])) == pytest.approx(1)
    assert mean_cosine_distance(np.stack([east, -east])) == pytest.approx(2)
    assert mean_cosine_distance(np.stack([east])) == 0
    assert cosine_similarity(np.stack([east, north]), np.stack([east, east])).tolist() == [1, 0]
