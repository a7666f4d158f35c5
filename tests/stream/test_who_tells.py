"""Who tells a stream its epoch, loop by loop, as docs/epochs.md says; and what is said where nobody does."""

import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import pytest
from accelerate import Accelerator
from accelerate.utils import DataLoaderConfiguration
from datasets import concatenate_datasets
from torch.utils.data import DataLoader
from torchdata.stateful_dataloader import StatefulDataLoader

from instraug_datasets import InstructionAugmenter, augment
from tests import toy

ROWS = 12
POOL = toy.pool()
DATA = toy.dataset(ROWS)
TRUTH = {epoch: toy.prompts(map(InstructionAugmenter(POOL, epoch=epoch), toy.examples(ROWS))) for epoch in range(8)}
LOADERS: dict[str, dict[str, Any]] = {
    "main process": {},
    "2 workers": {"num_workers": 2},
    "2 persistent workers": {"num_workers": 2, "persistent_workers": True},
}


def _stream(**options: Any) -> Any:
    return augment(DATA.to_iterable_dataset(num_shards=2), POOL, **options)


def _loader(stream: Any, **arguments: Any) -> Any:
    return DataLoader(stream, batch_size=4, collate_fn=list, **arguments)


def _prepared(loader: Any) -> Any:
    # Batches that are no tensors cannot be dispatched from one process.
    return Accelerator(cpu=True, dataloader_config=DataLoaderConfiguration(dispatch_batches=False)).prepare(loader)


def _pass(loader: Any) -> dict[str, Any]:
    return toy.prompts(row for batch in loader for row in batch)


@pytest.mark.parametrize("loader", LOADERS.values(), ids=LOADERS)
def test_a_plain_loop_tells_the_stream(loader):
    """`stream.set_epoch` before each pass, and nothing is said."""
    stream = _stream()
    loaded = _loader(stream, **loader)
    for epoch in (0, 1, 2):
        stream.set_epoch(epoch)
        assert _pass(loaded) == TRUTH[epoch]


@pytest.mark.parametrize("loader", LOADERS.values(), ids=LOADERS)
@pytest.mark.parametrize(
    "made", [lambda stream: stream, lambda stream: stream.shuffle(seed=1, buffer_size=5).map(dict)]
)
def test_a_loop_that_tells_nobody_is_warned(made, loader):
    """At the second pass, in whatever process reads; the message has the call to write."""
    loaded = _loader(made(_stream()), **loader)
    assert _pass(loaded) == TRUTH[0]
    message = r"came round again, but set_epoch was never called and the epoch is still 0.*stream.set_epoch\(epoch\)"
    with pytest.raises(UserWarning, match=message):
        _pass(loaded)


LOOP = """
import sys
from torch.utils.data import DataLoader
{imports}
from tests.stream.test_who_tells import _loader, _pass, _stream
workers = int(sys.argv[1])
loader = _loader(_stream(), num_workers=workers, persistent_workers=sys.argv[2] == "persistent")
for _ in range(4):
    _pass(loader)
"""
FIXES = [
    (("2", ""), "", "Call stream.set_epoch(epoch) before each pass, or have accelerate prepare its loader"),
    (("0", ""), "import transformers.trainer", "inside a wrapper, give that callbacks=[EpochCallback()]"),
    (("2", "persistent"), "sys.modules['lightning.pytorch'] = sys", "Lightning does not tell it: call stream"),
]


@pytest.mark.parametrize(("workers", "imports", "fix"), FIXES, ids=["accelerate", "Trainer", "Lightning"])
def test_the_warning_comes_once_and_names_the_call_of_the_loop_at_hand(workers, imports, fix):
    """Of four passes, however many workers read them."""
    script = [sys.executable, "-c", LOOP.format(imports=imports), *workers]
    result = subprocess.run(script, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2])
    assert result.stderr.count("came round again") == result.stderr.count(fix) == 1


@pytest.mark.parametrize("examples", [1, 5, ROWS])
def test_a_pass_that_goes_on_after_a_resume_is_no_repetition(examples):
    """In the process that has read the pass before, as a loop that rolls back does; but the pass after it is one."""
    stream = _stream()
    reading = iter(stream)
    for _ in range(examples):
        next(reading)
    state = stream.state_dict()
    list(reading)
    stream.load_state_dict(state)
    assert len(list(stream)) == ROWS - examples
    with pytest.raises(UserWarning, match="came round again"):
        list(stream)


