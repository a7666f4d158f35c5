"""`build`: Parquet shards with pictures inside, resumable, never half-written."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import datasets
import pyarrow.parquet as pq
import pytest

from instraug_datasets.builders import Built, build
from instraug_datasets.errors import OutputError, PictureError, SettingError, UnknownNameError
from instraug_datasets.records import FEATURES
from tests.builders.raw_files import picture_path, rows, write_captions, write_json

CAPTIONS = {i: [f"Caption {i}."] for i in range(1, 9)}


def summary(built: list[Built]) -> list[tuple[Any, ...]]:
    return [(each.task, each.split, each.sources, each.examples, dict(each.skipped), each.reused) for each in built]


def test_shards_load_as_a_data_set(demo_dir: Path, tmp_path: Path) -> None:
    """Shards have the schema, the rows of the stream and the pictures' bytes, beside a list of skipped records only."""
    built = build("multiinstruct", ["ITM"], data_dir=demo_dir, output=tmp_path / "out", num_examples=6, progress=False)
    assert summary(built) == [
        ("ITM", "train", ("mscoco_captions",), 6, {}, False),
        ("ITM", "validation", ("mscoco_captions",), 6, {}, False),
    ]
    assert sorted(path.name for path in (tmp_path / "out").rglob("*") if not path.name.startswith(".")) == [
        "ITM",
        "skipped.jsonl",
        "train-00000-of-00001.parquet",
        "validation-00000-of-00001.parquet",
    ]
    found = datasets.load_dataset(str(tmp_path / "out/ITM"), split="train", cache_dir=str(tmp_path / "cache"))
    assert found.features == FEATURES
    assert found["unique_id"][:] == [row["unique_id"] for row in rows(demo_dir, "ITM", num_examples=6)]
    table = pq.read_table(tmp_path / "out/ITM/train-00000-of-00001.parquet")
    assert all(image[0]["bytes"] for image in table["images"].to_pylist())


def test_processes_change_nothing(demo_dir: Path, tmp_path: Path) -> None:
    """Two processes write the same rows in the same order as one."""
    tables = []
    for processes in (1, 2):
        out = tmp_path / str(processes)
        build("multiinstruct", ["object_match"], data_dir=demo_dir, output=out, num_proc=processes, progress=False)
        tables.append(
            [row for shard in sorted(out.rglob("train-*.parquet")) for row in pq.read_table(shard).to_pylist()]
        )
    assert tables[0] == tables[1]


def test_finished_splits_are_not_built_again(tmp_path: Path) -> None:
    """A second build does nothing, one with other raw files does, and `force` always does."""

    def reused(**settings: Any) -> list[bool]:
        built = build(
            "multiinstruct",
            ["image_caption"],
            data_dir=tmp_path / "raw",
            output=tmp_path / "out",
            progress=False,
            **settings,
        )
        return [each.reused for each in built if each.problem is None]

    write_captions(tmp_path / "raw", CAPTIONS)
    assert [reused(), reused(), reused(force=True), reused()] == [[False], [True], [False], [True]]
    (tmp_path / "out/image_caption/train-00000-of-00001.parquet").unlink()
    assert reused() == [False]
    (tmp_path / "out/image_caption/.train.json").unlink()  # as after a kill while shards changed places
    (tmp_path / "out/.partial-image_caption/data").mkdir(parents=True)
    assert reused() == [False]
    assert not (tmp_path / "out/.partial-image_caption").exists()
    write_captions(tmp_path / "raw", {**CAPTIONS, 9: ["One more."]})
    assert reused() == [False]


def test_a_finished_split_of_other_settings_is_not_replaced(tmp_path: Path) -> None:
    """The error says what differs, nothing is built before it, and `force` replaces the split."""

    def examples(*tasks: str, **settings: Any) -> list[int]:
        options = {"data_dir": tmp_path / "raw", "output": tmp_path / "out", "progress": False, **settings}
        return [each.examples for each in build("multiinstruct", tasks, **options) if each.problem is None]

    write_captions(tmp_path / "raw", CAPTIONS)
    assert examples("image_caption", num_examples=4) == [4]
    shard = tmp_path / "out/image_caption/train-00000-of-00001.parquet"
    before = shard.read_bytes()
    problem = (
        f"The split train in '{tmp_path}/out/image_caption' was built with num_examples=4, seed=0, but now "
        "num_examples=None, seed=1 is asked for. Build into another folder, or replace it with --force or force=True."
    )
    with pytest.raises(OutputError, match=f"^{re.escape(problem)}$"):
        examples("ITM", "image_caption", num_examples=None, seed=1)
    assert (shard.read_bytes(), (tmp_path / "out/ITM").exists()) == (before, False)
    assert examples("ITM", "image_caption", num_examples=None, seed=1, force=True) == [8, 8]
    write_captions(tmp_path / "moved", CAPTIONS)
    with pytest.raises(OutputError, match=r"was built with data_dir='.*/raw', but now data_dir='.*/moved'"):
        examples("ITM", num_examples=None, seed=1, data_dir=tmp_path / "moved")


