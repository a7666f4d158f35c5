"""Data dirs that the tests of the builders share; all are read only."""

from pathlib import Path

import pytest

from instraug_datasets.builders.demo import write_demo, zip_demo


@pytest.fixture(scope="session")
def demo_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(write_demo(tmp_path_factory.mktemp("demo") / "raw", seed=0, images=12))


@pytest.fixture(scope="session")
def zip_dir(demo_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same data as the publishers ship them."""
    return Path(zip_demo(demo_dir, tmp_path_factory.mktemp("zips")))
