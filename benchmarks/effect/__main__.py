"""Measures whether fresh wordings help, and how much more data they are worth.

cd benchmarks && python -m effect                                  # trains what is missing, prints the report
cd benchmarks && python -m effect --output EFFECT_RESULTS.md       # also writes it, and the chart beside it
cd benchmarks && python -m effect --report-only                    # from the runs that there are, trains nothing
cd benchmarks && python -m effect --arms a c --seeds 3             # some arms and seeds alone
cd benchmarks && python -m effect --wordings my_pool.parquet       # also scored on wordings of your own
cd benchmarks && python -m effect --size gpu                       # larger, where a card is there
cd benchmarks && python -m effect --quick                          # half a minute, to check that it runs

Each trained arm and seed is a line in `runs.jsonl` of `--folder`. A run that was stopped goes on where it was.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import datasets
import torch
import transformers

from instraug_datasets import InstructionPool
from instraug_datasets.builders.demo.shared_pictures import TASKS, Picture, demo_picture
from instraug_datasets.hashing import fold

from .arms import ARMS, SIZES, Size
from .nlvr import nlvr_pictures
from .report import render_chart, render_report
from .results import Results
from .scoring import META_INSTRUCTIONS, check_wordings, score
from .text import TextSide
from .training import train
from .vision import Vision, load_vision

_ROOT = Path(__file__).parents[2]
# Raise it when the same settings give other results.
_VERSION = 1


def main(arguments: Sequence[str] | None = None) -> None:
    """Train what is missing, print the report, and write it to a file if requested."""
    options = _parser().parse_args(arguments)
    torch.set_num_threads(1)
    datasets.disable_progress_bars()
    transformers.utils.logging.disable_progress_bar()
    options.folder.mkdir(parents=True, exist_ok=True)
    setup = _set_up(options)
    if not options.report_only:
        _train_missing(setup, _plan(setup.size, options))
    if not setup.results.runs:
        raise SystemExit("No runs with these settings yet.")
    chart_name = "effect.svg" if options.output is None else f"{options.output.stem.lower()}.svg"
    report = render_report(setup.results, setup.size, setup.facts, command=_command(options), picture=chart_name)
    print(report)
    if options.output:
        options.output.write_text(report, encoding="utf-8")
        options.output.with_name(chart_name).write_text(render_chart(setup.results), encoding="utf-8")


def _command(options: argparse.Namespace) -> str:
    """The command that gives these results, without the places of files."""
    own = ["--wordings", Path(options.wordings).name] if options.wordings else []
    return " ".join(["python -m effect", "--quick" if options.quick else f"--size {options.size}", *own])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Setup:
    """What all arms share.

    Attributes:
        extra: NLVR's boxes to train on.
        tested: Pictures to test, by source.
        wordings: What `evaluate` tests, by name.
        facts: What the report says of them.
    """

    size: Size
    pool: InstructionPool
    vision: Vision
    text: Path
    extra: Sequence[Picture]
    tested: Mapping[str, Sequence[Picture]]
    wordings: Mapping[str, Any]
    results: Results
    facts: Mapping[str, Any]


def _set_up(options: argparse.Namespace) -> _Setup:
    size = SIZES["quick" if options.quick else options.size]
    extra, tested = nlvr_pictures(options.data_dir)
    pictures = {"demo": [demo_picture("test", number) for number in range(size.tested)]}
    if tested:
        pictures["NLVR"] = tested
    wordings: dict[str, Any] = {"meta": META_INSTRUCTIONS, "heldout": "heldout"}
    if options.wordings:
        wordings["own"] = check_wordings(InstructionPool.load(options.wordings), options.wordings)
    pool = InstructionPool.load("multiinstruct")
    vision, accuracy = load_vision(options.folder / f"vision-{size.name}.npz", size, extra, pictures["demo"])
    return _Setup(
        size=size,
        pool=pool,
        vision=vision,
        text=options.folder / f"text-{size.name}.npz",
        extra=extra,
        tested=pictures,
        wordings=wordings,
        results=Results(options.folder / "runs.jsonl", _settings(size, pool, wordings, extra)),
        facts={
            "vision": accuracy,
            "nlvr": (len(extra), len(tested)),
            "tests": [f"{source}, {name}" for source in pictures for name in wordings],
        },
    )


def _train_missing(setup: _Setup, plan: Sequence[tuple[str, int]]) -> None:
    missing = [run for run in plan if run not in setup.results.runs]
    print(f"{len(missing)} runs to do, {len(plan) - len(missing)} done", flush=True)
    text = TextSide(setup.text)
    begun = time.monotonic()
    for number, (arm, seed) in enumerate(missing, start=1):
        result = _run(setup, text, arm, seed)
        setup.results.add(arm, seed, result)
        text.save()
        left = (time.monotonic() - begun) / number * (len(missing) - number) / 60
        unseen = result["scores"]["demo, heldout"]["mean"]
        print(
            f"{number}/{len(missing)}: {arm}, seed {seed}: {unseen:.1f} on unseen wordings, "
            f"{result['seconds']:.0f} s, {left:.0f} min left",
            flush=True,
        )


def _run(setup: _Setup, text: TextSide, arm: str, seed: int) -> dict[str, Any]:
    """Train and score an arm with a seed."""
    begun = time.monotonic()
    shared = {"pool": setup.pool, "vision": setup.vision, "text": text}
    told = _progress(f"{arm}, seed {seed}")
    trained = train(ARMS[arm], seed, setup.size, extra=setup.extra, progress=told, **shared)
    scores = score(trained.model, setup.tested, setup.wordings, **shared)
    return {
        "examples": trained.examples,
        "wordings": trained.wordings,
        "seconds": time.monotonic() - begun,
        "scores": scores,
    }


def _plan(size: Size, options: argparse.Namespace) -> list[tuple[str, int]]:
    """All arms with the first seed, then all with the next one, so that a run that is stopped has something of each."""
    seeds = {arm: size.seeds_of(arm) if options.seeds is None else options.seeds for arm in options.arms or ARMS}
    return [(arm, seed) for seed in range(max(seeds.values())) for arm in seeds if seed < seeds[arm]]


def _progress(what: str) -> Callable[[int, int], None]:
    begun = time.monotonic()

    def told(step: int, steps: int) -> None:
        if step % 200 == 0 or step == 1:
            print(f"  {what}: step {step}/{steps}, {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)

    return told


def _settings(size: Size, pool: InstructionPool, wordings: dict[str, Any], trained: Sequence[Any]) -> dict[str, Any]:
    """What the scores depend on, beside arm and seed."""
    return {
        "version": _VERSION,
        "size": dataclasses.asdict(dataclasses.replace(size, seeds=0, other_seeds=0)),
        "pool": _digest(pool),
        "wordings": {name: each if isinstance(each, int) else _digest(each) for name, each in wordings.items()},
        "nlvr": len(trained),
    }


def _digest(wordings: InstructionPool | str) -> int:
    """A hash of the instructions of the tasks of this benchmark."""
    pool = InstructionPool.load(wordings) if isinstance(wordings, str) else wordings
    return fold(*(each.instruction_id for task in TASKS if task in pool for each in pool[task]))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m effect", description="Measure whether fresh wordings help.")
    parser.add_argument("--size", choices=[name for name in SIZES if name != "quick"], default="cpu")
    parser.add_argument("--quick", action="store_true", help="a few steps, to check that everything runs")
    parser.add_argument("--arms", nargs="+", choices=list(ARMS), help="some arms alone")
    parser.add_argument("--seeds", type=int, help="number of seeds, from seed 0 on")
    parser.add_argument("--wordings", metavar="POOL", help="also score on this pool, as InstructionPool.load reads it")
    parser.add_argument("--data-dir", type=Path, default=_ROOT.parent / "shared" / "data", help="where NLVR may be")
    parser.add_argument("--folder", type=Path, default=_ROOT / ".demo" / "effect", help="where runs and features are")
    parser.add_argument("--report-only", action="store_true", help="train nothing")
    parser.add_argument("--output", type=Path, help="a Markdown file to write the report to, the chart beside it")
    return parser


if __name__ == "__main__":
    main()
