"""Streams for writing: their pictures stay as they are stored, also where a `filter` has looked at them.

For the function of `filter` the library decodes pictures and hands on the decoded ones, which would be encoded anew
when they are written. Here the function gets a decoded copy. What a `map` returns stays what it is.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from datasets import Features
from datasets import iterable_dataset as protocol

from .nodes import changed, nodes
from .writing import undecoded

__all__ = ["with_stored_pictures"]


def with_stored_pictures(stream: Any) -> Any:
    """A copy of an augmented stream that knows its columns, without a format, its pictures undecoded."""
    stream = stream.with_format(None)
    return stream._handed_on(stream._with(changed(stream._ex_iterable, _on_a_copy))).decode(False)


def _on_a_copy(node: Any) -> Any:
    """A filter of examples that leaves their pictures as they are stored; other nodes as they are."""
    read: Any = getattr(node, "ex_iterable", None)
    if (
        type(node) is not protocol.FilteredExamplesIterable
        or type(read) is not protocol.FormattedExamplesIterable
        or node.formatting is not None
        or inspect.iscoroutinefunction(node.mask_function)
        or any(map(_is_map, nodes(read)))
    ):
        return node
    features, tokens = read.features, read.token_per_repo_id
    stored = Features({name: undecoded(feature) for name, feature in features.items()})
    coded = tuple(name for name in features if features[name] != stored[name])
    return protocol.FilteredExamplesIterable(
        protocol.FormattedExamplesIterable(read.ex_iterable, None, stored, tokens),
        _Decoding(node.mask_function, features, coded, node.input_columns, batched=node.batched, tokens=tokens),
        with_indices=node.with_indices,
        input_columns=node.input_columns,
        batched=node.batched,
        batch_size=node.batch_size,
        fn_kwargs=node.fn_kwargs,
    )


def _is_map(node: Any) -> bool:
    """Whether a node hands on what a function returned: those pictures are decoded already."""
    is_filter = isinstance(node, protocol.FilteredExamplesIterable)
    return isinstance(node, protocol.MappedExamplesIterable) and not is_filter


@dataclass(frozen=True, slots=True)
class _Decoding:
    """A filter's function that is given undecoded examples.

    Attributes:
        coded: The columns to decode.
        names: The columns that the function takes one by one; None if it takes the example.
    """

    function: Callable[..., Any]
    features: Features
    coded: Sequence[str]
    names: Sequence[str] | None
    batched: bool
    tokens: Mapping[str, str | bool | None]

    def __call__(self, *given: Any, **more: Any) -> Any:
        names = self.names
        if names is None:
            example, *others = given
            decoded = {name: self._decoded(name, example[name]) for name in self.coded if name in example}
            return self.function({**example, **decoded}, *others, **more)
        values = [self._decoded(name, value) for name, value in zip(names, given, strict=False)]
        return self.function(*values, *given[len(names) :], **more)

    def _decoded(self, name: str, value: Any) -> Any:
        if name not in self.coded:
            return value
        values = value if self.batched else [value]
        decoded = self.features.decode_column(values, name, token_per_repo_id=self.tokens)
        return decoded if self.batched else decoded[0]
