"""The epoch and exact resume inside `datasets.IterableDataset`: the node that adds prompts.

An iterable data set is a tree of *examples-iterables*. When iteration starts, the outermost data set copies the tree
and, in every epoch but the first, hands the epoch to each node that has `shift_rngs`; in a `DataLoader` worker the
worker's number follows by the same way. A node of ours in the tree therefore learns the epoch without any state,
whatever is stacked on top of it, and keeps no position of its own: its state is its inner iterable's.
"""

from __future__ import annotations

import copy
import inspect
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

import datasets
import pyarrow as pa
from datasets import Features, IterableDataset
from datasets import iterable_dataset as protocol

from ..errors import DependencyError, SettingError
from ..requirements import SUPPORTED
from .augmenter import InstructionAugmenter
from .dataset import follow_augmented, worker_info
from .lengths import Lengths, declared_rows, shard_rows
from .nodes import Node
from .passes import Pass, word_of

__all__ = ["augment_iterable"]

_OTHER_LENGTH = (
    "The stream, or this worker's part of it, should have {said} examples, but has {found}: epochs counted by its "
    "length come out wrong. augment(..., length=...) states the right one."
)


class AugmentedExamplesIterable(Node):
    """Adds an augmenter's columns to what another examples-iterable yields, and nothing to its state.

    Args:
        ex_iterable: What to augment.
        augmenter: What adds the columns.
        lengths: The number of examples of each shard, or of all together; None if unknown.
        shifts: The numbers that `shift_rngs` has brought so far: the epoch unless it is 0, then in a worker its number.
        turns: The passes of repetitions that it is in, the outermost first.
        generators: What is yet to shuffle the shards inside.
    """

    def __init__(
        self,
        ex_iterable: Any,
        augmenter: InstructionAugmenter,
        *,
        lengths: Lengths = None,
        shifts: tuple[int, ...] = (),
        turns: tuple[Pass, ...] = (),
        generators: tuple[Any, ...] = (),
    ) -> None:
        super().__init__(ex_iterable)
        self.augmenter = augmenter
        self.lengths = lengths
        self.shifts = shifts
        self.turns = turns
        self.generators = generators
        self._source: Any = None

    def _with(self, **changes: Any) -> AugmentedExamplesIterable:
        arguments = {name: getattr(self, name) for name in ("lengths", "shifts", "turns", "generators")} | changes
        return AugmentedExamplesIterable(arguments.pop("ex_iterable", self.ex_iterable), self.augmenter, **arguments)

    def _around(self, ex_iterable: Any) -> AugmentedExamplesIterable:
        return self._with(ex_iterable=ex_iterable)

    def shift_rngs(self, value: int) -> AugmentedExamplesIterable:
        return self._with(shifts=(*self.shifts, value))

    def in_pass(self, turn: Pass) -> AugmentedExamplesIterable:
        """The same in one pass of a repetition."""
        return self._with(turns=(*self.turns, turn))

    def shuffle_data_sources(self, generator: Any) -> AugmentedExamplesIterable:
        shuffled = self.ex_iterable.shuffle_data_sources(generator)
        if not isinstance(self.lengths, tuple) or len(set(self.lengths)) == 1:
            return self._around(shuffled)
        # Shards of different sizes are shuffled after they are dealt to ranks and workers, so that each of those reads
        # as many examples, and makes as many batches, in every epoch.
        return self._with(generators=(*self.generators, copy.deepcopy(generator)))

    def shard_data_sources(self, num_shards: int, index: int, contiguous: bool = True) -> AugmentedExamplesIterable:
        lengths = self.lengths if num_shards == 1 else None
        if isinstance(self.lengths, tuple):
            indices = self.split_shard_indices_by_worker(num_shards, index, contiguous=contiguous)
            lengths = tuple(self.lengths[i] for i in indices)
        part = self.ex_iterable.shard_data_sources(num_shards, index, contiguous=contiguous)
        return self._with(ex_iterable=part, lengths=lengths)

    def reshard_data_sources(self) -> AugmentedExamplesIterable:
        finer = self.ex_iterable.reshard_data_sources()
        return self._with(
            ex_iterable=finer, lengths=self.lengths if finer.num_shards == self.num_shards else self.rows()
        )

    def rows(self) -> int | None:
        return sum(self.lengths) if isinstance(self.lengths, tuple) else self.lengths

    @property
    def features(self) -> Features | None:
        inner = self.ex_iterable.features
        return None if inner is None else Features({**inner, **self.augmenter.added})

    @property
    def source(self) -> Any:
        """What is read: the node inside, with its shards shuffled."""
        if self._source is None:
            self._source = self.ex_iterable
            for generator in self.generators:
                self._source = self._source.shuffle_data_sources(generator)
        return self._source

    def _init_state_dict(self) -> dict[str, Any]:
        self._source = None
        state: dict[str, Any] = self.source._init_state_dict()
        self._state_dict = state
        self._initial = self.state_dict()
        return state

    def _expected(self) -> int | None:
        """The number of examples that will come; None if that is unknown, or the reading goes on from a state."""
        return self.rows() if self._state_dict is None or self._state_dict == self._initial else None

    def __iter__(self) -> Iterator[tuple[Any, dict[str, Any]]]:
        epoch, augmented, expected, found = self.epoch, self.augmenter.example, self._expected(), 0
        for key, example in self.source:
            found += 1
            yield key, augmented(example, epoch)
        _check_length(expected, found)

    def _iter_arrow(self) -> Iterator[tuple[Any, pa.Table]]:
        # One table out for each table in: the library counts tables when it resumes.
        epoch, augmented, expected, found = self.epoch, self.augmenter.table, self._expected(), 0
        for key, table in self.source.iter_arrow():
            found += len(table)
            yield key, augmented(table, epoch)
        _check_length(expected, found)

    @property
    def epoch(self) -> int:
        """The epoch whose prompts it adds."""
        fixed = self.augmenter.settings.epoch
        return word_of(self._outermost_epoch, self.turns) if fixed is None else fixed

    @property
    def _outermost_epoch(self) -> int:
        """The epoch that the outermost data set is in."""
        worker = worker_info()
        if worker is None:
            return self.shifts[-1] if self.shifts else 0
        outermost = worker.dataset
        # Only the epoch of `datasets` is shared memory: an `epoch` of a wrapper, as accelerate's, stands still in a
        # persistent worker.
        while not isinstance(outermost, IterableDataset) and hasattr(outermost, "dataset"):
            outermost = outermost.dataset
        if isinstance(outermost, IterableDataset):
            return int(outermost.epoch)
        # A user's own wrapper is outermost: go by the order of what came down, where the last is the worker's number.
        return self.shifts[-2] if len(self.shifts) > 1 else 0


