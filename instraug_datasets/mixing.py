"""Mixes several data sets into one stream with given probabilities, as in InstructBLIP."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from types import MappingProxyType
from typing import Any

import pyarrow as pa
from datasets import Dataset, Features, IterableDataset, Value, interleave_datasets

from .errors import SettingError, UnknownNameError
from .stream import AugmentedDataset, InstructionAugmenter, SizedAugmentedIterableDataset, augmenter_of
from .stream.iterable import augment_iterable
from .stream.lengths import rows
from .stream.nodes import Node, nodes

__all__ = ["STOPPING_STRATEGIES", "WEIGHTS", "mixture", "shares"]

WEIGHTS: Mapping[str, float] = MappingProxyType({"sqrt": 0.5, "size": 1.0, "equal": 0.0})
"""The weighting rules by name: a data set's weight is its size to this power."""

STOPPING_STRATEGIES = ("first_exhausted", "all_exhausted", "all_exhausted_without_replacement")

_CONTENT = ("prompt", "messages", "completion")
"""The added columns that a model is trained on."""

SHARDS = 16
"""Number of shards of a map-style data set in the stream, which limits the number of workers."""


def mixture(
    datasets: Mapping[str, Dataset | IterableDataset],
    *,
    weights: str | Mapping[str, float] = "sqrt",
    adjust: Mapping[str, float] | None = None,
    sizes: Mapping[str, int] | None = None,
    stopping_strategy: str = "first_exhausted",
    seed: int = 0,
) -> IterableDataset:
    """Interleave data sets into a stream at random, by default in proportion to the square roots of their sizes.

    This is the sampling of InstructBLIP (arXiv 2305.06500). The paper also adjusts the weights of A-OKVQA and OKVQA
    manually, by unpublished factors; use `adjust` for this. Each example is drawn independently, in another order in
    every epoch. The instruction of an example does not depend on the mixture: augment before or after mixing.

    Args:
        datasets: Data sets with the same columns, by name; map-style ones are converted to streams without copying.
            Texts may be `large_string`, as of tables from CSV files, in some of them; in the mixture they are `string`.
        weights: `sqrt`, `size` or `equal`, or a positive weight by name.
        adjust: Factors by name that multiply the weights, such as `{"aokvqa": 0.5, "okvqa": 2}`.
        sizes: Numbers of examples by name, for streams whose info lacks it or to override it.
        stopping_strategy: `first_exhausted` ends the epoch with the first exhausted data set, so that no example is
            repeated; shuffle the data sets to see other examples in the next epoch. `all_exhausted` restarts exhausted
            data sets until all are exhausted, with the same instructions, since the number of restarts is random.
            `all_exhausted_without_replacement` yields every example once and has a length if all streams have one. For
            a fresh wording each time a small data set comes round again, repeat its stream yourself,
            `{"okvqa": augmented.to_iterable_dataset().repeat(3), ...}` (`repeat` of a map-style data set shows the same
            wording each time), and use `all_exhausted_without_replacement`.
        seed: Seed of the random order.

    Raises:
        UnknownNameError: Raised if a weighting rule, stopping strategy or name is unknown.
        SettingError: Raised if no data set is given, a size is unknown, a number is not positive, or a data set lacks
            the prompts that others have.

    Example:
        >>> stream = mixture({"vqav2": vqav2, "okvqa": okvqa}, adjust={"okvqa": 2}, seed=42)
    """
    if not isinstance(datasets, Mapping):
        raise SettingError(
            f"mixture() takes data sets by name, {{'name': dataset, ...}}, but got {type(datasets).__name__}."
        )
    if not datasets:
        raise SettingError("mixture() requires at least one data set, but got none.")
    if stopping_strategy not in STOPPING_STRATEGIES:
        raise UnknownNameError("stopping strategy", stopping_strategy, STOPPING_STRATEGIES)
    streams = [_stream(name, dataset) for name, dataset in datasets.items()]
    _check_prompts(dict(zip(datasets, streams, strict=True)))
    known = {} if not _needs_sizes(weights) else {name: _size(name, each, sizes) for name, each in datasets.items()}
    probabilities = shares(tuple(datasets), known, weights=weights, adjust=adjust)
    _check_names("sizes", sizes or (), datasets)
    mixed: IterableDataset = interleave_datasets(
        [_with_strings(stream) for stream in streams],
        probabilities=list(probabilities.values()),
        seed=seed,
        stopping_strategy=stopping_strategy,
    )
    return mixed


def shares(
    names: Collection[str],
    sizes: Mapping[str, int],
    *,
    weights: str | Mapping[str, float] = "sqrt",
    adjust: Mapping[str, float] | None = None,
) -> dict[str, float]:
    """Return the probability of each data set; they sum to 1.

    Args:
        names: The names of the data sets.
        sizes: Numbers of examples by name; may be empty if the weights do not depend on sizes.
        weights: As in `mixture`.
        adjust: As in `mixture`.

    Raises:
        UnknownNameError: Raised if a weighting rule or name is unknown.
        SettingError: Raised if a weight is missing, or a number is not positive.

    Example:
        >>> shares(["small", "large"], {"small": 1, "large": 9})
        {'small': 0.25, 'large': 0.75}
    """
    weighted = dict(_weights(names, sizes, weights))
    for name, factor in (adjust or {}).items():
        _check_names("adjust", (name,), names)
        weighted[name] *= _positive("adjust", name, factor)
    total = math.fsum(weighted.values())
    return {name: weight / total for name, weight in weighted.items()}


