"""Parses YAML that people write: plain values only, and no key twice in one mapping."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import yaml

from .errors import shown

__all__ = ["parse_yaml"]


def parse_yaml(text: str) -> Any:
    """The value of a YAML document.

    Raises:
        yaml.YAMLError: Raised if the text is not YAML, is nested too deeply, has a key twice in one mapping, or has
            a date or number that does not exist or is too long.

    Example:
        >>> parse_yaml("a: 1")
        {'a': 1}
    """
    try:
        _check_depth(text)
        return yaml.load(text, _Loader)  # a safe loader
    except yaml.YAMLError:
        raise
    except ValueError as error:  # a date such as 2024-13-45, a number of 5,000 digits
        raise yaml.YAMLError(f"a value cannot be read: {error}") from error


_MAX_DEPTH = 100

# libyaml, where PyYAML has it, is ten times faster.
_SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_SafeLoader):  # type: ignore[misc]
    """Refuses repeated keys, of which PyYAML silently takes the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[tuple[str, str]] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                continue
            if (key.tag, key.value) in seen:
                raise yaml.constructor.ConstructorError(
                    problem=f"the key {shown(key.value)} is there twice", problem_mark=key.start_mark
                )
            seen.add((key.tag, key.value))
        mapping: dict[Hashable, Any] = super().construct_mapping(node, deep=deep)
        return mapping


def _check_depth(text: str) -> None:
    """Raise where collections are nested too deeply for a parser that calls itself for each."""
    depth = 0
    for event in yaml.parse(text, _SafeLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > _MAX_DEPTH:
            raise yaml.YAMLError(f"it is nested too deeply, over {_MAX_DEPTH} levels")
