"""`instraug tasks`: lists the declared tasks."""

from __future__ import annotations

import dataclasses
from typing import Annotated

import typer

from ..errors import UnknownNameError
from .choices import ROLES
from .options import Json
from .output import print_json, print_table

__all__ = ["tasks"]


def tasks(
    benchmark: Annotated[
        str | None, typer.Argument(metavar="BENCHMARK", help="Only tasks of this benchmark.", show_default="all")
    ] = None,
    role: Annotated[
        str | None, typer.Option(help=f"Only tasks with this role: {', '.join(ROLES)}.", show_default="all")
    ] = None,
    as_json: Json = False,
) -> None:
    """List the tasks; --json includes their meta instructions.

    Example:
        instraug tasks multiinstruct --role eval
    """
    from ..tasks import BENCHMARKS, get_benchmark

    if role is not None and role not in ROLES:
        raise UnknownNameError("role", role, ROLES)
    wanted = BENCHMARKS.values() if benchmark is None else [get_benchmark(benchmark)]
    found = [task for declared in wanted for task in declared.values() if role in (None, task.role)]
    if as_json:
        print_json(dataclasses.asdict(task) for task in found)
        return
    print_table(
        ("benchmark", "task", "aliases", "category", "role", "fields", "metric", "wordings"),
        (
            (
                task.benchmark,
                task.name,
                ", ".join(task.aliases),
                task.category,
                task.role,
                ", ".join((*task.fields, *(f"{name}?" for name in task.optional_fields))),
                task.metric or "",
                len(task.instructions),
            )
            for task in found
        ),
        optional=("category", "benchmark", "metric", "aliases"),
    )