def _weights(
    names: Collection[str], sizes: Mapping[str, int], weights: str | Mapping[str, float]
) -> Mapping[str, float]:
    if isinstance(weights, str):
        if weights not in WEIGHTS:
            raise UnknownNameError("weighting rule", weights, WEIGHTS)
        return {name: sizes.get(name, 1) ** WEIGHTS[weights] for name in names}
    _check_names("weights", weights, names)
    for name in names:
        if name not in weights:
            raise SettingError(f"weights lacks {name!r}; give a weight for each of {', '.join(names)}.")
    return {name: _positive("weights", name, weights[name]) for name in names}


def _needs_sizes(weights: str | Mapping[str, float]) -> bool:
    return isinstance(weights, str) and WEIGHTS.get(weights) != 0


def _size(name: str, dataset: Any, sizes: Mapping[str, int] | None) -> int:
    if sizes is not None and name in sizes:
        return int(_positive("sizes", name, sizes[name]))
    if isinstance(dataset, (Dataset, SizedAugmentedIterableDataset)):
        return len(dataset)
    split = (dataset.info.splits or {}).get(str(dataset.split))
    if split is None or not split.num_examples:
        raise SettingError(f"The number of examples of the stream {name!r} is unknown; pass sizes={{{name!r}: ...}}.")
    return int(split.num_examples)


def _positive(argument: str, name: str, number: float) -> float:
    good = isinstance(number, (int, float)) and not isinstance(number, bool)
    if not good or not math.isfinite(number) or number <= 0:
        raise SettingError(f"{argument}[{name!r}] must be a positive number, but is {number!r}.")
    return number


def _check_names(argument: str, given: Collection[str], known: Collection[str]) -> None:
    for name in given:
        if name not in known:
            raise UnknownNameError("data set", name, known, hint=f"Found in `{argument}`.")


def _check_prompts(streams: Mapping[str, IterableDataset]) -> None:
    """Refuse a data set without the prompts that others have: interleaving would fill them with nulls."""
    columns = {name: stream.column_names for name, stream in streams.items()}
    shown = {
        column: name
        for name, stream in streams.items()
        for node in nodes(stream._ex_iterable)
        if hasattr(node, "augmenter")
        for column in node.augmenter.added
        if column in _CONTENT and column in (columns[name] or ())
    }
    for name, known in columns.items():
        for column, other in shown.items():
            if known is not None and column not in known:
                raise SettingError(
                    f"The data set {name!r} has no column {column!r}, which augment() gave {other!r}; it would be "
                    "null. Augment every data set with the same output, or mix plain ones and augment the mixture."
                )


def _with_strings(stream: IterableDataset) -> IterableDataset:
    """The stream with texts of one type: interleaving refuses `string` in one and `large_string` in another."""
    typed = stream._resolve_features()
    features = _strings(typed.features)
    if features == typed.features:
        return typed
    cast = typed.cast(features)
    cast._ex_iterable = _StringTexts(typed._ex_iterable)
    return cast


class _StringTexts(Node):
    """What another examples-iterable yields, with `large_string` columns of its tables as `string`."""

    def _around(self, ex_iterable: Any) -> _StringTexts:
        return _StringTexts(ex_iterable)

    def rows(self) -> int | None:
        return rows(self.ex_iterable)

    @property
    def features(self) -> Features | None:
        inner = self.ex_iterable.features
        return None if inner is None else _strings(inner)

    def _init_state_dict(self) -> dict[str, Any]:
        state: dict[str, Any] = self.ex_iterable._init_state_dict()
        self._state_dict = state
        return state

    def __iter__(self) -> Iterator[tuple[Any, dict[str, Any]]]:
        yield from self.ex_iterable

    def _iter_arrow(self) -> Iterator[tuple[Any, pa.Table]]:
        for key, table in self.ex_iterable.iter_arrow():
            kinds = [
                field.with_type(pa.string()) if field.type == pa.large_string() else field for field in table.schema
            ]
            yield key, table.cast(pa.schema(kinds))


def _strings(features: Features) -> Features:
    return Features(
        {name: Value("string") if kind == Value("large_string") else kind for name, kind in features.items()}
    )


def _stream(name: str, dataset: Any) -> IterableDataset:
    if isinstance(dataset, IterableDataset):
        return dataset
    if not isinstance(dataset, Dataset):
        raise SettingError(
            f"{name!r} must be a Dataset or an IterableDataset, but is {type(dataset).__name__}; "
            "select one split of a dict."
        )
    if not len(dataset):
        raise SettingError(f"The data set {name!r} is empty; leave it out.")
    shards = min(SHARDS, len(dataset))
    if isinstance(dataset, AugmentedDataset):
        return dataset.with_format(None).to_iterable_dataset(shards)
    augmenter = _augmenter(dataset)
    if augmenter is None and dataset.format["type"] is not None:
        raise SettingError(
            f"The data set {name!r} has the format {dataset.format['type']!r}; set the format after mixing."
        )
    stream = dataset.with_format(None).to_iterable_dataset(num_shards=shards)
    return stream if augmenter is None else augment_iterable(stream, augmenter)


def _augmenter(dataset: Dataset) -> InstructionAugmenter | None:
    try:
        return augmenter_of(dataset)
    except SettingError:
        return None
