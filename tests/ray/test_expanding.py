"""`expand` on Ray: the pool of a local run, byte for byte, also where a machine is lost half-way."""

from pathlib import Path
from typing import Any

import pytest

from instraug_datasets import expand
from instraug_datasets.engines import load_engine
from instraug_datasets.errors import SettingError, UnknownNameError
from instraug_datasets.expansion import select_tasks
from tests.ray.running import run_script

pytest.importorskip("ray")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the cluster writes, and the pools of local runs."""
    return tmp_path_factory.mktemp("expanding")


@pytest.fixture(scope="module")
def result(folder: Path) -> Any:
    """The end of runs on two machines, of which one is killed while it completes requests."""
    return run_script(Path(__file__).with_name("expanding.py"), folder)


def test_a_machine_that_is_lost_costs_nothing(folder: Path, result: Any) -> None:
    """The run ends with one machine left, and its pool is the local one."""
    assert len(result["removed"]) == len(result["left"]) == 1
    assert result["removed"] != result["left"]
    pool = expand(select_tasks("multiinstruct", ["ITM", "image_caption"]), "grammar", target=5)
    pool.save(folder / "local.parquet")
    assert (folder / "cluster.parquet").read_bytes() == (folder / "local.parquet").read_bytes()
    assert len(pool["ITM"]) > 5


def test_the_command_expands_on_ray(folder: Path, result: Any) -> None:
    """`--engine ray` runs the engine that is named, with that engine's settings, on the cluster at the address."""
    expand(select_tasks("multiinstruct", ["ITM"]), "grammar", target=5).save(folder / "local.parquet")
    assert (folder / "command.parquet").read_bytes() == (folder / "local.parquet").read_bytes()


def test_completions_keep_the_order_of_the_requests(result: Any) -> None:
    """Completions are those of the engine alone, in its order, and under its name in pools and journals."""
    assert result["order"]
    assert result["recorded"] == ["grammar", None]


def test_errors_are_those_of_the_engine(result: Any) -> None:
    """Errors of a worker arrive as ours; a request that ends every process, and a cluster without room, end the run."""
    refused, failed, model, room, died = result["errors"]
    assert refused == "EngineError: no credit left"
    assert failed == "EngineError: The engine 'function' failed on a worker: ValueError('a defect')"
    assert model.startswith("SettingError: Cannot load the model 'no/such/folder'")
    assert room == "EngineError: The Ray cluster has no machine for a worker, which takes one CPU and 1 GPUs."
    assert died.startswith("EngineError: Ray lost 6 workers of the engine 'function'")


def test_options_are_checked_before_anything_starts() -> None:
    """Options of the other engine are checked here, not on a worker."""
    with pytest.raises(SettingError, match="requires the option 'engine'"):
        load_engine("ray")
    with pytest.raises(SettingError, match="runs another engine"):
        load_engine("ray", engine="ray")
    with pytest.raises(UnknownNameError, match="Did you mean 'grammar'"):
        load_engine("ray", engine="gramar")
    with pytest.raises(UnknownNameError, match=r"option of the engine inference 'time_out'\. Did you mean 'timeout'"):
        load_engine("ray", engine="inference", model="m", time_out=3)
    with pytest.raises(SettingError, match="workers must be a whole number from 1, but got 0"):
        load_engine("ray", engine="grammar", workers=0)
