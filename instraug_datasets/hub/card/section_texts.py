"""What the sections of a card say, as Markdown."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ...axes import style_counts
from ...pool import InstructionPool
from ...tasks import BENCHMARKS
from ..licences import LEFT_OUT, REFERENCES, WHOLE, Clearance, by_reason
from ..naming import DEFAULT, INSTRUCTIONS, Configs
from ..recipe import ConfigFacts, Recipe
from .config_table import configs_section
from .markdown import cell, code, joined, number, table

__all__ = ["CardFacts", "Sample", "sections_of"]

_OUTCOMES = {WHOLE: "with pictures", REFERENCES: "without pictures", LEFT_OUT: "left out"}
_BAR = 40
_SHORT = 12
_ADDRESS = re.compile(r"https?://\S+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One published example with its prompts in the first epochs."""

    config: str
    split: str
    prompts: tuple[str, ...]
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CardFacts:
    """What a card is filled from.

    Attributes:
        configs: The configs that the repository has after the publication, as in `naming.configs_of`.
        clearances: What of each source may be published.
        titles: The full name and the page of each source.
    """

    repo_id: str
    recipe: Recipe
    pool: InstructionPool
    configs: Configs
    clearances: Mapping[str, Clearance] = field(default_factory=dict)
    titles: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    sample: Sample | None = None


def sections_of(facts: CardFacts) -> dict[str, str]:
    """Every section by its name in the templates."""
    return {
        "usage": _usage(facts),
        "configs": configs_section(facts.configs, facts.recipe),
        "recipe": _recipe(facts),
        "pool": _pool(facts),
        "licences": _licences(facts),
        "left-out": _left_out(facts),
    }


def _usage(facts: CardFacts) -> str:
    if facts.sample is None:
        task = next(iter(facts.pool))
        shown = "\n".join(f"{each.text!r}" for each in facts.pool[task][:3])
        return joined(
            "## Loading",
            code(
                "python",
                "from instraug_datasets import InstructionPool, augment",
                "",
                f'pool = InstructionPool.load("{facts.repo_id}")',
                f"for instruction in pool[{task!r}][:3]:",
                "    print(repr(instruction.text))",
                "ds = augment(ds, pool)    # any data set with a column `task`",
            ),
            code("text", shown),
        )
    sample = facts.sample
    load = f'load_dataset("{facts.repo_id}", "{sample.config}", split="{sample.split}", streaming=True)'
    everything = f'load_dataset("{facts.repo_id}")    # every task for training'
    parts = [
        "## Loading",
        "Loading needs `datasets` alone. Examples hold fields, not prompts:",
        code(
            "python",
            "from datasets import load_dataset",
            "",
            *([f"everything = {everything}"] if DEFAULT in facts.configs else []),
            f"ds = {load}",
        ),
        "With `instraug-datasets` each example is shown under another wording of its instruction in each epoch:",
        code(
            "python",
            "from instraug_datasets import augment",
            "",
            f'ds = augment(ds, "{facts.repo_id}")    # pool and settings of this repository',
            f"for epoch in range({len(sample.prompts)}):",
            "    ds.set_epoch(epoch)    # training loops do this by themselves",
            '    print(next(iter(ds))["prompt"], end="\\n---\\n")',
        ),
        code("text", "\n---\n".join(sample.prompts) + "\n---"),
        f"The target of this example is `{cell(sample.target)}`.",
    ]
    if any(clearance.outcome == REFERENCES for clearance in facts.clearances.values()):
        parts += [
            "Examples of some sources come without their pictures (see below). Fill them in from your own copy of the "
            "source, before you augment:",
            code(
                "python",
                "from instraug_datasets import attach_images",
                "",
                f"ds = {load}",
                f'ds = augment(attach_images(ds, data_dir="raw_datasets"), "{facts.repo_id}")',
            ),
        ]
    return joined(*parts)


def _recipe(facts: CardFacts) -> str:
    recipe = facts.recipe
    rows = [
        ["pool", f"`{INSTRUCTIONS}`, {number(recipe.instructions)} instructions, digest `{recipe.digest}`"],
        *([name.replace("_", " "), f"`{value}`"] for name, value in recipe.settings().items()),
        ["written by", f"instraug-datasets {recipe.version}"],
    ]
    if recipe.rights:
        rows.append(["rights", "claimed by the publisher for " + ", ".join(f"`{name}`" for name in recipe.rights)])
    return joined(
        "## Recipe",
        "The prompt of an example is a pure function of these settings, its id and the epoch. They stand in "
        "`augmentation.yaml`, where `augment` reads them.",
        table(["setting", "value"], rows),
    )


