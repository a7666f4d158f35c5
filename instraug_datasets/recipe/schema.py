"""The keys of a recipe file, each with the check of its value; all problems of a file are found at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from ..axes import checked_styles
from ..errors import InstrAugError, SettingError, UnknownNameError, shown
from ..pool_files import check_pool_name
from ..samplers import STRATEGIES
from ..styles import OPTIONS_STYLES, REGION_STYLES
from ..tasks import BENCHMARKS, get_task

__all__ = ["FORMAT", "KEYS", "SECTIONS", "checked"]

FORMAT = 1
"""The version of the format. A later one is refused, because it may state what this version would ignore."""

Key = tuple[str, str]
"""The section of a key, empty at the top level, and its name."""


def checked(document: Any, folder: str = ".") -> tuple[dict[Key, Any], list[str]]:
    """The values of a recipe by key, and what is wrong with the others.

    A key without a value counts as left out.

    Args:
        folder: The folder or URL that a relative path of a pool starts from.

    Example:
        >>> checked({"epochs": 3, "prompts": {"sed": 1}})
        ({('', 'epochs'): 3}, ["Unknown key 'sed'. Did you mean 'seed'? It stands in `prompts`."])
    """
    if not isinstance(document, Mapping):
        return {}, [f"It must map keys to values, but is {shown(document)}."]
    values: dict[Key, Any] = {}
    problems: list[str] = []
    for (section, name), value in _flat(document):
        try:
            values[section, name] = _value(section, name, value)
        except InstrAugError as error:
            problems.append(str(error))
    for key in _POOLS:
        try:
            _check_pool(values.get(key), folder)
        except InstrAugError as error:
            problems.append(str(error))
    try:
        values = _with_task_names(values)
    except InstrAugError as error:
        problems.append(str(error))
    return values, problems


def _flat(document: Mapping[Any, Any]) -> Iterator[tuple[Key, Any]]:
    for name, value in document.items():
        if value is None:
            continue
        if name in SECTIONS and isinstance(value, Mapping):
            yield from (((name, str(inner)), each) for inner, each in value.items() if each is not None)
        else:
            yield ("", str(name)), value


def _value(section: str, name: str, value: Any) -> Any:
    check = KEYS.get((section, name))
    if check is not None:
        return check(f"{section}.{name}" if section else name, value)
    if not section and name in SECTIONS:
        raise SettingError(f"{name} must map {', '.join(_names(name))} to values, but got {shown(value)}.")
    places = [other for other in ("", *SECTIONS) if other != section and name in _names(other)]
    if places:
        raise SettingError(f"The key {name!r} belongs {_place(places[0])}, not {_place(section)}.")
    hint = f"It stands in `{section}`." if section else ""
    raise UnknownNameError("key", name, _names(section), hint=hint)


def _names(section: str) -> list[str]:
    """The names of the keys of a section; at the top level those of sections too."""
    sections = () if section else SECTIONS
    return list(dict.fromkeys([*(name for other, name in KEYS if other == section), *sections]))


def _place(section: str) -> str:
    return f"below `{section}`" if section else "at the top level"


def _check_pool(name: Any, folder: str) -> None:
    if isinstance(name, str) and name:
        check_pool_name(name, folder)


def _with_task_names(values: dict[Key, Any]) -> dict[Key, Any]:
    """The values with aliases of tasks replaced by their names, where a benchmark tells them."""
    benchmark, tasks = values.get(("", "benchmark")), values.get(("", "tasks"))
    if not benchmark or not tasks:
        return values
    return {**values, ("", "tasks"): tuple(dict.fromkeys(get_task(benchmark, task).name for task in tasks))}


Check = Callable[[str, Any], Any]
"""Gives the value of a key in one form, or raises `SettingError` or `UnknownNameError`."""


def _text(key: str, value: Any) -> str:
    if not isinstance(value, str):
        raise SettingError(f"{key} must be text, but got {shown(value)}.")
    return value


def _texts(key: str, value: Any) -> tuple[str, ...]:
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, list) or not listed or not all(isinstance(each, str) for each in listed):
        raise SettingError(f"{key} must be a name or a list of names, but got {shown(value)}.")
    return tuple(listed)


def _whole(low: int) -> Check:
    def check(key: str, value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or value < low:
            raise SettingError(f"{key} must be a whole number from {low}, but got {shown(value)}.")
        return value

    return check


def _seed(key: str, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise SettingError(f"{key} must be a whole number, but got {shown(value)}.")
    return value


def _one_of(kind: str, known: Mapping[str, Any]) -> Check:
    def check(key: str, value: Any) -> str:
        if not isinstance(value, str) or value not in known:
            raise UnknownNameError(kind, value, known)
        return value

    return check


def _benchmark(key: str, value: Any) -> str:
    """Empty for data of one's own, as in a published recipe."""
    return "" if value == "" else str(_one_of("benchmark", BENCHMARKS)(key, value))


def _wordings(key: str, value: Any) -> int | str | tuple[str, ...]:
    if isinstance(value, list):
        return _texts(key, value)
    if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool) and value >= 1):
        return value
    raise SettingError(
        f"{key} must be a number from 1, the name of a pool such as heldout, or a list of instructions, but got "
        f"{shown(value)}."
    )


def _format(key: str, value: Any) -> int:
    number: int = _whole(1)(key, value)
    if number > FORMAT:
        raise SettingError(
            f"It has the format {number}, which is newer than this version of instraug-datasets knows: "
            "pip install --upgrade instraug-datasets."
        )
    return number


def _mapping(key: str, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise SettingError(f"{key} must map names to values, but got {shown(value)}.")
    return value


KEYS: Mapping[Key, Check] = MappingProxyType(
    {
        ("", "format"): _format,
        ("", "benchmark"): _benchmark,
        ("", "tasks"): _texts,
        ("", "pool"): _text,
        ("pool", "name"): _text,
        ("pool", "config"): _text,
        ("pool", "digest"): _text,
        ("pool", "instructions"): _whole(1),
        ("prompts", "seed"): _seed,
        ("prompts", "strategy"): _one_of("strategy", STRATEGIES),
        ("prompts", "options_style"): _one_of("options style", OPTIONS_STYLES),
        ("prompts", "region_style"): _one_of("region style", REGION_STYLES),
        ("prompts", "styles"): lambda key, value: checked_styles(value),
        ("prompts", "max_instructions"): _whole(1),
        ("", "epochs"): _whole(1),
        ("evaluation", "wordings"): _wordings,
        # What `instraug publish` adds: facts of the publication, which determine no prompt.
        ("", "versions"): _mapping,
        ("", "rights"): lambda key, value: value,
        ("", "configs"): _mapping,
    }
)
"""The keys with what gives their values in one form, or refuses them."""

_POOLS = (("", "pool"), ("pool", "name"), ("evaluation", "wordings"))
"""The keys that name a pool."""

SECTIONS: tuple[str, ...] = tuple(dict.fromkeys(section for section, _ in KEYS if section))
"""The keys that have keys below them."""
