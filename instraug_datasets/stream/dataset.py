"""The class of augmented streams: an `IterableDataset` that knows its length, its epoch's origin, and how to resume.

The library's methods, and its functions that join and split data sets, construct a plain `IterableDataset` by name.
`follow_augmented` therefore has the constructor look at what it was given, and make it one of these where an augmented
node is in it; nothing changes for other streams.
"""

from __future__ import annotations

import contextlib
import functools
import os
import sys
import warnings
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

import numpy as np
from datasets import IterableDataset
from datasets import iterable_dataset as protocol

from .lengths import rows, rows_for_caller
from .nodes import nodes
from .passes import FreshRepeatExamplesIterable
from .rows import as_rows, with_rows
from .shuffling import BlockShuffledExamplesIterable
from .watch import PassWatch

__all__ = ["MADE_FROM", "AugmentedIterableDataset", "SizedAugmentedIterableDataset", "follow_augmented", "worker_info"]

MADE_FROM = (
    "_resolve_features",
    "_step",
    "add_column",
    "batch",
    "cast",
    "cast_column",
    "decode",
    "filter",
    "map",
    "remove_columns",
    "rename_column",
    "rename_columns",
    "reshard",
    "select_columns",
    "shard",
    "skip",
    "take",
    "with_format",
)
"""The methods that make another stream: it begins in the epoch of the one that it is made from."""

_OTHER_EPOCH = (
    "The loaded state is of epoch {saved}, but the stream is in epoch {now}: it starts at its beginning. Call "
    "set_epoch({saved}) before reading, on the prepared loader where accelerate drives the stream."
)
_LIBRARY_SHUFFLE = (
    "A shuffle before augment() keeps examples in a buffer that is no part of the state: some are lost and some come "
    "twice. Shuffle after augment(), augment(stream, ...).shuffle(seed=...), to resume exactly."
)


