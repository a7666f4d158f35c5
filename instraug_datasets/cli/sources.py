"""`instraug sources`: lists the raw data sets, and which of their files are present."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any

import typer

from ..errors import UnknownNameError
from .builder_access import builders_module
from .options import Json
from .output import print_facts, print_json

__all__ = ["pick", "sources"]

_LEFT = len("validation:")


def sources(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="SOURCES", help="Only these sources.", show_default="all")
    ] = None,
    data_dir: Annotated[
        str | None,
        typer.Option(help="Folder or fsspec URL of raw files; shows which splits are present.", show_default=False),
    ] = None,
    as_json: Json = False,
) -> None:
    """List the raw data sets, and how to get their files.

    Shows tasks, files, licence, size and download instructions of each.

    Example:
        instraug sources --data-dir raw_datasets
        instraug sources gqa nlvr
    """
    listed = pick(builders_module().list_sources(data_dir), names or [])
    if as_json:
        print_json(dataclasses.asdict(source) for source in listed)
        return
    for number, source in enumerate(listed):
        if number:
            typer.echo()
        print_facts(f"{source.name}: {source.title}", _facts(source), left=_LEFT, whole=("command",))


def pick(listed: list[Any], names: list[str]) -> list[Any]:
    """The sources of these names; all of them if there are no names.

    Raises:
        UnknownNameError: Raised if a source is unknown; of a task, its sources are named.
    """
    by_name = {source.name: source for source in listed}
    for name in names:
        if name not in by_name:
            of_task = [each.name for each in listed if name in {task.partition("/")[2] for task in each.tasks}]
            hint = "This is a task, which is built from these." if of_task else ""
            raise UnknownNameError("source", name, of_task or by_name, hint=hint)
    return [by_name[name] for name in names] or listed


def _facts(source: Any) -> dict[str, str]:
    facts = {
        "tasks": ", ".join(source.tasks),
        "licence": source.licence,
        "size": source.size or "unknown",
        "download": f"{source.download}; {', '.join(source.urls)}",
        "command": _command(source),
        "note": source.note,
        **{name: _split_text(split) for name, split in source.splits.items()},
    }
    facts |= {"verified": source.verified, "unverified": source.unverified}
    return {name: fact for name, fact in facts.items() if fact}


def _command(source: Any) -> str:
    """The command that downloads a source and builds its first task; empty if nothing can be downloaded."""
    if source.download == "manual":
        return ""
    benchmark, _, task = source.tasks[0].partition("/")
    return f"instraug build {benchmark} {task} --data-dir raw_datasets --output built --download"


def _split_text(split: Any) -> str:
    state = {None: "", True: "present; ", False: "missing; "}[split.present]
    pictures = " or ".join(f"{folder}/" for folder in split.pictures)
    return state + ", ".join([*split.files, pictures, *(f"{file} (optional)" for file in split.optional)])
