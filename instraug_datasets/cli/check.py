"""`instraug check`: checks raw files after a download."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any

import typer

from .builder_access import builders_module
from .options import DataDir, Json
from .output import count, print_json, print_message
from .progress import show_steps
from .sources import pick

__all__ = ["check"]


def check(
    data_dir: DataDir,
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="SOURCES", help="Only these sources.", show_default="all that are there"),
    ] = None,
    every_picture: Annotated[bool, typer.Option("--all", help="Decode every picture instead of a sample.")] = False,
    as_json: Json = False,
) -> None:
    """Check raw files before a build.

    Reads every record, decodes pictures, and shows one example of each task. Exit code 1 if anything is wrong: missing
    files, records or pictures that cannot be used, or another number of records than published.

    Example:
        instraug check --data-dir raw_datasets
    """
    pick(builders_module().list_sources(), names or [])  # a misspelled name costs nothing
    problems, found = list[str](), False
    with show_steps() as on_progress:
        for source in builders_module().check_sources(
            data_dir, names or (), every_picture=every_picture, on_progress=on_progress
        ):
            found = True
            problems.extend(source.problems)
            examples = [_rendered(example) for example in source.examples]
            if as_json:
                print_json([{**dataclasses.asdict(source), "examples": examples}])
            else:
                typer.echo(_text(source, examples) + "\n")
    if not found:
        problems.append(f"No files of any source are in {data_dir!r}; `instraug sources` lists what is expected.")
    for problem in problems:
        print_message(f"Problem: {problem}")
    if problems:
        raise typer.Exit(1)


def _rendered(example: Any) -> dict[str, Any]:
    from ..pool import InstructionPool
    from ..stream import InstructionAugmenter

    augment = InstructionAugmenter(InstructionPool.load(example.benchmark))
    shown = augment(dict(example.row))
    return {
        "benchmark": example.benchmark,
        "task": example.task,
        "unique_id": example.row["unique_id"],
        "prompt": shown["prompt"],
        "target": example.row["target"],
    }


def _text(source: Any, examples: list[dict[str, Any]]) -> str:
    names = {each.split for each in source.splits}
    lines = [f"{source.name}: {source.title}", f"  licence:    {source.licence}"]
    lines += [
        f"  {each.split + ':':<12}{_split_text(each, several=len(source.splits) > len(names))}"
        for each in source.splits
    ]
    for each in examples:
        lines.append(f"  {each['benchmark']}/{each['task']}, {each['unique_id']}:")
        lines += [f"    {line}" for line in (*each["prompt"].splitlines(), f"-> {each['target']}")]
    lines.append("  " + (count(len(source.problems), "problem") if source.problems else "nothing wrong"))
    return "\n".join(lines)


def _split_text(split: Any, *, several: bool) -> str:
    pictures = split.pictures
    facts = [*split.tasks[: 1 if several else 0], ", ".join(split.files), f"{split.records:,} records"]
    if split.published is not None:
        facts.append(f"{split.published:,} published")
    return "; ".join([*facts, f"{pictures.named:,} pictures, {pictures.checked:,} of them decoded"])
