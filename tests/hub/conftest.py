"""A server for each test, and clients with a home of their own."""

import logging
import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from instraug_datasets.builders import build
from instraug_datasets.builders.demo import write_demo
from instraug_datasets.pool import InstructionPool
from instraug_datasets.tasks import BENCHMARKS
from tests.hub.client import Client, Zygote
from tests.hub.server.hub import Hub
from tests.hub.server.store import Store

TASKS = {
    # Whole, as references, in part, left out, and kept out of training.
    "multiinstruct": [
        "image_quality",
        "ITM",
        "open-domain_VQA",
        "commonsense_VQA",
        "natural_language_visual_reasoning",
    ],
    "instructblip": ["textcaps", "vizwiz"],
}


@pytest.fixture(scope="session")
def _address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path, Zygote]]:
    """The port of every server, the home of every client, and the process that clients are forked from."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    home = tmp_path_factory.mktemp("hub") / "home"
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "HUGGINGFACE_"))}
    environment = {
        **kept,
        "HF_ENDPOINT": f"http://127.0.0.1:{port}",
        "HF_HOME": str(home),
        "HF_HUB_DISABLE_XET": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    }
    zygote = Zygote(environment)
    yield port, home, zygote
    zygote.close()


@pytest.fixture
def hub(_address: tuple[int, Path, Zygote], tmp_path: Path) -> Iterator[Hub]:
    """A server without repositories."""
    with Hub(Store(tmp_path / "hub"), port=_address[0]) as hub:
        yield hub


@pytest.fixture
def client(_address: tuple[int, Path, Zygote], hub: Hub, tmp_path: Path) -> Client:
    """A user who has logged in and may write."""
    _, home, zygote = _address
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir()
    return Client(zygote, tmp_path / "jobs", home, {"HF_TOKEN": "hf_write"})


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few tasks of both benchmarks from the demo world, as `instraug build` writes them, and a small pool of each."""
    folder = tmp_path_factory.mktemp("built")
    raw = write_demo(folder / "raw", seed=0, images=12)
    logging.getLogger("instraug_datasets.builders").setLevel(logging.ERROR)
    for benchmark, tasks in TASKS.items():
        build(benchmark, tasks, data_dir=raw, output=folder / benchmark, num_examples=6, progress=False)
        InstructionPool.from_tasks(BENCHMARKS[benchmark].values()).save(folder / f"{benchmark}.parquet")
    return folder
