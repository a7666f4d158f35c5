"""Several data sets as one stream, each with a probability of its own: InstructBLIP's way of mixing them."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any

from datasets import Dataset, IterableDataset, interleave_datasets

from .errors import SettingError, UnknownNameError
from .stream import AugmentedDataset, InstructionAugmenter, augmenter_of
from .stream.iterable import augment_iterable

__all__ = ["STOPPING_STRATEGIES", "WEIGHTS", "mixture", "shares"]

WEIGHTS: Mapping[str, float] = MappingProxyType({"sqrt": 0.5, "size": 1.0, "equal": 0.0})
"""The rules of weighing by name: the power of its size that a data set weighs."""

STOPPING_STRATEGIES = ("first_exhausted", "all_exhausted", "all_exhausted_without_replacement")

SHARDS = 16
"""A map-style data set becomes a stream of so many shards, as many workers as can share it."""


def mixture(
    datasets: Mapping[str, Dataset | IterableDataset],
    *,
    weights: str | Mapping[str, float] = "sqrt",
    adjust: Mapping[str, float] | None = None,
    sizes: Mapping[str, int] | None = None,
    stopping_strategy: str = "first_exhausted",
    seed: int = 0,
) -> IterableDataset:
    """Interleave data sets by chance, as a stream; by default in proportion to the square roots of their sizes.

    That is the sampling of InstructBLIP (arXiv 2305.06500), which also lowers A-OKVQA and raises OKVQA by hand: by how
    much is not published, so that nothing is adjusted unless `adjust` says so. The data sets are drawn from anew for
    every example, in another order in every epoch. Which wording an example gets does not depend on what it is mixed
    with: augment before or after.

    Args:
        datasets: Data sets by any names, with the same columns; map-style ones are streamed from where they are.
        weights: `sqrt`, `size` or `equal`, or a positive number for each name.
        adjust: Factors that weights are multiplied by, such as `{"aokvqa": 0.5, "okvqa": 2}`.
        sizes: The number of examples of each name that cannot tell it, or should not be asked; lengths of map-style
            data sets and what the info of a stream says of its split are known.
        stopping_strategy: `first_exhausted` ends an epoch with the data set that ends first, so that no example comes
            twice in it; shuffle the data sets to have others of the larger ones in the next. `all_exhausted` starts
            those that have ended again until all have, with the same wordings. `all_exhausted_without_replacement`
            gives every example once.

    Raises:
        UnknownNameError: A rule, strategy or name is unknown.
        SettingError: There is no data set, a size is not known, or a number is not positive.

    Example:
        >>> stream = mixture({"vqav2": vqav2, "okvqa": okvqa}, adjust={"okvqa": 2}, seed=42)
    """
    if not datasets:
        raise SettingError("mixture() needs at least one data set, but got none.")
    if stopping_strategy not in STOPPING_STRATEGIES:
        raise UnknownNameError("stopping strategy", stopping_strategy, STOPPING_STRATEGIES)
    streams = [_stream(name, dataset) for name, dataset in datasets.items()]
    known = {} if not _needs_sizes(weights) else {name: _size(name, each, sizes) for name, each in datasets.items()}
    probabilities = shares(tuple(datasets), known, weights=weights, adjust=adjust)
    _check_names("sizes", sizes or (), datasets)
    mixed: IterableDataset = interleave_datasets(
        streams, probabilities=list(probabilities.values()), seed=seed, stopping_strategy=stopping_strategy
    )
    return mixed


def shares(
    names: Collection[str],
    sizes: Mapping[str, int],
    *,
    weights: str | Mapping[str, float] = "sqrt",
    adjust: Mapping[str, float] | None = None,
) -> dict[str, float]:
    """The probability of each name; they sum to one.

    Args:
        sizes: The size of each name; empty where the weights do not depend on sizes.

    Raises:
        UnknownNameError: A rule or name is unknown.
        SettingError: A name has no weight, or a number is not positive.
    """
    weighed = dict(_weighed(names, sizes, weights))
    for name, factor in (adjust or {}).items():
        _check_names("adjust", (name,), names)
        weighed[name] *= _positive("adjust", name, factor)
    total = math.fsum(weighed.values())
    return {name: weight / total for name, weight in weighed.items()}


def _weighed(
    names: Collection[str], sizes: Mapping[str, int], weights: str | Mapping[str, float]
) -> Mapping[str, float]:
    if isinstance(weights, str):
        if weights not in WEIGHTS:
            raise UnknownNameError("rule of weighing", weights, WEIGHTS)
        return {name: sizes.get(name, 1) ** WEIGHTS[weights] for name in names}
    _check_names("weights", weights, names)
    for name in names:
        if name not in weights:
            raise SettingError(f"weights has no number for {name!r}; give one for each of {', '.join(names)}.")
    return {name: _positive("weights", name, weights[name]) for name in names}


def _needs_sizes(weights: str | Mapping[str, float]) -> bool:
    return isinstance(weights, str) and WEIGHTS.get(weights) != 0


def _size(name: str, dataset: Any, sizes: Mapping[str, int] | None) -> int:
    if sizes is not None and name in sizes:
        return int(_positive("sizes", name, sizes[name]))
    if isinstance(dataset, Dataset):
        return len(dataset)
    split = (dataset.info.splits or {}).get(str(dataset.split))
    if split is None or not split.num_examples:
        raise SettingError(f"The stream {name!r} does not say how many examples it has: give sizes={{{name!r}: ...}}.")
    return int(split.num_examples)


def _positive(argument: str, name: str, number: float) -> float:
    good = isinstance(number, (int, float)) and not isinstance(number, bool)
    if not good or not math.isfinite(number) or number <= 0:
        raise SettingError(f"{argument}[{name!r}] must be a positive number, but is {number!r}.")
    return number


def _check_names(argument: str, given: Collection[str], known: Collection[str]) -> None:
    for name in given:
        if name not in known:
            raise UnknownNameError("data set", name, known, hint=f"It stands in `{argument}`.")


def _stream(name: str, dataset: Any) -> IterableDataset:
    if isinstance(dataset, IterableDataset):
        return dataset
    if not isinstance(dataset, Dataset):
        raise SettingError(
            f"{name!r} must be a Dataset or an IterableDataset, but is {type(dataset).__name__}; "
            "of several splits choose one."
        )
    if not len(dataset):
        raise SettingError(f"The data set {name!r} is empty; leave it out.")
    shards = min(SHARDS, len(dataset))
    if isinstance(dataset, AugmentedDataset):
        return dataset.with_format(None).to_iterable_dataset(shards)
    augmenter = _augmenter(dataset)
    if augmenter is None and dataset.format["type"] is not None:
        raise SettingError(f"The data set {name!r} has the format {dataset.format['type']!r}: mix first, then convert.")
    stream = dataset.with_format(None).to_iterable_dataset(num_shards=shards)
    return stream if augmenter is None else augment_iterable(stream, augmenter)


def _augmenter(dataset: Dataset) -> InstructionAugmenter | None:
    try:
        return augmenter_of(dataset)
    except SettingError:
        return None
