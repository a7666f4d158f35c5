"""Parses YAML that people write: plain values only, and no key twice in one mapping."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import Any

import yaml

from .errors import brief, shown

__all__ = ["line_numbers", "parse_yaml", "yaml_problem"]


_COLON_IN_TEXT = "mapping values are not allowed"
"""What PyYAML and libyaml find where a text without quotes has a colon and a blank."""


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


def line_numbers(text: str) -> dict[tuple[Hashable, ...], int]:
    r"""The lines, from 1, of the keys of a valid YAML document, and of the keys and items inside their values.

    Example:
        >>> line_numbers("a:\n  b: 1\nc: [2]")
        {('a',): 1, ('a', 'b'): 2, ('c',): 3, ('c', 0): 3}
    """
    return dict(_lines(yaml.compose(text, _SafeLoader), depth=2))


def _lines(node: yaml.Node | None, *, depth: int) -> Iterator[tuple[tuple[Hashable, ...], int]]:
    """Only so deep: by aliases, a short document may have billions of keys."""
    if not depth or not isinstance(node, yaml.CollectionNode):
        return
    for place, item in enumerate(node.value):
        key, value = item if isinstance(node, yaml.MappingNode) else (item, item)
        name = key.value if isinstance(node, yaml.MappingNode) else place
        if isinstance(name, Hashable):
            yield (name,), key.start_mark.line + 1
            yield from (((name, *inside), line) for inside, line in _lines(value, depth=depth - 1))


def yaml_problem(error: yaml.YAMLError) -> str:
    """What is wrong with a text, and the line.

    Example:
        >>> yaml_problem(error)
        "line 3: the key 'title' is there twice"
    """
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return brief(error)
    problem = ", ".join(filter(None, (error.context, error.problem)))
    advice = "; put the text in quotes" if error.problem and error.problem.startswith(_COLON_IN_TEXT) else ""
    return brief(f"line {error.problem_mark.line + 1}: {problem}{advice}")


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
