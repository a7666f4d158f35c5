"""The whole matrix of loops, for `make test-full`: more ranks, other launchers, elastic runs, every start method."""

import multiprocessing

import pytest
from datasets.distributed import split_dataset_by_node
from torch.utils.data import DataLoader

from examples.toy_task import POOL
from instraug_datasets import augment
from tests.examples.running import (
    accelerate_launch,
    by_rank,
    ids,
    plain_stream,
    shown,
    texts,
    torchrun,
)

pytestmark = [
    pytest.mark.full,
    # Machines with fewer cores than workers are fine here.
    pytest.mark.filterwarnings("ignore:This DataLoader will create"),
]
EPOCHS = range(3)
GLOBAL_BATCH, STEPS = 4, 12


def _accelerate_expected(ranks, epochs):
    parts = [plain_stream(4).shard(num_shards=ranks, index=rank) for rank in range(ranks)]
    return [[text for epoch in epochs for text in texts(ids(part, epoch), epoch)] for part in parts]


@pytest.mark.parametrize("ranks", [2, 4])
def test_accelerate_launch(ranks):
    """Its own launcher, from epoch 0."""
    lines = accelerate_launch(ranks, "accelerate_loop.py")
    assert by_rank(lines, ranks) == _accelerate_expected(ranks, EPOCHS)


def test_plain_pytorch_on_four_ranks():
    """Each rank its part, in the wording of the epoch."""
    parts = [split_dataset_by_node(plain_stream(4), rank=rank, world_size=4) for rank in range(4)]
    expected = [[text for epoch in EPOCHS for text in texts(ids(part, epoch), epoch)] for part in parts]
    assert by_rank(torchrun(4, "torchrun_2_ranks.py"), 4) == expected


def test_accelerate_with_other_ranks_in_every_epoch():
    """Stopped after each epoch it goes on with 2, 4 and 1 ranks: every example once, in the epoch's wording."""
    for epoch, ranks in enumerate([1, 2, 4, 1]):
        lines = torchrun(ranks, "accelerate_loop.py", "--first-epoch", epoch, "--epochs", 1)
        assert by_rank(lines, ranks) == _accelerate_expected(ranks, [epoch])
        assert sorted(shown(lines)) == sorted(texts([f"dots/{number}" for number in range(16)], epoch))


def _global_batches(lines, ranks):
    """What each step has shown, on all ranks together."""
    share = GLOBAL_BATCH // ranks
    parts = by_rank(lines, ranks)
    starts = range(0, len(parts[0]), share)
    return [[text for part in parts for text in part[start : start + share]] for start in starts]


def test_trainer_with_other_ranks_in_the_middle_of_epochs(tmp_path):
    """Resumed on 2, 4 and 1 ranks at one global batch size, every step shows what it shows on one rank throughout."""
    stream = augment(plain_stream(1), POOL, seed=42).shuffle(seed=1, buffer_size=8)
    everything = [text for epoch in EPOCHS for text in texts(ids(stream, epoch), epoch)]
    steps = [everything[start : start + GLOBAL_BATCH] for start in range(0, len(everything), GLOBAL_BATCH)]
    assert len(steps) == STEPS
    for begin, ranks in [(0, 1), (3, 2), (6, 4), (9, 1)]:
        arguments = ["--output-dir", tmp_path, "--batch-size", GLOBAL_BATCH // ranks]
        resume = ["--resume", tmp_path / f"checkpoint-{begin}"] if begin else []
        lines = torchrun(ranks, "hf_trainer.py", *arguments, *resume)
        assert _global_batches(lines, ranks) == steps[begin:]


@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
@pytest.mark.parametrize("persistent", [False, True], ids=["workers of a pass", "persistent workers"])
def test_other_numbers_of_workers_in_every_epoch(method, persistent):
    """2, then 8, then none, started in every way: what an example says depends on its epoch alone."""
    stream = augment(plain_stream(8), POOL, seed=42)
    for epoch, workers in enumerate([2, 8, 0]):
        stream.set_epoch(epoch)
        started = {"multiprocessing_context": method, "persistent_workers": persistent} if workers else {}
        loader = DataLoader(stream, batch_size=2, collate_fn=list, num_workers=workers, **started)
        found = {row["unique_id"]: f"{row['prompt']}\n{row['target']}" for batch in loader for row in batch}
        assert list(found.values()) == texts(found, epoch)
        assert len(found) == 16
