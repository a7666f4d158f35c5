"""Bootstrap intervals: reproducible, right in known cases, and without holes where examples were skipped."""

import numpy as np
import pytest

from instraug_datasets.evaluation.intervals import interval, replicates


def test_intervals_are_those_of_the_normal_approximation():
    """For one wording, the interval of a share is close to its standard error times 1.96."""
    scores = np.zeros((1, 400))
    scores[0, :100] = 100
    bounds = interval(replicates(scores, seed=0, task="t").mean)
    assert bounds is not None
    error = 1.96 * 100 * (0.25 * 0.75 / 400) ** 0.5
    assert list(bounds) == pytest.approx([25 - error, 25 + error], abs=0.6)


def test_wordings_are_resampled_too():
    """Wordings that differ widen the interval of the mean, not those of the wordings."""
    scores = np.repeat([[0.0], [100.0]], 50, axis=1)
    drawn = replicates(scores, seed=0, task="t")
    assert interval(drawn.mean) == (0, 100)
    assert [interval(column) for column in drawn.wordings.T] == [(0, 0), (100, 100)]


def test_skipped_examples_do_not_count():
    """NaN counts neither as a success nor as a failure; a wording without any score has no interval."""
    scores = np.full((2, 30), np.nan)
    scores[0, ::2] = 100
    drawn = replicates(scores, seed=0, task="t")
    assert interval(drawn.mean) == (100, 100)
    assert interval(drawn.wordings[:, 1]) is None


def test_samples_depend_on_seed_and_task_alone():
    """The same seed and task give the same samples, others do not."""
    scores = np.arange(20.0)[None]
    one, two, three, four = (
        replicates(scores, seed=seed, task=task).mean for seed, task in [(0, "t"), (0, "t"), (1, "t"), (0, "u")]
    )
    assert np.array_equal(one, two)
    assert not np.array_equal(one, three)
    assert not np.array_equal(one, four)
    # About 1000 means of 20 numbers around 9.5, whose standard error is 1.29.
    assert one.mean() == pytest.approx(9.5, abs=0.15)
    assert one.std() == pytest.approx(1.29, abs=0.1)
