"""One real example for the card."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pyarrow.parquet as pq

from ..stream import InstructionAugmenter
from .card import Sample
from .shards import BuiltShard

__all__ = ["read_sample"]


def read_sample(shard: BuiltShard, dropped: Iterable[str], augmenters: Sequence[InstructionAugmenter]) -> Sample:
    """The first example of a shard that is published, with the prompt that each augmenter gives it."""
    left_out = set(dropped)
    with pq.ParquetFile(shard.file) as file:
        names = [name for name in file.schema_arrow.names if name != "images"]
        for batch in file.iter_batches(batch_size=100, columns=names):
            for row in batch.to_pylist():
                if row["source"] not in left_out:
                    prompts = tuple(augmenter(row)["prompt"] for augmenter in augmenters)
                    return Sample(config=shard.task, split=shard.split, prompts=prompts, target=row["target"])
    raise ValueError(f"{shard.file} holds no example that is published")  # its plan counts at least one
