"""What the tests of commands share."""

from pathlib import Path

import pytest

from instraug_datasets.builders.demo import write_demo


@pytest.fixture(scope="session")
def demo_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small demo world, which no test changes."""
    return Path(write_demo(tmp_path_factory.mktemp("demo"), images=16))
