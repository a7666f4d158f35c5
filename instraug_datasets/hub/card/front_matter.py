"""The front matter of a card: our configs are put in, and everything else stays as its owner wrote it, comments too."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError

from ...errors import PublicationError
from ..naming import DEFAULT, Configs

__all__ = ["merge_front_matter", "split_card"]

_CARD = re.compile(r"\A---[ \t]*\n(?P<front>.*?)^---[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_COMMENT = re.compile(r"(?:^|\s)(#.*)$", re.MULTILINE)
_BREAK_IN_COMMENT = re.compile(r"((?:^|\s)#[^\n\x85\u2028\u2029]*)[\x85\u2028\u2029]", re.MULTILINE)
_INDENTED_LIST = re.compile(r"^configs:[^\n]*\n(?:\s*#[^\n]*\n)*[ ]+-", re.MULTILINE)


def split_card(text: str) -> tuple[str, str]:
    """The front matter of a card, without its fences, and its body."""
    found = _CARD.match(text)
    return (found["front"], text[found.end() :]) if found else ("", text)


def merge_front_matter(old: str, defaults: str, configs: Configs, *, folders: tuple[str, ...]) -> tuple[str, list[str]]:
    """The front matter with these configs, and notes on what became of the old one.

    Args:
        old: What is there; empty for a new card.
        defaults: Front matter whose keys are added where `old` has none of that name.
        configs: All configs of ours. Those of the old card that lie in our folders, and are not among them, leave.
        folders: The folders that are ours.

    Raises:
        PublicationError: If the old front matter is not YAML, or its configs are not a list.
    """
    # The parser takes these for line breaks, and its writer does not: the rest of the comment would be doubled.
    old = _BREAK_IN_COMMENT.sub(r"\1\n", old)
    document = _load(old)
    notes: list[str] = []
    for key, value in _load(defaults).items():
        document.setdefault(key, value)
    if configs or "configs" in document:
        _merge_configs(document, _without_rival(document, configs, notes), folders)
    _forget_outdated_info(document, configs, notes)
    notes += _unreadable(document, configs)
    text = _dump(document, indented=bool(_INDENTED_LIST.search(old)))
    lost = [comment for comment in _COMMENT.findall(old) if comment.rstrip() not in text]
    return text + "".join(f"{comment.rstrip()}\n" for comment in lost), notes


def _yaml() -> YAML:
    yaml = YAML(typ="rt")
    yaml.preserve_quotes = True
    yaml.width = 4096  # or long lines of the owner's would be folded
    return yaml


def _load(text: str) -> CommentedMap:
    try:
        document = _yaml().load(text)
    except (YAMLError, TypeError, ValueError) as error:  # of keys that are mappings, dates that are none, and the like
        said = " ".join(str(error).split())
        raise PublicationError(
            f"The front matter of the card is no valid YAML, so that nothing can be merged into it: {said}. "
            "Repair README.md in the repository, then publish again."
        ) from error
    if document is None:
        return CommentedMap()
    if not isinstance(document, CommentedMap):
        raise PublicationError("The front matter of the card is no mapping of keys to values. Repair README.md first.")
    if not isinstance(document.get("configs", []), list):
        raise PublicationError("`configs` in the front matter of the card is no list. Repair README.md first.")
    return document


def _dump(document: CommentedMap, *, indented: bool) -> str:
    yaml, text = _yaml(), io.StringIO()
    if indented:
        yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.dump(document, text)
    return text.getvalue()


def _without_rival(document: CommentedMap, configs: Configs, notes: list[str]) -> Configs:
    """Our configs without the one called `default`, if the owner has made another one the default."""
    entries = [entry for entry in document.get("configs", []) if isinstance(entry, Mapping)]
    chosen = [_name(entry) for entry in entries if _name(entry) != DEFAULT and entry.get("default")]
    if not chosen or DEFAULT not in configs:
        return configs
    notes.append(f"The card makes {chosen[0]!r} the default config; it stays so, and no config {DEFAULT!r} is written.")
    return {name: splits for name, splits in configs.items() if name != DEFAULT}


def _merge_configs(document: CommentedMap, configs: Configs, folders: tuple[str, ...]) -> None:
    entries = document.setdefault("configs", CommentedSeq())
    for place in reversed(range(len(entries))):
        if _name(entries[place]) not in configs and _is_ours(entries[place], folders):
            del entries[place]
    at = 0
    for name, splits in configs.items():
        files = [{"split": split, "path": pattern} for split, pattern in splits.items()]
        names = [_name(entry) for entry in entries]
        if name not in names:
            entries.insert(at, CommentedMap({"config_name": name, "data_files": files}))
        else:
            entry = entries[names.index(name)]
            if not _equal(entry.get("data_files"), files):
                entry["data_files"] = files
            if name == DEFAULT and names.index(name):
                entries.insert(0, entries.pop(names.index(name)))
        at = max(at, [_name(entry) for entry in entries].index(name) + 1)


def _equal(old: Any, new: list[dict[str, str]]) -> bool:
    return isinstance(old, list) and [dict(each) if isinstance(each, Mapping) else each for each in old] == new


def _forget_outdated_info(document: CommentedMap, configs: Configs, notes: list[str]) -> None:
    """Leave out features and sizes noted by other tools: wrong ones stop a config from loading, and none are needed."""
    info = document.get("dataset_info")
    listed = info if isinstance(info, list) else [info] if isinstance(info, Mapping) else []
    outdated = [entry for entry in listed if _name(entry) in configs]
    if not outdated:
        return
    notes.append(
        f"`dataset_info` of {', '.join(map(_name, outdated))} leaves the card: it would describe the old files."
    )
    if len(outdated) == len(listed):
        del document["dataset_info"]
    else:
        for place in reversed(range(len(listed))):
            if _name(listed[place]) in configs:
                del listed[place]


def _unreadable(document: CommentedMap, configs: Configs) -> list[str]:
    """Notes on configs of the owner's in other formats: the first config's decides how `datasets` reads all of them."""
    others = [entry for entry in document.get("configs", []) if _name(entry) not in configs]
    paths = {_name(entry): _paths(entry.get("data_files")) for entry in others if isinstance(entry, Mapping)}
    return [
        f"The config {name!r} is not Parquet ({path}): `datasets` reads every config of a repository in the format "
        "of the first one, so that it cannot be loaded beside ours. Convert it to Parquet, or move it to another one."
        for name, files in paths.items()
        for path in files[:1]
        if not path.endswith(".parquet")
    ]


def _name(entry: Any) -> str:
    return str(entry.get("config_name", DEFAULT)) if isinstance(entry, Mapping) else ""


def _is_ours(entry: Any, folders: tuple[str, ...]) -> bool:
    paths = list(_paths(entry.get("data_files") if isinstance(entry, Mapping) else None))
    return bool(paths) and all(path.startswith(tuple(f"{folder}/" for folder in folders)) for path in paths)


def _paths(files: Any) -> list[str]:
    if isinstance(files, str):
        return [files]
    if isinstance(files, Mapping):
        return (
            _paths(files.get("path")) if "path" in files else [path for each in files.values() for path in _paths(each)]
        )
    return [path for each in files or [] for path in _paths(each)]
