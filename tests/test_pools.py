"""The bundled pools: large enough, made of nothing but the declared tasks, and with no leak from one to the other."""

from pathlib import Path

import pytest

from instraug_datasets import InstructionPool
from instraug_datasets import pools as bundle
from instraug_datasets.engines.grammar import normalized
from instraug_datasets.pools import write_pools
from instraug_datasets.tasks import BENCHMARKS

FOLDER = Path(bundle.__file__).parent
POOLS = {name: InstructionPool.load(name) for name in (*BENCHMARKS, "heldout")}

benchmarks = pytest.mark.parametrize("benchmark", list(BENCHMARKS))


def built(benchmark, role):
    return [task for task in BENCHMARKS[benchmark].values() if task.role == role]


@benchmarks
def test_every_built_task_is_there(benchmark):
    """Pools have every built task and no excluded one."""
    expected = {task.name for role in ("train", "eval") for task in built(benchmark, role)}
    assert set(POOLS[benchmark]) == expected


@benchmarks
def test_training_tasks_grow_thirtyfold(benchmark):
    """Every training task has at least thirty instructions per meta instruction."""
    stats = {each.task: each for each in POOLS[benchmark].stats()}
    for task in built(benchmark, "train"):
        assert stats[task.name].expansion >= 30, task.name
        origins = [each.origin or each.instruction_id for each in POOLS[benchmark][task.name]]
        assert min(origins.count(origin) for origin in origins) >= 30, task.name


@benchmarks
def test_evaluation_tasks_keep_their_meta_instructions(benchmark):
    """Evaluation tasks have only meta instructions."""
    for task in built(benchmark, "eval"):
        assert sorted(each.text for each in POOLS[benchmark][task.name]) == sorted(task.instructions)


@benchmarks
def test_no_two_instructions_of_a_task_are_the_same(benchmark):
    """Instructions of a task differ ignoring case and punctuation."""
    for instructions in POOLS[benchmark].values():
        texts = [normalized(each.text) for each in instructions]
        assert len(set(texts)) == len(texts)


@pytest.mark.parametrize("name", list(POOLS))
def test_variants_say_where_they_come_from(name):
    """Variants record meta instruction, engine and iteration."""
    metas = {
        each.instruction_id for name in BENCHMARKS for task in POOLS[name].values() for each in task if not each.origin
    }
    for instructions in POOLS[name].values():
        for each in instructions:
            if each.origin:
                assert each.origin in metas
                assert (each.parent, each.engine, each.iteration) == (each.origin, "grammar", 1)


def test_heldout_has_wordings_of_every_task():
    """The held-out pool has about ten instructions per task."""
    tasks = {task for name in BENCHMARKS for task in POOLS[name]}
    assert set(POOLS["heldout"]) == tasks
    assert min(len(instructions) for instructions in POOLS["heldout"].values()) >= 8


def test_heldout_is_never_seen_in_training():
    """No normalized held-out instruction occurs in another pool."""
    texts = {name: {normalized(each.text) for task in pool.values() for each in task} for name, pool in POOLS.items()}
    for name in BENCHMARKS:
        assert texts["heldout"] & texts[name] == set()


def test_the_files_are_small():
    """All pools together have less than five megabytes."""
    assert sum(path.stat().st_size for path in FOLDER.glob("*.parquet")) < 5_000_000


def test_the_files_are_what_the_repository_makes(tmp_path):
    """Rebuilt pools are identical byte for byte; `make pools` regenerates them."""
    write_pools(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {f"{name}.parquet" for name in POOLS}
    for name, pool in POOLS.items():
        assert InstructionPool.load(tmp_path / f"{name}.parquet") == pool, f"{name} is out of date: run `make pools`"
        assert (tmp_path / f"{name}.parquet").read_bytes() == (FOLDER / f"{name}.parquet").read_bytes()