class AugmentedIterableDataset(IterableDataset):
    """A stream whose examples carry the prompts of its epoch.

    What its methods make is of this class too and begins in the same epoch, so that what is written down, with
    `to_parquet` or `push_to_hub`, is what the stream shows at that moment.
    """

    _watch: PassWatch
    _epoch: Any
    _starting_state_dict: dict[str, Any] | None
    _begun: int | None = None
    """The process that has begun to read, since a state was loaded."""

    @property
    def is_fixed(self) -> bool:
        """Whether every prompt stays what it is, whatever the epoch."""
        augmenters = [node.augmenter for node in nodes(self._ex_iterable) if hasattr(node, "augmenter")]
        return all(each.settings.epoch is not None for each in augmenters)

    def set_epoch(self, epoch: int) -> None:
        """Show the prompts of this epoch, and the examples in its order, from the next pass on."""
        if not self.is_fixed:
            self._watch.told(self.epoch, epoch)
        super().set_epoch(epoch)

    def repeat(self, num_times: int | None, *, fresh: bool = True) -> Any:
        """The stream so many times over, by default with another wording in every pass.

        Args:
            num_times: How often; None for ever.
            fresh: Whether an epoch of `n` passes uses the wordings of `n` epochs; otherwise all passes are the same.
        """
        made = super().repeat(num_times)
        if fresh and not self.is_fixed:
            made = self._with(FreshRepeatExamplesIterable(self._ex_iterable, num_times))
        return self._handed_on(made)

    def shuffle(
        self,
        seed: int | None = None,
        generator: np.random.Generator | None = None,
        buffer_size: int = 1000,
        max_buffer_input_shards: int = 10,
    ) -> Any:
        """As `IterableDataset.shuffle`, but it resumes exactly.

        Examples are shuffled within blocks of `buffer_size`, each filled from up to `max_buffer_input_shards` shards,
        in another order in every epoch.
        """
        rng = np.random.default_rng(seed) if generator is None else deepcopy(generator)
        node = self._ex_iterable
        try:
            node = node.shuffle_data_sources(rng)
        except protocol.DataSourcesShufflingDisallowed:
            max_buffer_input_shards = 1
        if max_buffer_input_shards > 1 and node.num_shards > 1:
            if node.iter_arrow:
                node = protocol.RebatchedArrowExamplesIterable(node, max(1, buffer_size // max_buffer_input_shards))
            node = protocol.InterleavedShardsExamplesIterable(node, max_buffer_input_shards)
        if node.iter_arrow:
            node = protocol.RebatchedArrowExamplesIterable(node, buffer_size)
        return self._handed_on(
            self._with(BlockShuffledExamplesIterable(node, buffer_size, (int(rng.integers(1 << 63)),)))
        )

    def state_dict(self) -> dict[str, Any]:
        """The position after the latest example; of a stream that is not yet read, the state it would begin with."""
        if self._begun == os.getpid():
            return super().state_dict()  # type: ignore[no-any-return]
        # Before it begins, a worker would hand out the state of the process that started it.
        return self._starting_state_dict or {"examples_iterable": {}, "epoch": self.epoch}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on after the example at which the state was saved, in its epoch."""
        super().load_state_dict(state_dict)
        self._begun = None
        self._enter(state_dict["epoch"])
        self._watch.rewinds()
        if any(type(node) is protocol.BufferShuffledExamplesIterable for node in nodes(self._ex_iterable)):
            warnings.warn(_LIBRARY_SHUFFLE, UserWarning, stacklevel=2)

    def _enter(self, epoch: int) -> None:
        # Workers that load a state do this at the same time; the library's way of setting it would add up.
        if isinstance(self._epoch, int):
            self._epoch = epoch
        else:
            self._epoch.fill_(epoch)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return self._watched(super().__iter__())

    def iter(self, batch_size: int, drop_last_batch: bool = False) -> Iterator[Any]:
        """As `IterableDataset.iter`; its state says the size of its batches."""
        return self._watched(super().iter(batch_size, drop_last_batch=drop_last_batch))

    def _watched(self, examples: Iterator[Any]) -> Iterator[Any]:
        worker = worker_info()
        watches = not self.is_fixed and (worker is None or worker.id == 0)
        epoch, state = self.epoch, self._starting_state_dict
        if state is not None and state["epoch"] != epoch:
            # Loops that count batches leave the resumed pass before its end, and set the next epoch rightly.
            if self._begun != os.getpid():
                warnings.warn(_OTHER_EPOCH.format(saved=state["epoch"], now=epoch), UserWarning, stacklevel=2)
            state = self._starting_state_dict = None
        if watches:
            self._watch.begins(epoch)
        yield from examples
        if watches:
            self._watch.ends(epoch)
        # The library would begin every later pass where the state was saved.
        if self._starting_state_dict is state:
            self._starting_state_dict = None

    def _prepare_ex_iterable_for_iteration(self, batch_size: int = 1, drop_last_batch: bool = False) -> Any:
        self._begun, loaded = os.getpid(), self._starting_state_dict
        # A worker's state is of its part of the shards and does not fit the whole; the part loads it later.
        state = loaded if loaded is not None and worker_info() is None and loaded["epoch"] == self.epoch else None
        saved = state.get("batch_sizes", [batch_size]) if state is not None else [batch_size]
        self._starting_state_dict = None
        try:
            node = super()._prepare_ex_iterable_for_iteration(saved[0], drop_last_batch and saved == [batch_size])
        finally:
            self._starting_state_dict = loaded
        # Only tables are cut into batches on their way; positions among single examples count examples.
        by_tables = node.iter_arrow and isinstance(node, protocol.FormattedExamplesIterable)
        node = with_rows(node)
        sizes = saved if saved[-1] == batch_size or not by_tables else [*saved, batch_size]
        for size in sizes[1:]:
            node, inner = as_rows(self._rebatched(node, size, drop_last_batch)), node
        self._state_dict = {"examples_iterable": node._init_state_dict(), "epoch": self.epoch}
        if by_tables:
            self._state_dict["batch_sizes"] = sizes
        if state is not None:
            if sizes == saved:
                node.load_state_dict(state["examples_iterable"])
            else:
                inner.load_state_dict(state["examples_iterable"])
                node._state_dict["examples_iterable"] = inner._state_dict
            self._state_dict["examples_iterable"] = node._state_dict
        return node

    def _rebatched(self, node: Any, batch_size: int, drop_last_batch: bool) -> Any:
        """Batches of one size as batches of another: saved positions count batches of the size they were read in."""
        return protocol.FormattedExamplesIterable(
            protocol.RebatchedArrowExamplesIterable(node, batch_size, drop_last_batch),
            formatting=self._formatting,
            features=self.features,
            token_per_repo_id=self._token_per_repo_id,
        )

    def _with(self, node: Any) -> Any:
        return IterableDataset(
            node,
            info=self._info.copy(),
            split=self._split,
            formatting=self._formatting,
            distributed=deepcopy(self._distributed),
            token_per_repo_id=self._token_per_repo_id,
        )

    def _handed_on(self, made: Any) -> Any:
        if isinstance(made, AugmentedIterableDataset):
            made._enter(self.epoch)
        return made


class SizedAugmentedIterableDataset(AugmentedIterableDataset):
    """An augmented stream of known length: training loops can count its epochs.

    In a `DataLoader`, and under accelerate, the loader's length is right as well, whatever the number of workers.
    """

    def __len__(self) -> int:
        # The frame is what asks; see there.
        return rows_for_caller(self._divided(), sys._getframe(1), self)

    def __bool__(self) -> bool:
        return True

    def _divided(self) -> Any:
        """What this rank reads of the tree, as iterating divides it."""
        node, part = self._ex_iterable, self._distributed
        if self.epoch:
            with contextlib.suppress(protocol.DataSourcesShufflingDisallowed):
                node = node.shuffle_data_sources(np.random.default_rng(self.epoch))
        if not part:
            return node
        if part.strategy == "shards" or (part.strategy == "auto" and node.num_shards % part.world_size == 0):
            return node.shard_data_sources(num_shards=part.world_size, index=part.rank, contiguous=False)
        return protocol.StepExamplesIterable(node, step=part.world_size, offset=part.rank)


def worker_info() -> Any:
    """Of the `DataLoader` worker that this is; None in any other process."""
    # Without torch imported there can be no worker of it.
    return sys.modules["torch.utils.data"].get_worker_info() if "torch.utils.data" in sys.modules else None


def follow_augmented() -> None:
    """From now on, whatever is made from augmented streams is of their class; streams of others are left alone."""
    construct = IterableDataset.__init__
    if hasattr(construct, "follows_augmented"):
        return

    @functools.wraps(construct)
    def constructed(self: Any, *args: Any, **kwargs: Any) -> None:
        construct(self, *args, **kwargs)
        if any(hasattr(node, "augmenter") for node in nodes(self._ex_iterable)):
            self.__class__ = AugmentedIterableDataset if _length(self) is None else SizedAugmentedIterableDataset
            self._watch = PassWatch()

    constructed.follows_augmented = True  # type: ignore[attr-defined]
    IterableDataset.__init__ = constructed


def _length(dataset: Any) -> int | None:
    return rows(SizedAugmentedIterableDataset._divided(dataset))


def _handing_on(name: str) -> Callable[..., Any]:
    method = getattr(IterableDataset, name)

    @functools.wraps(method)
    def made(self: AugmentedIterableDataset, *args: Any, **kwargs: Any) -> Any:
        return self._handed_on(method(self, *args, **kwargs))

    return made


for _name in MADE_FROM:
    if hasattr(IterableDataset, _name):
        setattr(AugmentedIterableDataset, _name, _handing_on(_name))