def test_a_resumed_pass_that_is_left_at_its_last_example():
    """Loops that count batches, as Lightning's, do not ask for more; in the next epoch nothing is left of the state."""
    stream = _stream()
    stream.set_epoch(1)
    reading = iter(stream)
    next(reading)
    state = stream.state_dict()
    resumed = _stream()
    resumed.load_state_dict(state)
    reading = iter(resumed)
    for _ in range(ROWS - 1):
        next(reading)
    resumed.set_epoch(2)
    assert toy.prompts(resumed) == TRUTH[2]


def test_the_warning_comes_once():
    """And not for a few looks at the first examples."""
    stream = _stream()
    for _ in range(3):
        next(iter(stream))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in range(4):
            list(stream)
    assert len(caught) == 1


@pytest.mark.parametrize("loader", LOADERS.values(), ids=LOADERS)
def test_a_prepared_loader_tells_the_stream(loader):
    """The loaders of accelerate count their passes themselves; a resumed run sets the loader's epoch."""
    prepared = _prepared(_loader(_stream(), **loader))
    assert [_pass(prepared) for _ in range(3)] == [TRUTH[epoch] for epoch in range(3)]
    prepared.set_epoch(6)
    assert [_pass(prepared) for _ in range(2)] == [TRUTH[epoch] for epoch in (6, 7)]


def test_an_epoch_that_a_prepared_loader_overwrites_is_warned_of():
    """Set on the stream it has no effect there; the message names the call that has."""
    stream = _stream()
    prepared = _prepared(_loader(stream))
    stream.set_epoch(5)
    with pytest.warns(UserWarning, match=r"set to 5 and then back to 0.*set_epoch\(5\) of that loader"):
        assert _pass(prepared) == TRUTH[0]


def test_a_pass_that_is_left_early_is_not_counted_by_a_prepared_loader():
    """It shows the same epoch again, unless the loop sets the loader's epoch."""
    prepared = _prepared(_loader(_stream()))
    for told in (None, 1, 2):
        if told is not None:
            prepared.set_epoch(told)
        for _ in range(1 if told else 2):
            first = toy.prompts(next(iter(prepared)))
            assert first.items() <= TRUTH[told or 0].items()


@pytest.mark.filterwarnings("ignore:'set_vital' is deprecated")
@pytest.mark.parametrize("loader", LOADERS.values(), ids=LOADERS)
def test_a_stateful_loader_that_tells_nobody_is_warned(loader):
    """As a plain one is."""
    loaded = StatefulDataLoader(_stream(), batch_size=4, collate_fn=list, **loader)
    assert _pass(loaded) == TRUTH[0]
    with pytest.raises(UserWarning, match=r"set_epoch was never called.*stream.set_epoch\(epoch\)"):
        _pass(loaded)


@pytest.mark.parametrize("loader", LOADERS.values(), ids=LOADERS)
def test_an_evaluation_holds_still(loader):
    """A fixed epoch is rendered in every pass that is counted as an epoch, and quietly."""
    stream = _stream(epoch=3)
    prepared = _prepared(_loader(stream, **loader))
    assert [_pass(prepared) for _ in range(3)] == [TRUTH[3]] * 3
    plain = _loader(_stream(epoch=0), **loader)
    assert [_pass(plain) for _ in range(3)] == [TRUTH[0]] * 3


def test_a_fixed_stream_beside_one_that_follows():
    """What was augmented apart keeps its own rule when it is joined."""
    fixed, following = DATA.select(range(6)), DATA.select(range(6, ROWS))
    joined = concatenate_datasets(
        [augment(fixed.to_iterable_dataset(), POOL, epoch=4), augment(following.to_iterable_dataset(), POOL)]
    )
    joined.set_epoch(2)
    expected = {row["unique_id"]: TRUTH[4][row["unique_id"]] for row in fixed}
    assert toy.prompts(joined) == expected | {row["unique_id"]: TRUTH[2][row["unique_id"]] for row in following}
