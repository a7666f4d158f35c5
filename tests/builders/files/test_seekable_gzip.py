"""Gzip files are read at any position."""

import gzip
import io

import numpy as np
import pytest

from instraug_datasets.builders.files.seekable_gzip import SeekableGzip


def test_every_position_is_read() -> None:
    """Reads at random positions, over several members and states, give what the file holds there."""
    draw = np.random.default_rng(0)
    content = b"".join(draw.bytes(50) + b"a" * int(draw.integers(200)) for _ in range(4000))
    packed = gzip.compress(content[:300_000]) + gzip.compress(content[300_000:])
    stream = io.BufferedReader(SeekableGzip(io.BytesIO(packed), spacing=50_000))
    for _ in range(200):
        start, size = int(draw.integers(len(content) + 1000)), int(draw.integers(100_000))
        stream.seek(start)
        assert stream.read(size) == content[start : start + size]
    stream.seek(0)
    assert stream.read() == content


def test_a_file_that_ends_too_early_is_refused() -> None:
    """A truncated file never looks like a shorter one."""
    packed = gzip.compress(np.random.default_rng(0).bytes(100_000))
    with pytest.raises(EOFError):
        io.BufferedReader(SeekableGzip(io.BytesIO(packed[:-20]))).read()
