"""One real example for the card."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow.parquet as pq

from ..stream import InstructionAugmenter
from .card import Sample
from .shards import BuiltShard

__all__ = ["read_sample"]


_EPOCHS = 3


def read_sample(shard: BuiltShard, dropped: Iterable[str], augmenter: InstructionAugmenter) -> Sample:
    """The first example of a shard that is published, with its prompts in the first epochs."""
    left_out = set(dropped)
    with pq.ParquetFile(shard.file) as file:
        names = [name for name in file.schema_arrow.names if name != "images"]
        for batch in file.iter_batches(batch_size=100, columns=names):
            for row in batch.to_pylist():
                if row["source"] not in left_out:
                    prompts = tuple(augmenter.example(row, epoch)["prompt"] for epoch in range(_EPOCHS))
                    return Sample(config=shard.task, split=shard.split, prompts=prompts, target=row["target"])
    raise ValueError(f"{shard.file} holds no example that is published")  # its plan counts at least one