def _pool(facts: CardFacts) -> str:
    metas, total = Counter[str](), Counter[str]()
    for stats in facts.pool.stats():
        label = _category(facts.recipe.benchmark, stats.task)
        metas[label] += stats.meta_instructions
        total[label] += stats.instructions
    labels = sorted(total, key=lambda label: (-total[label], label))
    width, most = max(map(len, labels)), max(total.values())
    lines = [
        f"{label:<{width}}  {'█' * max(1, round(_BAR * total[label] / most)):<{_BAR}} {total[label]:>6,}"
        + (f" from {metas[label]:,}" if metas[label] else "")
        for label in labels
    ]
    meta, all_of_them = sum(metas.values()), sum(total.values())
    counted = f"{all_of_them:,} instructions for {len(facts.pool)} {'task' if len(facts.pool) == 1 else 'tasks'}"
    return joined(
        "## Instructions",
        f"{counted}, written from {meta:,} meta instructions ({all_of_them / meta:.1f} times as many):"
        if meta
        else f"{counted}:",
        code("text", *lines),
        _styles(facts),
    )


def _styles(facts: CardFacts) -> str:
    """How the instructions are spread over the axes of style; nothing for a pool whose authors have not stated any."""
    counts = style_counts([each for instructions in facts.pool.values() for each in instructions])
    if not any(counts["form"].values()):
        return ""
    rows = []
    for axis, values in counts.items():
        total = sum(values.values())
        ranked = sorted(((count, value) for value, count in values.items() if count), reverse=True)
        rows.append([f"`{axis}`", ", ".join(f"{value} {count / total:.0%}" for count, value in ranked)])
    return joined(
        "Their styles, which `augment(..., styles={'form': 'question'})` selects by:", table(["axis", "styles"], rows)
    )


def _category(benchmark: str, task: str) -> str:
    """The category of a task in its benchmark, or in any that has it."""
    listed = [BENCHMARKS[benchmark]] if benchmark in BENCHMARKS else list(BENCHMARKS.values())
    return next((tasks[task].category for tasks in listed if task in tasks), task)


def _licences(facts: CardFacts) -> str:
    shown = {name: each for name, each in facts.clearances.items() if each.outcome != LEFT_OUT}
    if not shown:
        return ""
    rows = [
        [
            _linked(name, facts.titles),
            _terms(clearance, "annotations"),
            _terms(clearance, "pictures"),
            _OUTCOMES[clearance.outcome] + (", rights claimed by the publisher" if clearance.claimed else ""),
        ]
        for name, clearance in shown.items()
    ]
    return joined("## Sources", table(["source", "annotations", "pictures", "published"], rows))


def _terms(clearance: Clearance, part: str) -> str:
    if clearance.terms is None:
        return "the publisher's own"
    terms = getattr(clearance.terms, part)
    found = _ADDRESS.match(terms.basis)
    return f"[{cell(terms.licence)}]({found[0]})" if found else f"{cell(terms.licence)}: {cell(terms.basis)}"


def _left_out(facts: CardFacts) -> str:
    gone = {name: each for name, each in facts.clearances.items() if each.outcome == LEFT_OUT}
    bare = {name: each for name, each in facts.clearances.items() if each.outcome == REFERENCES}
    if not gone and not bare:
        return ""
    parts = ["## What is left out"]
    if bare:
        parts += [
            "Pictures that may not be copied are published as references: `images` has a null for each, and `meta` "
            "says their file names, and addresses where the publisher gives some. "
            "`instraug_datasets.attach_images(ds, data_dir=...)` fills them in from your own copy.",
            table(
                ["pictures of", "why"],
                [[", ".join(f"`{name}`" for name in names), cell(why)] for why, names in by_reason(bare.values())],
            ),
        ]
    if gone:
        tasks = {name: _tasks_with(facts.recipe.configs, name) for name in gone}
        parts += [
            "Sources that may not be copied at all are left out. Build their tasks from your own copy:",
            table(
                ["source", "tasks", "why"],
                [
                    [_linked(name, facts.titles), ", ".join(f"`{task}`" for task in tasks[name]), cell(each.reason)]
                    for name, each in gone.items()
                ],
            ),
            code("console", *_build_lines(facts.recipe.benchmark, tasks.values())),
        ]
    return joined(*parts)


def _tasks_with(configs: Mapping[str, ConfigFacts], source: str) -> list[str]:
    return [name for name, facts in configs.items() if facts.sources.get(source) == LEFT_OUT and not facts.variants]


def _build_lines(benchmark: str, tasks: Iterable[Sequence[str]]) -> Iterator[str]:
    if not benchmark:
        return
    names = list(dict.fromkeys(task for each in tasks for task in each))
    # Without names, every task is built whose raw files are there.
    chosen = [benchmark, *names] if len(names) <= _SHORT else [benchmark]
    yield f"$ instraug sources {benchmark}    # files and where to get them"
    yield f"$ instraug build {' '.join(chosen)} --data-dir raw_datasets --output out"


def _linked(name: str, titles: Mapping[str, tuple[str, str]]) -> str:
    if name not in titles:
        return f"`{name}`"
    title, page = titles[name]
    return f"[{cell(title)}]({page}) `{name}`"
