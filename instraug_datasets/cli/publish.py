"""`instraug publish`: built tasks and pools to the Hub."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import SettingError
from .choices import RUNNERS
from .options import KeptOptionsStyle, KeptRegionStyle, KeptSeed, KeptStrategy, KeptStyles, Pool
from .output import count, print_message, print_table
from .recipe_options import RecipeFile, given_prompts, read_options

if TYPE_CHECKING:
    from ..hub import Plan, PlannedFile, Published, Step

__all__ = ["publish"]

_DRY_RUN_TRIES = 2  # a plan is of use without the Hub, too

_OUTCOMES = {"references": "published without pictures", "left out": "not published"}


def publish(
    context: typer.Context,
    repo_id: Annotated[str, typer.Option(help="The repository, such as you/multiinstruct.", show_default=False)],
    target: Annotated[
        str | None,
        typer.Argument(
            metavar="TARGET",
            help="A benchmark, with --from; a folder of built tasks of your own, with --pool; or a pool alone: "
            "a bundled one's name or a .parquet file.",
            show_default="the recipe's benchmark",
        ),
    ] = None,
    data: Annotated[
        Path | None, typer.Option("--from", help="The output of `instraug build`.", show_default=False)
    ] = None,
    recipe: RecipeFile = None,
    pool: Pool = None,
    config: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TASK",
            help="Publish this task and keep the others of the repository; repeatable.",
            show_default="all",
        ),
    ] = None,
    i_have_the_rights: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SOURCE",
            help="Publish this source whole, pictures included, whatever is declared of it; recorded in the "
            "repository. Repeatable; `all` for every source.",
            show_default=False,
        ),
    ] = None,
    augmented_split: Annotated[
        str | None,
        typer.Option(
            help="Also publish the training examples with their prompts, as a split of this name.", show_default=False
        ),
    ] = None,
    variants: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Number of wordings of each example in the augmented split.",
            show_default="as published, else 4",
        ),
    ] = None,
    private: Annotated[bool, typer.Option("--private", help="If the repository is created, make it private.")] = False,
    create_pr: Annotated[bool, typer.Option("--create-pr", help="Open a pull request instead of committing.")] = False,
    revision: Annotated[str | None, typer.Option(help="The branch to publish to.", show_default="main")] = None,
    seed: KeptSeed = None,
    strategy: KeptStrategy = None,
    styles: KeptStyles = None,
    options_style: KeptOptionsStyle = None,
    region_style: KeptRegionStyle = None,
    runner: Annotated[
        str, typer.Option(help=f"Where changed shards are written: {' or '.join(RUNNERS)}; does not affect the result.")
    ] = RUNNERS[0],
    address: Annotated[
        str | None,
        typer.Option(
            help="With --runner ray: address of the cluster, whose machines share the built tasks.", show_default=False
        ),
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", help="Show the plan and stop; if the Hub cannot be reached, the plan for an empty repository."
        ),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before publishing.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="With --yes: do not show the plan.")] = False,
) -> None:
    """Publish built tasks, their pool and a card to the Hub.

    Everything is published in one commit. Pictures and sources that may not be copied are left out; the card says how
    to fill them in. What the owner wrote into the card stays, and so do settings of prompts that are neither given nor
    in a recipe file. To resume an interrupted upload, repeat the same command. Log in first: `hf auth login`.

    Example:
        instraug publish multiinstruct --from out --repo-id you/vl --dry-run
    """
    if target is None and recipe is None:
        raise typer.BadParameter("TARGET is missing: name what to publish, or a recipe file with --recipe.")
    from ..hub import Caller, plan_publication, read_publication
    from ..hub import publish as publish_to_hub

    stated = read_options(recipe)
    target = target or stated.benchmark
    if not target:
        raise SettingError(f"{recipe} names no benchmark: name the folder of built tasks to publish.")
    determined = {} if recipe is None else dataclasses.asdict(stated.prompts)
    is_pool_alone = data is None and not Path(target).is_dir()
    publication = read_publication(
        target,
        data=data,
        pool=pool or (None if is_pool_alone or recipe is None else stated.load_pool()),
        tasks=config or (None if is_pool_alone else stated.tasks) or None,
        rights=i_have_the_rights or (),
        augmented_split=augmented_split,
        variants=stated.epochs if variants is None else variants,
        prompts={**determined, **given_prompts(context)},
        epochs=stated.epochs,
        wordings=stated.wordings,
    )
    if not (quiet and yes):
        caller = Caller(tries=_DRY_RUN_TRIES) if dry_run else None
        _show(plan_publication(publication, repo_id, revision=revision, caller=caller, must_reach=not dry_run))
    if dry_run:
        return
    if not yes:
        typer.confirm(f"Publish this to {repo_id}?", abort=True, err=True)
    with _progress_bar() as progress:
        done = publish_to_hub(
            publication,
            repo_id,
            revision=revision,
            private=private,
            create_pr=create_pr,
            progress=progress,
            runner=runner,
            address=address,
        )
    _report(done)


def _show(plan: Plan) -> None:
    from ..hub.licences import by_reason

    print_table(("file", "examples", "size", ""), [*(_row(plan, file) for file in plan.files), *_small_rows(plan)])
    typer.echo()
    print_table(("config", "splits"), [(name, ", ".join(splits)) for name, splits in plan.configs.items()])
    for outcome, heading in _OUTCOMES.items():
        withheld = by_reason(each for each in plan.withheld if each.outcome == outcome)
        if withheld:
            typer.echo()
            print_table((heading, "why"), [(", ".join(names), why) for why, names in withheld], lines=True)
    print_message(plan.card_diff() or "The card stays as it is.")
    for each in plan.conditions:
        print_message(f"{each.source} binds you and your readers: {each.conditions}.")
    for path in plan.deleted:
        print_message(f"Leaves the repository: {path}")
    for note in plan.notes:
        print_message(note)


def _row(plan: Plan, file: PlannedFile) -> tuple[object, ...]:
    return file.path, file.rows, _size(file.size), _what_happens(plan, file)


def _small_rows(plan: Plan) -> Iterator[tuple[object, ...]]:
    yield "instructions/", plan.recipe.instructions, "", f"the pool, digest {plan.pool.digest}"
    for path, text in plan.texts.items():
        yield path, "", _size(len(text.encode())), ""


def _size(size: int | None) -> str:
    from rich.filesize import decimal

    return "" if size is None else decimal(size)


def _what_happens(plan: Plan, file: PlannedFile) -> str:
    if file.change.epoch is not None:
        return f"written with the prompts of epoch {file.change.epoch}"
    changes = [
        *(["without pictures of " + ", ".join(sorted(file.change.referred))] if file.change.referred else []),
        *(["without examples of " + ", ".join(sorted(file.change.dropped))] if file.change.dropped else []),
    ]
    if changes:
        return "; ".join(changes)
    return "is there" if plan.has(file) else "as it is"


@contextmanager
def _progress_bar() -> Iterator[Callable[[Step], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(bar_width=20), MofNCompleteColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        bar = progress.add_task("Uploading", total=None)
        yield lambda step: progress.update(bar, description=step.path, completed=step.done, total=step.total)


def _report(done: Published) -> None:
    if not done.changed:
        print_message(f"{done.repo_id} holds all of this already.")
    elif done.pull_request:
        print_message(f"Opened {done.pull_request} in {done.repo_id} with {count(len(done.uploaded), 'new file')}.")
    else:
        print_message(f"Published {done.repo_id} as {done.commit}; {count(len(done.uploaded), 'file')} uploaded.")
    typer.echo(done.commit or "")