def test_missing_files_are_reported_not_raised(demo_dir: Path, tmp_path: Path) -> None:
    """Tasks whose files are missing are named with what they lack, and the others are built."""
    write_captions(tmp_path / "raw", CAPTIONS)
    built = build("multiinstruct", None, data_dir=tmp_path / "raw", output=tmp_path / "out", progress=False)
    good = [(each.task, each.split, each.examples) for each in built if each.problem is None]
    assert good == [(task, "train", 8) for task in ("image_caption", "ITM", "image_text_selection")]
    (nlvr,) = [each for each in built if (each.task, each.split) == ("natural_language_visual_reasoning", "test")]
    assert "nlvr/nlvr/nlvr/test/test.json (or nlvr/nlvr-master.zip)" in str(nlvr.problem)
    assert sorted(path.name for path in (tmp_path / "out").glob("[!.]*")) == [
        "ITM",
        "image_caption",
        "image_text_selection",
    ]


def test_a_failed_build_leaves_nothing(tmp_path: Path) -> None:
    """An error half-way leaves no shard of the split, and the next build is whole; skipped pictures are counted."""
    write_captions(tmp_path / "raw", CAPTIONS)
    picture_path(tmp_path / "raw", 8).unlink()
    arguments: dict[str, Any] = {"data_dir": tmp_path / "raw", "output": tmp_path / "out", "progress": False}
    with pytest.raises(PictureError):
        build("multiinstruct", ["image_caption"], **arguments, num_examples=None)
    assert [path.name for path in (tmp_path / "out").rglob("*")] == [".image_caption.lock"]
    built = build("multiinstruct", ["image_caption"], **arguments, num_examples=None, on_error="skip")
    assert summary(built[:1]) == [
        ("image_caption", "train", ("mscoco_captions",), 7, {"picture_missing_or_damaged": 1}, False)
    ]


@pytest.mark.parametrize("processes", [None, 2])
def test_skipped_records_are_listed(tmp_path: Path, processes: int | None) -> None:
    """Every skipped record is listed with file, key, position and reason, by any number of processes."""
    annotations = write_captions(tmp_path / "raw", CAPTIONS)
    content = json.loads(annotations.read_text())
    del content["annotations"][1]["caption"]
    write_json(annotations, content)
    picture_path(tmp_path / "raw", 8).unlink()
    arguments: dict[str, Any] = {"data_dir": tmp_path / "raw", "output": tmp_path / "out", "progress": False}
    for _ in range(2):  # a second build adds nothing
        build("multiinstruct", ["image_caption"], **arguments, num_examples=None, num_proc=processes, on_error="skip")
    listed = [json.loads(line) for line in (tmp_path / "out/image_caption/skipped.jsonl").read_text().splitlines()]
    found = [tuple(line[name] for name in ("split", "file", "key", "record", "reason")) for line in listed]
    assert sorted(found) == [
        ("train", "COCO_train2014_000000000008.jpg", "8", "", "picture_missing_or_damaged"),
        ("train", "MSCOCO2014/annotations/captions_train2014.json", "2", "annotations[1]", "bad_record"),
    ]
    assert [line["problem"].endswith("missing required field `caption`") for line in listed if line["record"]] == [True]


@pytest.mark.parametrize("processes", [None, 2])
def test_an_error_says_how_to_go_on(tmp_path: Path, processes: int | None) -> None:
    """The error that stops a build counts what was read so far and names the setting that skips such records."""
    write_captions(tmp_path / "raw", CAPTIONS)
    picture_path(tmp_path / "raw", 8).unlink()
    arguments: dict[str, Any] = {"data_dir": tmp_path / "raw", "output": tmp_path / "out", "progress": False}
    with pytest.raises(PictureError, match=r"1 of the \d records of mscoco_captions .*--on-error skip.*skipped\.jsonl"):
        build("multiinstruct", ["image_caption"], **arguments, num_examples=None, num_proc=processes)