_NODES = (
    "BufferShuffledExamplesIterable",
    "DataSourcesShufflingDisallowed",
    "InterleavedShardsExamplesIterable",
    "RebatchedArrowExamplesIterable",
    "StepExamplesIterable",
    "shift_ex_examples_rngs",
)


def augment_iterable(
    dataset: IterableDataset, augmenter: InstructionAugmenter, *, length: int | Sequence[int] | None = None
) -> IterableDataset:
    """The data set with the augmenter's columns in every example; nothing is read before it is iterated.

    Args:
        length: The number of examples, or of each shard's; by default what follows from the data set, or what the info
            of its split says.

    Raises:
        DependencyError: The installed version of `datasets` does not have the protocol that this relies on.
        ExampleError: A column to add is there already.
        SettingError: A length is negative, or there are not as many as shards.
    """
    _probe()
    follow_augmented()
    features = dataset.features
    if features is not None:
        augmenter.check_columns(features)
        features = Features({**features, **augmenter.added})
    info = dataset.info.copy()
    info.features = features
    made = IterableDataset(
        ex_iterable=AugmentedExamplesIterable(dataset._ex_iterable, augmenter, lengths=_lengths(dataset, length)),
        info=info,
        split=dataset.split,
        formatting=dataset._formatting,
        distributed=copy.deepcopy(dataset._distributed),
        token_per_repo_id=dataset._token_per_repo_id,
    )
    return made


def _check_length(expected: int | None, found: int) -> None:
    if expected is not None and expected != found:
        warnings.warn(_OTHER_LENGTH.format(said=expected, found=found), UserWarning, stacklevel=3)


def _lengths(dataset: Any, length: int | Sequence[int] | None) -> Lengths:
    shards = dataset._ex_iterable.num_shards
    if length is None:
        known = shard_rows(dataset._ex_iterable)
        return declared_rows(dataset) if known is None else known
    each = (length,) if isinstance(length, int) else tuple(length)
    if any(not isinstance(one, int) or isinstance(one, bool) or one < 0 for one in each):
        raise SettingError(f"length must be a number of examples, or one for each shard, but is {length!r}.")
    if isinstance(length, int):
        return each if shards == 1 else length
    if len(each) != shards:
        raise SettingError(f"length has {len(each)} numbers, but the stream has {shards} shards; give one for each.")
    return each


def _probe() -> None:
    """Check, once data are augmented, that the library still works as the module's first lines say."""
    arguments = inspect.signature(IterableDataset.__init__).parameters
    good = (
        all(hasattr(Node, name) for name in ("state_dict", "load_state_dict", "split_shard_indices_by_worker"))
        and all(hasattr(protocol, name) for name in _NODES)
        and {"ex_iterable", "info", "split", "formatting", "distributed", "token_per_repo_id"} <= set(arguments)
    )
    if not good:
        raise DependencyError(
            f"datasets {datasets.__version__} is not supported: streams are built differently there than in the "
            f"versions this package knows. Install a supported one: pip install 'datasets{SUPPORTED['datasets']}'."
        )
