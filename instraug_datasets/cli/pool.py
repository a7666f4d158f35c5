"""`instraug pool`: inspects, compares, merges, validates and converts pools."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import UnknownNameError
from .group import Command, Group
from .options import POOL, Json
from .output import count, print_json, print_message, print_table

if TYPE_CHECKING:
    from ..pool import Instruction, InstructionPool
    from ..tasks import Task

__all__ = ["pool", "problems_of"]

pool = typer.Typer(
    cls=Group,
    name="pool",
    help="Inspect, compare, merge, check and convert pools.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Ref = Annotated[
    str,
    typer.Argument(metavar="POOL", help=POOL, show_default=False),
]
Tasks = Annotated[list[str] | None, typer.Argument(metavar="TASKS", help="Only these tasks.", show_default="all")]
Output = Annotated[str, typer.Option("--output", "-o", help="The file or fsspec URL to write.", show_default=False)]

_CHECKS = ("readable", "placeholders", "unanswerable", "empty", "echo")


@pool.command(cls=Command)
def stats(
    ref: Ref,
    styles: Annotated[bool, typer.Option("--styles", help="Count the instructions by style instead.")] = False,
    as_json: Json = False,
) -> None:
    """Count the instructions of each task, and compare them.

    `nearest` is the similarity of an instruction to its nearest neighbor within the task (the Jaccard index of their
    words), as mean and maximum; `repeated` is the share of instructions whose sentences all occur in others; `openings`
    is the number of distinct openings of four words.

    Example:
        instraug pool stats multiinstruct
        instraug pool stats pool.parquet --styles --json
    """
    loaded = _load(ref)
    if styles:
        _print_styles(loaded, as_json=as_json)
        return
    from ..evaluation.wordings import difference

    measured = [(each, difference(loaded[each.task])) for each in loaded.stats()]
    if as_json:
        print_json(
            {
                **each._asdict(),
                "expansion": round(each.expansion, 2) if each.meta_instructions else None,
                **{name: round(value, 4) for name, value in found._asdict().items() if name != "instructions"},
            }
            for each, found in measured
        )
        return
    print_table(
        ("task", "meta", "instructions", "expansion", "nearest mean", "max", "repeated", "openings"),
        [
            (
                each.task,
                each.meta_instructions,
                each.instructions,
                f"{each.expansion:.1f}x" if each.meta_instructions else "",
                f"{found.nearest_mean:.2f}",
                f"{found.nearest_max:.2f}",
                f"{found.repeated:.0%}",
                found.openings,
            )
            for each, found in measured
        ],
        optional=("openings", "repeated", "max", "nearest mean", "expansion"),
    )
    print_message(f"{loaded}")


def _print_styles(loaded: InstructionPool, *, as_json: bool) -> None:
    from ..axes import style_counts

    counts = style_counts([each for instructions in loaded.values() for each in instructions])
    if as_json:
        print_json({"axis": axis, **values} for axis, values in counts.items())
        return
    total = loaded.to_table().num_rows
    print_table(
        ("axis", "style", "instructions", "share"),
        [
            (axis, value, count, f"{count / total:.1%}")
            for axis, values in counts.items()
            for value, count in values.items()
        ],
    )
    print_message(f"{loaded}")


@pool.command(cls=Command)
def show(
    ref: Ref,
    tasks: Tasks = None,
    number: Annotated[
        int, typer.Option("--number", "-n", min=0, help="Number of instructions per task; 0 shows all.")
    ] = 10,
    as_json: Json = False,
) -> None:
    """Show instructions, each with its lineage.

    Example:
        instraug pool show multiinstruct image_caption -n 5
    """
    loaded = _load(ref)
    shown = [each for task in _tasks_of(loaded, tasks) for each in loaded[task][: number or None]]
    if as_json:
        print_json({"instruction_id": each.instruction_id, **dataclasses.asdict(each)} for each in shown)
        return
    print_table(
        ("instruction", "from", "by", "text"),
        [(each.instruction_id, each.origin or "", _lineage(each), each.text) for each in shown],
        lines=True,
    )


@pool.command(cls=Command)
def diff(
    old: Annotated[str, typer.Argument(metavar="OLD", help=POOL, show_default=False)],
    new: Annotated[str, typer.Argument(metavar="NEW", help="The pool to compare it with.", show_default=False)],
    as_json: Json = False,
) -> None:
    """Show the instructions that one pool has and the other has not.

    Exit code 1 if there are any.

    Example:
        instraug pool diff multiinstruct@1 multiinstruct
    """
    before, after = (_by_id(_load(ref)) for ref in (old, new))
    changes = [("removed", before[key]) for key in sorted(before.keys() - after.keys())]
    changes += [("added", after[key]) for key in sorted(after.keys() - before.keys())]
    if as_json:
        print_json({"change": change, "task": each.task, "text": each.text} for change, each in changes)
    else:
        if changes:
            print_table(("", "task", "text"), [(change, each.task, each.text) for change, each in changes], lines=True)
        added = sum(change == "added" for change, _ in changes)
        print_message(f"{added} added, {len(changes) - added} removed, {len(before.keys() & after.keys())} unchanged.")
    if changes:
        raise typer.Exit(1)


@pool.command(cls=Command)
def merge(
    refs: Annotated[
        list[str], typer.Argument(metavar="POOLS", help="The pools, in order of precedence.", show_default=False)
    ],
    output: Output,
) -> None:
    """Merge pools into one without duplicates.

    Of instructions that differ only in case or punctuation, the first is kept.

    Example:
        instraug pool merge mine.parquet multiinstruct -o merged.parquet
    """
    from ..expansion.merging import merge_pools

    merged = merge_pools(map(_load, refs))
    merged.pool.save(output)
    print_message(f"{merged.pool} in {output}; {count(merged.duplicates, 'duplicate')} dropped.")
    if merged.without_origin:
        print_message(
            f"{count(merged.without_origin, 'variant')} without a meta instruction in any of the pools; "
            f"`instraug pool validate {output}` lists them."
        )


@pool.command(cls=Command)
def validate(ref: Ref, as_json: Json = False) -> None:
    """Check the placeholders, fields and origins of all instructions.

    Duplicates are problems, too. Exit code 1 if there is any problem.

    Example:
        instraug pool validate pool.yaml
    """
    loaded = _load(ref)
    problems = problems_of(loaded)
    if as_json:
        print_json(problems)
    elif problems:
        print_table(("instruction", "problem", "text"), [tuple(each.values()) for each in problems], lines=True)
    print_message(f"{count(len(problems), 'problem')} in {loaded}.")
    if problems:
        raise typer.Exit(1)


@pool.command(cls=Command)
def export(ref: Ref, output: Output) -> None:
    """Convert a pool to .parquet, .jsonl, .csv, .tsv or .yaml.

    All of these formats are pools for every command: edit the text by hand, and use it as it is.

    Example:
        instraug pool export multiinstruct -o pool.yaml
    """
    from ..pool_text import TEXT_FORMATS, format_pool
    from ..storage import write_whole

    loaded = _load(ref)
    suffix = Path(output).suffix
    if suffix == ".parquet":
        loaded.save(output)
    elif suffix in TEXT_FORMATS:
        write_whole(output, format_pool(loaded.to_table(), suffix).encode())
    else:
        raise UnknownNameError("file extension", suffix, (".parquet", *TEXT_FORMATS))
    print_message(f"{loaded} in {output}")


def _load(ref: str) -> InstructionPool:
    from ..pool import InstructionPool

    return InstructionPool.load(ref)


def _tasks_of(loaded: InstructionPool, tasks: list[str] | None) -> list[str]:
    for task in tasks or []:
        if task not in loaded:
            raise UnknownNameError("task", task, loaded, hint="The pool has no instructions for it.")
    return tasks or list(loaded)


def _by_id(loaded: InstructionPool) -> dict[str, Instruction]:
    return {each.instruction_id: each for instructions in loaded.values() for each in instructions}


def _lineage(each: Instruction) -> str:
    if each.origin is None:
        return "meta instruction"
    facts = (each.engine, each.model, each.meta_prompt, each.temperature, each.iteration and f"round {each.iteration}")
    return ", ".join(str(fact) for fact in facts if fact is not None)


def problems_of(loaded: InstructionPool) -> list[dict[str, str]]:
    """The invalid instructions of a pool, with what is wrong."""
    from ..filters import normalize
    from ..tasks import BENCHMARKS

    declared = {task.name: task for tasks in BENCHMARKS.values() for task in tasks.values()}
    problems = []
    for name, instructions in loaded.items():
        texts = {each.instruction_id: each.text for each in instructions}
        seen: dict[str, object] = {}
        for each in instructions:
            reason = _problem(each, texts=texts, seen=seen, task=declared.get(name))
            seen[normalize(each.text)] = None
            if reason:
                problems.append({"instruction_id": each.instruction_id, "problem": reason, "text": each.text})
    return problems


def _problem(each: Instruction, *, texts: Mapping[str, str], seen: Mapping[str, object], task: Task | None) -> str:
    from ..filters import Candidate, Context, apply_filters, normalize
    from ..tasks import Task

    if normalize(each.text) in seen:
        return "duplicate"
    if each.origin is None:
        return ""
    if each.origin not in texts:
        return "origin_missing"
    known = task or Task(name=each.task, benchmark="", category="", role="excluded", reason="not declared")
    candidate = Candidate(each.text, known, texts[each.origin], texts[each.origin])
    # Fields alone are a form of their own.
    checks = [check for check in _CHECKS if check != "empty" or each.form != "bare"]
    return apply_filters(candidate, Context(), checks).reason
