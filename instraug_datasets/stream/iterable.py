"""The epoch and exact resume inside `datasets.IterableDataset`: the one module that uses its private protocol.

An iterable data set is a tree of *examples-iterables*. When iteration starts, the outermost data set copies the tree
and, in every epoch but the first, hands the epoch to each node that has `shift_rngs`; in a `DataLoader` worker the
worker's number follows by the same way. A node of ours in the tree therefore learns the epoch without any state,
whatever is stacked on top of it, and keeps no position of its own: its state is its inner iterable's.
"""

from __future__ import annotations

import copy
import inspect
import sys
from collections.abc import Callable, Iterator
from typing import Any

import datasets
import pyarrow as pa
from datasets import Features, IterableDataset
from datasets import iterable_dataset as protocol

from ..errors import DependencyError
from .augmenter import InstructionAugmenter

__all__ = ["augment_iterable"]


# Where the library has it no more, importing this package must still work; `_probe` says so when data are augmented.
_Base: Any = getattr(protocol, "_BaseExamplesIterable", object)


class AugmentedExamplesIterable(_Base):
    """Adds an augmenter's columns to what another examples-iterable yields, and nothing to its state.

    Args:
        ex_iterable: What to augment.
        augmenter: What adds the columns.
        shifts: The numbers that `shift_rngs` has brought so far: the epoch unless it is 0, then in a worker its number.
    """

    def __init__(self, ex_iterable: Any, augmenter: InstructionAugmenter, shifts: tuple[int, ...] = ()) -> None:
        super().__init__()
        self.ex_iterable = ex_iterable
        self.augmenter = augmenter
        self.shifts = shifts

    def _around(self, ex_iterable: Any) -> AugmentedExamplesIterable:
        return AugmentedExamplesIterable(ex_iterable, self.augmenter, self.shifts)

    def shift_rngs(self, value: int) -> AugmentedExamplesIterable:
        return AugmentedExamplesIterable(self.ex_iterable, self.augmenter, (*self.shifts, value))

    def shuffle_data_sources(self, generator: Any) -> AugmentedExamplesIterable:
        return self._around(self.ex_iterable.shuffle_data_sources(generator))

    def shard_data_sources(self, num_shards: int, index: int, contiguous: bool = True) -> AugmentedExamplesIterable:
        return self._around(self.ex_iterable.shard_data_sources(num_shards, index, contiguous=contiguous))

    def reshard_data_sources(self) -> AugmentedExamplesIterable:
        return self._around(self.ex_iterable.reshard_data_sources())

    @property
    def num_shards(self) -> int:
        return int(self.ex_iterable.num_shards)

    @property
    def is_typed(self) -> bool:
        return bool(self.ex_iterable.is_typed)

    @property
    def features(self) -> Features | None:
        inner = self.ex_iterable.features
        return None if inner is None else Features({**inner, **self.augmenter.added})

    def _init_state_dict(self) -> dict[str, Any]:
        state: dict[str, Any] = self.ex_iterable._init_state_dict()
        self._state_dict = state
        return state

    def __iter__(self) -> Iterator[tuple[Any, dict[str, Any]]]:
        epoch, augmented = self.epoch, self.augmenter.example
        for key, example in self.ex_iterable:
            yield key, augmented(example, epoch)

    @property
    def iter_arrow(self) -> Callable[[], Iterator[tuple[Any, pa.Table]]] | None:
        return self._iter_arrow if self.ex_iterable.iter_arrow else None

    def _iter_arrow(self) -> Iterator[tuple[Any, pa.Table]]:
        # One table out for each table in: the library counts tables when it resumes.
        epoch, augmented = self.epoch, self.augmenter.table
        for key, table in self.ex_iterable.iter_arrow():
            yield key, augmented(table, epoch)

    @property
    def epoch(self) -> int:
        """The epoch that the outermost data set is in."""
        worker = _worker_info()
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


def augment_iterable(dataset: IterableDataset, augmenter: InstructionAugmenter) -> IterableDataset:
    """The data set with the augmenter's columns in every example; nothing is read before it is iterated.

    Raises:
        DependencyError: The installed version of `datasets` does not have the protocol that this relies on.
        ExampleError: A column to add is there already.
    """
    _probe()
    features = dataset.features
    if features is not None:
        augmenter.check_columns(features)
        features = Features({**features, **augmenter.added})
    info = dataset.info.copy()
    info.features = features
    return IterableDataset(
        ex_iterable=AugmentedExamplesIterable(dataset._ex_iterable, augmenter),
        info=info,
        split=dataset.split,
        formatting=dataset._formatting,
        distributed=copy.deepcopy(dataset._distributed),
        token_per_repo_id=dataset._token_per_repo_id,
    )


def _worker_info() -> Any:
    # Without torch imported there can be no worker of it.
    return sys.modules["torch.utils.data"].get_worker_info() if "torch.utils.data" in sys.modules else None


def _probe() -> None:
    """Check, once data are augmented, that the library still works as the module's first lines say."""
    arguments = inspect.signature(IterableDataset.__init__).parameters
    good = (
        all(hasattr(_Base, name) for name in ("_init_state_dict", "iter_arrow", "shard_data_sources", "is_typed"))
        and hasattr(protocol, "shift_ex_examples_rngs")
        and {"ex_iterable", "info", "split", "formatting", "distributed", "token_per_repo_id"} <= set(arguments)
    )
    if not good:
        raise DependencyError(
            f"datasets {datasets.__version__} is not supported: streams are built differently there than in the "
            "versions this package knows. Install a supported one: pip install 'datasets>=5.0.1,<6'."
        )
