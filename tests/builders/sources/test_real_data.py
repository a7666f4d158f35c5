"""NLVR and VSR as they were published, where a copy lies beside the repository."""

from collections import Counter
from pathlib import Path

import pytest

from instraug_datasets.errors import MissingFilesError
from tests.builders.raw_files import rows

DATA = Path(__file__).parents[3] / "../shared/data"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="no published data beside the repository")


def test_nlvr() -> None:
    """All 150 statements come through, each with one of its six drawings, all six in use, and both answers."""
    found = rows(DATA, "natural_language_visual_reasoning", "validation")
    assert len({row["unique_id"] for row in found}) == len(found) == 150
    first = next(row for row in found if row["unique_id"].endswith("/dev-1572-0"))
    assert first["text"] == "Each grey box contains atleast one yellow object touching the edge"
    assert first["target"] == "yes"
    assert Path(first["images"][0]["path"]).name == f"dev-1572-0-{first['meta']['order']}.png"
    assert set(Counter(row["meta"]["order"] for row in found)) == set(range(6))
    assert Counter(row["target"] for row in found)["yes"] in range(50, 101)


def test_vsr_says_that_its_pictures_are_missing() -> None:
    """Missing pictures raise an error with folders, archives and URLs."""
    with pytest.raises(MissingFilesError) as caught:
        rows(DATA, "visual_spatial_reasoning", "validation")
    message = str(caught.value)
    assert "MSCOCO2017/train2017/ (or MSCOCO2017/train2017.zip)" in message
    assert "MSCOCO2017/val2017/ (or MSCOCO2017/val2017.zip)" in message
    assert "http://images.cocodataset.org/zips/train2017.zip" in message
    assert "zeroshot/test.jsonl" in message
    assert "zeroshot/dev.jsonl" not in message
