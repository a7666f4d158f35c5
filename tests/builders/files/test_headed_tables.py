"""The first records of a large file are those that the whole file gives, and need no more than its start."""

import json
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from instraug_datasets.builders.files import json_blocks
from instraug_datasets.builders.files.headed_tables import HeadedTable
from instraug_datasets.builders.files.root import DataRoot
from instraug_datasets.builders.files.tables import Table
from instraug_datasets.builders.generation.jobs import Job
from instraug_datasets.builders.sources import visual_genome
from instraug_datasets.builders.sources.visual_genome_relationships import read_relationships
from instraug_datasets.errors import ExampleError, InstrAugError, SourceError

FILE = "visual_genome/relationships.json"
FILES = visual_genome.VISUAL_GENOME_RELATIONSHIPS.splits
SHARDS = 4


def thing(name: str) -> dict[str, Any]:
    return {"name": name, "x": 0, "y": 0, "w": 9, "h": 9}


def groups(count: int) -> list[dict[str, Any]]:
    """Pictures with two relationships each; the second of picture 4 has the id of its first, and one of 6 is bad."""
    found: list[dict[str, Any]] = [
        {
            "image_id": image_id,
            "relationships": [
                {"relationship_id": i, "predicate": "on", "subject": thing("cat"), "object": thing(f"mat {image_id}")}
                for i in range(2)
            ],
        }
        for image_id in range(1, count + 1)
    ]
    found[3]["relationships"][1]["relationship_id"] = 0
    del found[5]["relationships"][0]["predicate"]
    return found


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DataRoot:
    """A data dir for which a few hundred bytes are a large file."""
    monkeypatch.setattr(json_blocks, "BLOCK_SIZE", 256)
    monkeypatch.setattr(visual_genome, "HEAD_SIZE", 4096)
    (tmp_path / "visual_genome").mkdir()
    sizes = [{"image_id": image_id, "width": 90, "height": 60} for image_id in range(1, 101)]
    (tmp_path / "visual_genome/image_data.json").write_text(json.dumps(sizes))
    return DataRoot(str(tmp_path))


def write(root: DataRoot, text: str) -> None:
    Path(root.url, FILE).write_text(text)


def facts(table: Sequence[Any], indices: Iterator[int]) -> list[Any]:
    """What each record says, or its error."""
    found: list[Any] = []
    for index in indices:
        try:
            record = table[index]
            found.append((index, record.key, record.triple, record.size))
        except InstrAugError as error:
            found.append((index, type(error), str(error)))
    return found


def whole(root: DataRoot, split: str, monkeypatch: pytest.MonkeyPatch) -> Table[Any]:
    with monkeypatch.context() as patch:
        patch.setattr(visual_genome, "HEAD_SIZE", 1 << 30)
        table = read_relationships(root, FILES[split])
    assert not isinstance(table, HeadedTable)
    return table


@pytest.mark.parametrize("split", ["train", "validation"])
def test_every_shard_is_the_same(root: DataRoot, monkeypatch: pytest.MonkeyPatch, split: str) -> None:
    """Records, their order and their errors are those of the whole file, for every shard read on its own."""
    write(root, json.dumps(groups(100)))
    expected = whole(root, split, monkeypatch)
    errors = {found[1] for found in facts(expected, iter(range(len(expected)))) if isinstance(found[1], type)}
    assert errors == ({SourceError, ExampleError} if split == "train" else set())
    for shard in range(SHARDS):
        job, table = Job(0, split, shard, SHARDS), read_relationships(root, FILES[split])
        assert facts(table, job.indices(table)) == facts(expected, job.indices(expected))
        assert [table.key(i) for i in range(len(table))] == [expected.key(i) for i in range(len(expected))]
        assert table.count_unreadable() == expected.count_unreadable()


def test_the_first_records_need_the_start_of_the_file_only(root: DataRoot, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream begins with what the start of the file holds; asking for the number of records reads the rest."""
    write(root, json.dumps(groups(100)))
    read = read_parts(monkeypatch)
    table = read_relationships(root, FILES["train"])
    assert isinstance(table, HeadedTable)
    first = facts(table, islice(Job(0, "train", 0, SHARDS).indices(table), 3))
    size = Path(root.url, FILE).stat().st_size
    assert [record[1] for record in first] == ["1-0", "1-1", "2-0"]
    assert max(stop for _, stop in read if stop < size) < size / 2
    assert len(table) == 160


def test_a_list_of_splits_decides_about_the_first_records(root: DataRoot, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures that VG_splits.json gives to another split are not among the first ones."""
    write(root, json.dumps(groups(100)))
    Path(root.url, visual_genome.SPLIT_POSITIONS).write_text(json.dumps({"VG": {"train": [0, 2], "valid": [3, 99]}}))
    for split in ("train", "validation"):
        expected, table = whole(root, split, monkeypatch), read_relationships(root, FILES[split])
        assert facts(table, iter(range(len(table)))) == facts(expected, iter(range(len(expected))))


@pytest.mark.parametrize("damage", [lambda text: text[: len(text) // 2], lambda text: text + "x"], ids=["cut", "more"])
def test_a_damaged_file_is_refused_at_once(root: DataRoot, damage: Callable[[str], str]) -> None:
    """A download that ended too early gives no record, although its start is whole."""
    write(root, damage(json.dumps(groups(100))))
    with pytest.raises(SourceError, match=r"relationships\.json"):
        read_relationships(root, FILES["train"])


def read_parts(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """The parts of files that are read from now on, as positions."""
    parts: list[tuple[int, int]] = []
    original = json_blocks.ByteReader.read

    def read(reader: json_blocks.ByteReader, start: int, stop: int) -> bytes:
        parts.append((start, stop))
        return original(reader, start, stop)

    monkeypatch.setattr(json_blocks.ByteReader, "read", read)
    return parts
