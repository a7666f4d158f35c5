"""A parsed training script: its calls, and what the values of its variables were made by.

Variables are followed to the last assignment that ends before them, in whatever function; arguments of functions are
unknown.
"""

from __future__ import annotations

import ast
import platform
from collections.abc import Iterator
from functools import cached_property
from typing import Literal, TypeAlias

from ..errors import SettingError

__all__ = ["Kind", "Script", "is_false", "is_true", "keyword", "name_of", "unpacks"]

_PACKAGE = "instraug_datasets"

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

    @cached_property
    def augments(self) -> list[ast.Call]:
        """The calls of this package's `augment`; other libraries have methods and functions of that name."""
        return [call for call in self.calls_of("augment") if self._is_ours(call.func)]

    def called(self, call: ast.Call) -> str:
        """The last name of what is called: `load_dataset` of `datasets.load_dataset(...)`."""
        name = name_of(call.func)
        return self._aliases.get(name, name)

    def imports(self, package: str) -> bool:
        """Whether anything of a package is imported."""
        return any(each.split(".")[0] == package for each in self._imported)

    def makers(self, value: ast.AST) -> Iterator[ast.Call]:
        """The calls that have made a value, the last one first, through variables and chains of methods."""
        if isinstance(value, ast.Name):
            assigned = self._assigned(value)
            yield from self.makers(assigned) if assigned is not None else ()
        elif isinstance(value, ast.Call):
            yield value
            for each in (value.func, *self._inputs(value)):
                yield from self.makers(each)
        elif isinstance(value, (ast.Attribute, ast.Subscript, ast.Starred)):
            yield from self.makers(value.value)
        elif isinstance(value, (ast.List, ast.Tuple)):
            for each in value.elts:
                yield from self.makers(each)

    def made_by(self, value: ast.AST, *names: str) -> bool:
        """Whether one of the calls that have made a value is of one of these names."""
        return any(self.called(call) in names for call in self.makers(value))

    def number(self, value: ast.expr | None) -> int | None:
        """The whole number that a value is, as a literal or through variables; None if the script does not show it."""
        while isinstance(value, ast.Name):
            value = self._assigned(value)
        return value.value if isinstance(value, ast.Constant) and type(value.value) is int else None

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

    def _inputs(self, call: ast.Call) -> list[ast.expr]:
        """The arguments that a result is made of: the first one, and of `prepare`, which returns what it gets, all."""
        if self.called(call) == "prepare":
            return call.args
        data = keyword(call, "dataset")
        return call.args[:1] or ([data] if data is not None else [])

    def _is_ours(self, function: ast.expr) -> bool:
        if isinstance(function, ast.Attribute):
            return self._origins.get(name_of(function.value), "") == _PACKAGE
        return self._origins.get(name_of(function), _PACKAGE) == _PACKAGE

    def _assigned(self, name: ast.Name) -> ast.expr | None:
        """The value of the last assignment of a name that ends before it."""
        here = (name.lineno, name.col_offset)
        return next((value for end, value in reversed(self._assignments.get(name.id, ())) if end <= here), None)

    @cached_property
    def _assignments(self) -> dict[str, list[tuple[tuple[int, int], ast.expr]]]:
        found: dict[str, list[tuple[tuple[int, int], ast.expr]]] = {}
        ends = [
            ((value.end_lineno or 0, value.end_col_offset or 0), target, value) for target, value in self._targets()
        ]
        for end, target, value in sorted(ends, key=lambda each: each[0]):
            for name in _names(target):
                found.setdefault(name, []).append((end, value))
        return found

    def _targets(self) -> Iterator[tuple[ast.expr, ast.expr]]:
        for node in self.nodes:
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    yield from _pairs(target, node.value)
            elif isinstance(node, (ast.AnnAssign, ast.NamedExpr)) and node.value is not None:
                yield node.target, node.value

    @cached_property
    def _aliases(self) -> dict[str, str]:
        imports = [each for each in self.nodes if isinstance(each, (ast.Import, ast.ImportFrom))]
        return {each.asname: each.name for node in imports for each in node.names if each.asname}

    @cached_property
    def _origins(self) -> dict[str, str]:
        """The package that each imported name comes from."""
        found: dict[str, str] = {}
        for node in self.nodes:
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                module = (node.module or "") if isinstance(node, ast.ImportFrom) else ""
                found |= {
                    each.asname or each.name.split(".")[0]: (module or each.name).split(".")[0] for each in node.names
                }
        return found

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


def _pairs(target: ast.expr, value: ast.expr) -> list[tuple[ast.expr, ast.expr]]:
    """What is assigned to what, also where several values are assigned at once."""
    if isinstance(target, (ast.Tuple, ast.List)) and isinstance(value, (ast.Tuple, ast.List)):
        targets, values = target.elts, value.elts
        return list(zip(targets, values, strict=True)) if len(targets) == len(values) else [(target, value)]
    return [(target, value)]
