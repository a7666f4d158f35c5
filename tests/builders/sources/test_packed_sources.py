"""Sources whose publishers send one archive are read from it as it is, and say what is known of their layout."""

import shutil
import tarfile
from pathlib import Path

import pytest

from instraug_datasets.builders import list_sources
from instraug_datasets.builders.demo import write_demo
from tests.builders.raw_files import rows


@pytest.mark.parametrize(
    ("source", "task", "split", "packed", "archive", "top"),
    [
        ("medic", "medic_disaster_types", "test", "MEDIC", "MEDIC/MEDIC.tar.gz", ""),
        ("medic", "medic_disaster_types", "test", "MEDIC", "MEDIC.tar.gz", ""),
        ("mocheg", "multimodal_factual_checking", "train", "mocheg/mocheg", "mocheg/mocheg.tar.gz", "mocheg"),
        ("mocheg", "multimodal_factual_checking", "train", "mocheg/mocheg", "mocheg.tar", "mocheg"),
    ],
)
def test_an_archive_is_read_as_it_is(
    tmp_path: Path, source: str, task: str, split: str, packed: str, archive: str, top: str
) -> None:
    """The same examples, with their pictures, come from the folder and from the archive that holds it."""
    root = write_demo(tmp_path / "raw", images=8, sources=[source])
    expected = rows(root, task, split)
    pictures = [[Path(each["path"]).read_bytes() for each in row["images"]] for row in expected]
    shutil.move(root / packed, tmp_path / "unpacked")
    (root / archive).parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(root / archive, "w:gz" if archive.endswith(".gz") else "w") as tar:
        for path in sorted((tmp_path / "unpacked").rglob("*")):
            tar.add(path, arcname=str(Path(top) / path.relative_to(tmp_path / "unpacked")), recursive=False)
    found = rows(root, task, split)
    assert len(found) > 3
    without_pictures = [{**row, "images": None} for row in found]
    assert without_pictures == [{**row, "images": None} for row in expected]
    assert [[each["bytes"] for each in row["images"]] for row in found] == pictures


def test_every_source_says_what_was_verified() -> None:
    """Each source names the public files that its layout was compared with."""
    assert [source.name for source in list_sources() if not source.verified] == []
