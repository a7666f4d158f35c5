"""A parsed training script: its calls, and what the values of its variables were made by.

Variables are followed to their last assignment above, in whatever function; arguments of functions are unknown.
"""

from __future__ import annotations

import ast
import platform
from collections.abc import Iterator
from functools import cached_property
from typing import Literal, TypeAlias

from ..errors import SettingError

__all__ = ["Kind", "Script", "is_false", "is_true", "keyword", "name_of", "unpacks"]

Kind: TypeAlias = Literal["stream", "map-style"]

_STREAMS = frozenset({"mixture", "to_iterable_dataset"})
_LOADERS = frozenset({"load_dataset"})
_MAP_STYLE = frozenset({"load_from_disk"})


class Script:
    """The parts of a script that the traps look at.

    Args:
        source: The text of the script.
        file: Its path, for messages.

    Raises:
        SettingError: Raised if the text is not valid Python.
    """

    def __init__(self, source: str, *, file: str) -> None:
        self.file = file
        try:
            self.tree = ast.parse(source)
        except (SyntaxError, ValueError) as error:
            raise SettingError(f"{file} is not valid Python {platform.python_version()}: {error}.") from error

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """Every node of the syntax tree."""
        return list(ast.walk(self.tree))

    @cached_property
    def calls(self) -> list[ast.Call]:
        """Every call, by line."""
        return sorted((each for each in self.nodes if isinstance(each, ast.Call)), key=lambda each: each.lineno)

    def calls_of(self, *names: str) -> list[ast.Call]:
        """The calls of functions, classes or methods with these names, also where they are imported under another."""
        return [call for call in self.calls if self.called(call) in names]

    def called(self, call: ast.Call) -> str:
        """The last name of what is called: `load_dataset` of `datasets.load_dataset(...)`."""
        name = name_of(call.func)
        return self._aliases.get(name, name)

    def imports(self, package: str) -> bool:
        """Whether anything of a package is imported."""
        return any(each.split(".")[0] == package for each in self._imported)

    def makers(self, value: ast.AST) -> list[ast.Call]:
        """The calls that have made a value, the last one first, through variables and chains of methods."""
        return list(self._makers(value, _line(value) + 1))

    def made_by(self, value: ast.AST, *names: str) -> bool:
        """Whether one of the calls that have made a value is of one of these names."""
        return any(self.called(call) in names for call in self.makers(value))

    def kind(self, value: ast.AST) -> Kind | None:
        """Whether a value is a stream or map-style data; None if the script does not show it."""
        kinds = [self._kind_of(call) for call in self.makers(value)]
        return next((kind for kind in kinds if kind is not None), None)

    def _kind_of(self, call: ast.Call) -> Kind | None:
        name, owner = self.called(call), _owner(call)
        if name in _STREAMS or (owner == "IterableDataset" and name.startswith("from_")):
            return "stream"
        if name in _MAP_STYLE or (owner == "Dataset" and name.startswith("from_")):
            return "map-style"
        if name not in _LOADERS or unpacks(call):
            return None
        streaming = keyword(call, "streaming")
        if streaming is None or is_false(streaming):
            return "map-style"
        return "stream" if is_true(streaming) else None

    def _makers(self, value: ast.AST, before: int) -> Iterator[ast.Call]:
        if isinstance(value, ast.Name):
            line, assigned = self._assigned(value.id, before)
            if assigned is not None:
                yield from self._makers(assigned, line)
        elif isinstance(value, ast.Call):
            yield value
            for each in (value.func, *value.args[:1]):
                yield from self._makers(each, before)
        elif isinstance(value, (ast.Attribute, ast.Subscript, ast.Starred)):
            yield from self._makers(value.value, before)
        elif isinstance(value, (ast.List, ast.Tuple)):
            for each in value.elts:
                yield from self._makers(each, before)

    def _assigned(self, name: str, before: int) -> tuple[int, ast.expr | None]:
        """The last assignment of a name above a line."""
        above = [(line, value) for line, value in self._assignments.get(name, ()) if line < before]
        return above[-1] if above else (0, None)

    @cached_property
    def _assignments(self) -> dict[str, list[tuple[int, ast.expr]]]:
        found: dict[str, list[tuple[int, ast.expr]]] = {}
        for line, target, value in sorted(self._targets(), key=lambda each: each[0]):
            for name in _names(target):
                found.setdefault(name, []).append((line, value))
        return found

    def _targets(self) -> Iterator[tuple[int, ast.expr, ast.expr]]:
        for node in self.nodes:
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    yield node.lineno, target, node.value
            elif isinstance(node, (ast.AnnAssign, ast.NamedExpr)) and node.value is not None:
                yield node.lineno, node.target, node.value

    @cached_property
    def _aliases(self) -> dict[str, str]:
        imports = [each for each in self.nodes if isinstance(each, (ast.Import, ast.ImportFrom))]
        return {each.asname: each.name for node in imports for each in node.names if each.asname}

    @cached_property
    def _imported(self) -> list[str]:
        found = [each.name for node in self.nodes if isinstance(node, ast.Import) for each in node.names]
        return found + [node.module or "" for node in self.nodes if isinstance(node, ast.ImportFrom)]


def name_of(function: ast.expr) -> str:
    """The last name of an expression; empty if it has none."""
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def keyword(call: ast.Call, name: str) -> ast.expr | None:
    """The value of a keyword argument; None if it is not given by name."""
    return next((each.value for each in call.keywords if each.arg == name), None)


def unpacks(call: ast.Call) -> bool:
    """Whether a call has arguments that the script does not show: `**arguments`."""
    return any(each.arg is None for each in call.keywords)


def is_true(value: ast.AST | None) -> bool:
    """Whether a value is the literal `True`."""
    return isinstance(value, ast.Constant) and value.value is True


def is_false(value: ast.AST | None) -> bool:
    """Whether a value is the literal `False`."""
    return isinstance(value, ast.Constant) and value.value is False


def _owner(call: ast.Call) -> str:
    """What a method is called on, if that has a name: `Dataset` of `Dataset.from_list(...)`."""
    return name_of(call.func.value) if isinstance(call.func, ast.Attribute) else ""


def _names(target: ast.expr) -> list[str]:
    if isinstance(target, (ast.Tuple, ast.List)):
        return [name for each in target.elts for name in _names(each)]
    return [target.id] if isinstance(target, ast.Name) else []


def _line(node: ast.AST) -> int:
    return int(getattr(node, "lineno", 0))
