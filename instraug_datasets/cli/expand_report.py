"""What `instraug expand` prints: the plan, what each task and meta instruction got, what it cost, and candidates."""

from __future__ import annotations

import dataclasses
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from ..errors import shown
from .output import count, print_json, print_message, print_table

if TYPE_CHECKING:
    from ..expansion import Config, Dropped, Expansion
    from ..pool import InstructionPool
    from ..tasks import Task
    from .drops import Drops

__all__ = ["show_candidates", "show_costs", "show_plan", "show_result", "show_shortfall"]

_QUOTED = 5
"""The number of meta instructions that a message quotes."""


def show_plan(tasks: list[Task], config: Config, *, engine: str, as_json: bool) -> None:
    """Print the requests that an expansion needs, and its settings."""
    import yaml

    from ..expansion.cost_estimate import estimate_cost

    facts = dataclasses.asdict(estimate_cost(tasks, config))
    if as_json:
        print_json([{**facts, "engine": engine, "settings": config.to_dict()}])
        return
    print_table(("first round", ""), [(name.replace("_", " "), value) for name, value in facts.items()])
    typer.echo(yaml.safe_dump({"engine": engine, "settings": config.to_dict()}, sort_keys=False, width=120))
    print_message("No request was sent. Later rounds and repairs depend on the acceptance rate.")


def show_result(expansion: Expansion, drops: Drops, *, output: Path, as_json: bool) -> None:
    """Print what each task got, and how many variants its meta instructions have, from the fewest to the most."""
    stats = expansion.pool.stats()
    if as_json:
        print_json(
            {
                **each._asdict(),
                "expansion": round(each.expansion, 2),
                "per_meta": _of_metas(expansion.pool, each.task),
            }
            for each in stats
        )
        return
    reasons: dict[str, dict[str, int]] = defaultdict(dict)
    for (task, reason), number in drops.reasons(expansion).most_common():
        reasons[task][reason] = number
    print_table(
        ("task", "meta", "instructions", "expansion", "per meta", "dropped"),
        [
            (
                each.task,
                each.meta_instructions,
                each.instructions,
                f"{each.expansion:.1f}x",
                _range(_of_metas(expansion.pool, each.task)),
                _counts(reasons[each.task]),
            )
            for each in stats
        ],
    )
    print_message(f"{expansion.pool} in {output}")


def show_costs(expansion: Expansion, drops: Drops, *, seconds: float) -> None:
    """Print the numbers of candidates, completions and tokens; empty replies are no candidates."""
    counts = expansion.statistics
    tokens, kept = counts.prompt_tokens + counts.completion_tokens, counts.kept.total()
    empty = drops.empty_replies.total()
    candidates = counts.candidates - empty
    shares = ""
    if candidates:
        shares = f" ({kept / candidates:.0%}; {(kept - counts.kept_by_repair) / candidates:.0%} without repair)"
    print_message(
        f"{count(candidates, 'candidate')}, {kept} kept{shares}, {empty} empty {'reply' if empty == 1 else 'replies'} "
        f"not counted. {counts.resumed} completions from the journal, {counts.completed} from the engine in "
        f"{seconds:.1f} s."
    )
    if tokens:
        print_message(
            f"{counts.prompt_tokens} prompt tokens, {counts.completion_tokens} completion tokens "
            f"({counts.completion_tokens / seconds:.0f}/s), {tokens / max(1, kept):.0f} tokens per kept variant."
        )
    reasons = Counter[str]()
    for (_, reason), number in drops.reasons(expansion).items():
        reasons[reason] += number
    if reasons:
        print_message(f"Dropped: {_counts(dict(reasons.most_common()))}.")


def show_candidates(expansion: Expansion, dropped_candidates: list[Dropped], *, number: int) -> None:
    """Print the first candidates of each task that were kept, and those that were dropped with their reasons."""
    rows: list[tuple[str, str, str]] = []
    for task, instructions in expansion.pool.items():
        kept = [each for each in instructions if each.origin is not None]
        lost = [each for each in dropped_candidates if each.result.job.task.name == task]
        rows += [(task, "kept" if each.score is None else f"kept ({each.score})", each.text) for each in kept[:number]]
        rows += [(task, each.reason, _candidate(each)[:500]) for each in lost[:number]]
    print_table(("task", "", "candidate"), rows, lines=True)


def show_shortfall(expansion: Expansion, drops: Drops, *, engine: str, max_rounds: int) -> None:
    """Print the tasks below the target, the meta instructions without a variant, and what helps."""
    from ..expansion.statistics import describe_short

    silent = drops.without_reply(expansion)
    if expansion.short:
        having = describe_short(expansion.pool, expansion.short)
        advice = "" if silent and engine == "grammar" else f" {_advice(engine)}"
        print_message(f"Below the target after {count(max_rounds, 'round')}: {having}.{advice}")
    if silent and engine == "grammar":
        metas = sum(each.meta_instructions for each in expansion.pool.stats())
        print_message(
            f"The grammar has no other form for {len(silent)} of {count(metas, 'meta instruction')}: "
            f"{_quoted(silent)}. A language model does: --engine transformers or inference. Or word them like "
            "'Write a caption for this picture.'"
        )


def _advice(engine: str) -> str:
    if engine == "grammar":
        return "The grammar has no more forms for them; a language model does: --engine transformers or inference."
    return "Raise --max-rounds, or lower --target."


def _quoted(texts: Sequence[str]) -> str:
    more = len(texts) - _QUOTED
    return ", ".join(map(shown, texts[:_QUOTED])) + (f" and {more} more" if more > 0 else "")


def _candidate(dropped: Dropped) -> str:
    return dropped.result.text or dropped.result.parsed or dropped.result.reply


def _of_metas(pool: InstructionPool, task: str) -> dict[str, int]:
    """The number of instructions that each meta instruction of a task has, itself among them, by its text."""
    counts = Counter(each.origin or each.instruction_id for each in pool[task])
    return {each.text: counts[each.instruction_id] for each in pool[task] if each.origin is None}


def _range(counts: Mapping[str, int]) -> str:
    low, high = min(counts.values(), default=0), max(counts.values(), default=0)
    return str(low) if low == high else f"{low}-{high}"


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{number} {reason}" for reason, number in counts.items())