BUILDER = """
import os, signal, sys
from pathlib import Path
from instraug_datasets.builders import build

raw, out, moment, count = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
rename = Path.rename

def move(path, target):
    global count
    if moment == "rename" and Path(out) in (path.parent, Path(target).parent):
        count -= 1
        if count < 0:
            os.kill(os.getpid(), signal.SIGKILL)
    return rename(path, target)

Path.rename = move
built = build("multiinstruct", ["image_caption"], data_dir=raw, output=out, num_examples=None, progress=False,
              seed=int(sys.argv[5]), force=int(sys.argv[5]) > 0)
print([(each.split, each.examples, each.reused) for each in built if each.problem is None])
"""


def build_in_a_process(raw: Path, out: Path, moment: str = "never", count: int = 0, seed: int = 0) -> Any:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-c", BUILDER, str(raw), str(out), moment, str(count), str(seed)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def killed(*arguments: Any, **settings: Any) -> bool:
    process = build_in_a_process(*arguments, **settings)
    process.communicate(timeout=300)
    return bool(process.returncode == -signal.SIGKILL)


def rows_in(out: Path) -> int:
    files = [str(path) for path in (out / "image_caption").glob("train-*.parquet")]
    return sum(pq.read_metadata(file).num_rows for file in files)


def test_builds_into_one_output_wait_for_each_other(tmp_path: Path) -> None:
    """Of processes that start together, one builds and the others find its result; a later one does, too."""
    write_captions(tmp_path / "raw", CAPTIONS)
    processes = [build_in_a_process(tmp_path / "raw", tmp_path / "out") for _ in range(3)]
    outputs = [process.communicate(timeout=300) for process in processes]
    assert [process.returncode for process in processes] == [0] * 3, outputs
    assert sorted(out for out, _ in outputs) == ["[('train', 8, False)]\n", *["[('train', 8, True)]\n"] * 2]
    assert rows_in(tmp_path / "out") == 8
    assert build_in_a_process(tmp_path / "raw", tmp_path / "out").communicate() == ("[('train', 8, True)]\n", "")


def test_a_kill_while_a_split_is_published_leaves_all_or_nothing(tmp_path: Path) -> None:
    """Killed before any rename that publishes, a build leaves all old rows, all new ones or none."""
    raw, out = tmp_path / "raw", tmp_path / "out"
    write_captions(raw, CAPTIONS)
    assert killed(raw, out, "rename", 0)
    assert rows_in(out) == 0
    assert build_in_a_process(raw, out).communicate() == ("[('train', 8, False)]\n", "")
    for count, rows_left in ((0, 8), (1, 0)):
        assert killed(raw, out, "rename", count, seed=1)
        assert rows_in(out) == rows_left
        # The old folder is restored, with its marker.
        assert build_in_a_process(raw, out).communicate() == ("[('train', 8, True)]\n", "")
        assert sorted(path.name for path in out.iterdir()) == [".image_caption.lock", "image_caption"]


