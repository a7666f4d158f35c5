"""Files of any size are read in memory that does not grow with them."""

import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from instraug_datasets.builders import get_builder
from instraug_datasets.builders.generation.config import rows_for
from instraug_datasets.builders.generation.example_generator import ExampleGenerator
from tests.builders.raw_files import write_pictures

PICTURE = "COCO_train2014_000000000001.jpg"
LIMIT = 3_000_000


def write_web(root: Path, records: int) -> Path:
    path = root / "web_capfilt/ccs_synthetic_filtered_large.json"
    entries = [{"caption": f"a cat {i} " + "x" * 3000, "image": PICTURE} for i in range(records)]
    return write(path, json.dumps(entries))


def write_instances(root: Path, records: int) -> Path:
    entries = (
        {
            "unique_id": f"coco_{i}",
            "task_name": "image_caption",
            "image_path": f"./raw_datasets/MSCOCO2014/train2014/{PICTURE}",
            "target_txt": f"a cat {i} " + "x" * 3000,
        }
        for i in range(records)
    )
    return write(root / "MultiInstruct/train.jsonl", "\n".join(map(json.dumps, entries)))


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True)
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("benchmark_name", "task", "source", "write_file"),
    [
        ("instructblip", "web_capfilt", "web_capfilt", write_web),
        ("multiinstruct", "image_caption", "multiinstruct_jsonl", write_instances),
    ],
)
def test_a_large_file_is_not_held(
    tmp_path: Path, benchmark_name: str, task: str, source: str, write_file: Callable[[Path, int], Path]
) -> None:
    """Opening and streaming ten megabytes takes under three, and every record comes."""
    write_pictures(tmp_path, [1])
    path = write_file(tmp_path, 3_000)
    if source == "web_capfilt":
        (path.parent / "images").symlink_to(tmp_path / "MSCOCO2014/train2014")
    config = get_builder(benchmark_name)(config_name=task, data_dir=str(tmp_path)).config
    (row,) = (row for row in rows_for(config) if row.source.name == source)
    assert path.stat().st_size > 3 * LIMIT
    tracemalloc.start()
    generator = ExampleGenerator(config, row, "train")
    count = sum(len(generator.adapt(index)) for index in range(len(generator.table)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 3_000
    assert peak < LIMIT
