"""Reads the examples with another data loading library, in a process of its own; run by `peers.py`.

Every library first writes the examples in its own usual format, then makes a stream of them with a fresh wording of
every instruction. Nothing of this package is imported: a library may need other versions of its dependencies.

Each line on standard input asks for one reading of the whole stream; the answer is the number of examples.
"""

from __future__ import annotations

import json
import os
import random  # noqa: TID251 - what users of these libraries write; only seeded generators are made
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from measuring.wording import reworded

Prompt = Callable[..., str]
"""The prompt of an example, given `below` and `shuffle`."""

Stream = Callable[[], Iterable[Mapping[str, Any]]]
"""Begins to read the stream anew."""

_SHARD_ROWS = 1000
_SHARD_BYTES = 64_000_000


def main(
    peer: str,
    package: str,
    files: Sequence[str],
    texts: Mapping[str, Sequence[str]],
    fields: Sequence[str],
    folder: str,
) -> None:
    """Write the examples, then read them as often as asked for."""
    # Libraries print progress, which must not get between the answers.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    stream = PEERS[peer](files, Path(folder), partial(reworded, texts=texts, fields=fields))
    print(version(package), file=answers)
    for _ in sys.stdin:
        print(sum(1 for example in stream() if example["prompt"]), file=answers)


def grain_records(files: Sequence[str], folder: Path, prompt: Prompt) -> Stream:
    """Records of MessagePack in an ArrayRecord file, read by `random_map`."""
    import grain
    import msgspec
    from array_record.python.array_record_module import ArrayRecordWriter

    path = str(folder / "examples.array_record")
    writer = ArrayRecordWriter(path, "group_size:1")
    for example in _examples(files):
        writer.write(msgspec.msgpack.encode(example))
    writer.close()
    source = grain.sources.ArrayRecordDataSource(path)
    decode = msgspec.msgpack.Decoder().decode
    dataset = grain.MapDataset.source(source).seed(42).map(decode).random_map(_with_generator(prompt))
    return dataset.to_iter_dataset


def grain_parquet(files: Sequence[str], folder: Path, prompt: Prompt) -> Stream:
    """The Parquet files themselves, read by `random_map`."""
    import grain

    return lambda: grain.experimental.ParquetIterDataset(files).seed(42).random_map(_with_generator(prompt))


def webdataset(files: Sequence[str], folder: Path, prompt: Prompt) -> Stream:
    """Shards of JSON and JPEG files, read by `map`."""
    import webdataset as wds

    with wds.ShardWriter(str(folder / "%05d.tar"), maxcount=_SHARD_ROWS, verbose=0) as writer:
        for number, (fields, picture) in enumerate(_parts(files)):
            writer.write({"__key__": f"{number:09d}", "json": fields, "jpg": picture})
    shards = [str(path) for path in sorted(folder.glob("*.tar"))]
    rng = random.Random(42)

    def add_prompt(sample: dict[str, Any]) -> dict[str, Any]:
        return {**sample, "prompt": _prompt(prompt, sample["json"], rng)}

    return lambda: wds.WebDataset(shards, shardshuffle=False).decode().map(add_prompt)


def litdata(files: Sequence[str], folder: Path, prompt: Prompt) -> Stream:
    """Optimized chunks, read with `transform`; JSON inside, because lists of a field must be equally long."""
    import litdata as ld

    output = str(folder / "chunks")
    ld.optimize(fn=_litdata_samples, inputs=list(files), output_dir=output, chunk_bytes=_SHARD_BYTES, num_workers=1)
    rng = random.Random(42)

    def add_prompt(sample: dict[str, Any], *_: Any) -> dict[str, Any]:
        fields = json.loads(sample["fields"])
        return {**fields, "image": sample["image"], "prompt": _prompt(prompt, fields, rng)}

    dataset = ld.StreamingDataset(output, transform=add_prompt)
    return lambda: dataset


PEERS: Mapping[str, Callable[[Sequence[str], Path, Prompt], Stream]] = {
    "grain records": grain_records,
    "grain parquet": grain_parquet,
    "webdataset": webdataset,
    "litdata": litdata,
}


def _examples(files: Sequence[str]) -> Iterator[dict[str, Any]]:
    """The examples without the fields that they lack."""
    for file in files:
        for batch in pq.ParquetFile(file).iter_batches(_SHARD_ROWS):
            for row in batch.to_pylist():
                yield {name: value for name, value in row.items() if value is not None}


def _parts(files: Sequence[str]) -> Iterator[tuple[dict[str, Any], bytes]]:
    """The examples as fields and picture."""
    for example in _examples(files):
        (image,) = example.pop("images")
        yield example, image["bytes"]


def _litdata_samples(file: str) -> Iterator[dict[str, Any]]:
    for fields, picture in _parts([file]):
        yield {"fields": json.dumps(fields), "image": picture}


def _with_generator(prompt: Prompt) -> Callable[[dict[str, Any], Any], dict[str, Any]]:
    def add_prompt(example: dict[str, Any], rng: Any) -> dict[str, Any]:
        return {**example, "prompt": prompt(example, below=rng.integers, shuffle=rng.shuffle)}

    return add_prompt


def _prompt(prompt: Prompt, example: Mapping[str, Any], rng: random.Random) -> str:
    return prompt(example, below=rng.randrange, shuffle=rng.shuffle)


if __name__ == "__main__":
    main(**json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