@pytest.mark.parametrize("damage", ["shard", "gone", "empty", "half", "other", "list"])
def test_a_marker_is_believed_only_with_its_shards(tmp_path: Path, damage: str) -> None:
    """A shard of another size and a damaged marker mean that the split is built again."""
    write_captions(tmp_path / "raw", CAPTIONS)
    arguments: dict[str, Any] = {"data_dir": tmp_path / "raw", "output": tmp_path / "out", "progress": False}
    folder = tmp_path / "out/image_caption"
    shard, marker = folder / "train-00000-of-00001.parquet", folder / ".train.json"
    build("multiinstruct", ["image_caption"], **arguments)
    whole, content = shard.read_bytes(), marker.read_bytes()
    changes: dict[str, Callable[[], object]] = {
        "shard": lambda: shard.write_bytes(b""),
        "gone": shard.unlink,
        "empty": lambda: marker.write_bytes(b""),
        "half": lambda: marker.write_bytes(content[: len(content) // 2]),
        "other": lambda: marker.write_bytes(b'{"key": 1}'),
        "list": lambda: marker.write_bytes(content.replace(b'{"train-', b'["train-')),
    }
    changes[damage]()
    assert summary(build("multiinstruct", ["image_caption"], **arguments)[:1])[0][-1] is False
    assert shard.read_bytes() == whole
    assert summary(build("multiinstruct", ["image_caption"], **arguments)[:1])[0][-1] is True


def test_skipped_pictures_are_tried_again_when_they_changed(tmp_path: Path) -> None:
    """A damaged picture that is repaired in place, and a missing one that is added, are picked up by the next build."""
    write_captions(tmp_path / "raw", CAPTIONS)
    damaged, missing = picture_path(tmp_path / "raw", 3), picture_path(tmp_path / "raw", 8)
    whole = [path.read_bytes() for path in (damaged, missing)]
    damaged.write_bytes(whole[0][:-100])
    missing.unlink()

    def counts() -> tuple[int, dict[str, int], bool]:
        arguments: dict[str, Any] = {"data_dir": tmp_path / "raw", "output": tmp_path / "out", "progress": False}
        built = build("multiinstruct", ["image_caption"], **arguments, num_examples=None, on_error="skip")[0]
        return built.examples, dict(built.skipped), built.reused

    assert counts() == (6, {"picture_missing_or_damaged": 2}, False)
    assert counts() == (6, {"picture_missing_or_damaged": 2}, True)
    folder = damaged.parent.stat()
    damaged.write_bytes(whole[0])
    assert counts() == (7, {"picture_missing_or_damaged": 1}, False)
    missing.write_bytes(whole[1])
    os.utime(missing.parent, ns=(folder.st_atime_ns, folder.st_mtime_ns))  # a clock too coarse to show the change
    assert counts() == (8, {}, False)
    assert counts() == (8, {}, True)


@pytest.mark.parametrize("output", ["s3://bucket/out", "memory://out", Path("s3://bucket/out")])
def test_an_output_that_is_no_local_folder_is_refused(tmp_path: Path, output: str | Path) -> None:
    """A URL is refused before anything is built, instead of writing to a local folder of that name."""
    with pytest.raises(SettingError, match=r"The output of a build must be a local path, but got the URL '\w+://"):
        build("multiinstruct", ["image_caption"], data_dir=tmp_path, output=output)


def test_an_output_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    """A file in place of the output folder is named."""
    write_captions(tmp_path / "raw", CAPTIONS)
    (tmp_path / "out").write_bytes(b"taken")
    with pytest.raises(OutputError, match=f"must be a folder, but '{tmp_path}/out' is a file"):
        build("multiinstruct", ["image_caption"], data_dir=tmp_path / "raw", output=tmp_path / "out", progress=False)


def test_pictures_can_be_decoded(tmp_path: Path) -> None:
    """A JPEG without its quantization tables passes the check of its header, but not decoding."""
    write_captions(tmp_path / "raw", CAPTIONS)
    whole = picture_path(tmp_path / "raw", 8).read_bytes()
    picture_path(tmp_path / "raw", 8).write_bytes(re.sub(rb"\xff\xdb\x00\x43.{65}", b"", whole, flags=re.DOTALL))
    arguments: dict[str, Any] = {
        "data_dir": tmp_path / "raw",
        "output": tmp_path / "out",
        "progress": False,
        "num_examples": None,
    }
    with pytest.raises(PictureError, match=r"COCO_train2014_000000000008\.jpg: the image is truncated or damaged"):
        build("multiinstruct", ["image_caption"], **arguments, check_pictures="decode")
    with pytest.raises(UnknownNameError, match="Did you mean 'decode'"):
        build("multiinstruct", ["image_caption"], **arguments, check_pictures="decoded")
    built = [
        build("multiinstruct", ["image_caption"], **arguments, on_error="skip", check_pictures=check, force=True)[0]
        for check in ("header", "decode")
    ]
    assert [(each.examples, dict(each.skipped)) for each in built] == [(8, {}), (7, {"picture_missing_or_damaged": 1})]


def test_names_are_checked_before_anything_is_built(tmp_path: Path) -> None:
    """A misspelt benchmark or task stops the build at once."""
    with pytest.raises(UnknownNameError, match="multiinstruct"):
        build("multiinstructs", ["ITM"], data_dir=tmp_path, output=tmp_path / "out")
    with pytest.raises(UnknownNameError, match="ITM"):
        build("multiinstruct", ["image_caption", "ITMM"], data_dir=tmp_path, output=tmp_path / "out")
    assert not (tmp_path / "out").exists()
