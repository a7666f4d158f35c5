"""Feeds everything that reads outside data with damaged input, and prints cases and failures.

python -m tests.fuzz                                    # 1,000,000 cases
python -m tests.fuzz --cases 20000 --seed 1000000       # other cases
python -m tests.fuzz --minutes 5                        # as many as five minutes allow
python -m tests.fuzz --surface archives --seed 4711     # one case again, with its traceback
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import sys
import tempfile
import time
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

os.environ.update(HF_HUB_DISABLE_TELEMETRY="1", HF_HUB_DISABLE_PROGRESS_BARS="1", HF_HUB_OFFLINE="1")
_CACHES = tempfile.TemporaryDirectory(prefix="instraug-fuzz-caches-")
os.environ["HF_HOME"] = _CACHES.name  # before any import of the libraries that read it

from tests.fuzz.draws import seeded  # noqa: E402
from tests.fuzz.running import BLOCK, CASE_SECONDS, MEMORY, Block, Result, run_blocks, try_case  # noqa: E402
from tests.fuzz.surfaces import SURFACES  # noqa: E402

_SHOWN_FAILURES = 20
_LIBRARIES = (
    "instraug-datasets",
    "datasets",
    "huggingface_hub",
    "pyarrow",
    "pillow",
    "msgspec",
    "pyyaml",
    "ruamel.yaml",
)


def main() -> None:
    """Fuzz all surfaces; exit code 1 if any fails."""
    parser = argparse.ArgumentParser(description="Feed everything that reads outside data with damaged input.")
    parser.add_argument("--cases", type=int, default=1_000_000, help="number of cases, shared out among the surfaces")
    parser.add_argument("--seed", type=int, default=0, help="number of the first case of each surface")
    parser.add_argument("--surface", choices=[*SURFACES], help="run the case of this number, and no other")
    parser.add_argument("--minutes", type=float, default=60, help="start no further cases after so long")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="number of processes")
    options = parser.parse_args()
    if options.surface:
        _show(options.surface, options.seed)
        return
    start = time.monotonic()
    results = {name: Result(name) for name in SURFACES}
    with suppress(KeyboardInterrupt):  # the table says how far it came
        _run(results, options.cases, options.seed, options.jobs, end=start + 60 * options.minutes)
    failed = sum(len(result.failures) for result in results.values())
    print(_table(results), f"\n{_facts(options.seed, options.jobs, time.monotonic() - start)}", sep="\n")
    sys.exit(failed > 0)


def _run(results: dict[str, Result], cases: int, first: int, jobs: int, *, end: float) -> None:
    for done in run_blocks(_blocks(cases, first), jobs):
        for failure in done.failures[:_SHOWN_FAILURES]:
            again = f"python -m tests.fuzz --surface {failure.surface!r} --seed {failure.number}"
            print(f"{failure.problem}\n    {again}", file=sys.stderr, flush=True)
        results[done.surface].add(done)
        if time.monotonic() > end:
            break


def _blocks(cases: int, first: int) -> list[Block]:
    """The cases of all surfaces, in blocks of similar duration; those of slow surfaces are mixed among the others."""
    whole = sum(surface.share for surface in SURFACES.values())
    blocks = []
    for name, surface in SURFACES.items():
        count = max(1, round(cases * surface.share / whole))
        step = min(BLOCK, max(1, count // 8))
        starts = range(first, first + count, step)
        blocks += [
            (place / len(starts), Block(name, at, min(at + step, first + count))) for place, at in enumerate(starts)
        ]
    return [block for _, block in sorted(blocks, key=lambda each: each[0])]


def _show(surface: str, number: int) -> None:
    case = repr(SURFACES[surface].make(seeded(surface, number)))
    print(case if len(case) < 4000 else f"{case[:4000]}... ({len(case):,} characters)", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        print("refused" if try_case(surface, number, Path(folder)) else "read")


def _table(results: dict[str, Result]) -> str:
    rows = [
        f"| {name} | {each.cases:,} | {each.refused:,} | {len(each.failures)} | {each.rate:,.0f} |"
        for name, each in results.items()
    ]
    cases, refused = sum(each.cases for each in results.values()), sum(each.refused for each in results.values())
    failures = sum(len(each.failures) for each in results.values())
    head = "| surface | cases | refused | failures | cases per second and process |\n|---|---|---|---|---|"
    return "\n".join([head, *rows, f"| all | {cases:,} | {refused:,} | {failures} | |"])


def _facts(seed: int, jobs: int, seconds: float) -> str:
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10
    libraries = ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    return (
        f"Cases from number {seed} of each surface, {jobs} processes, {seconds / 60:.1f} minutes, at most {peak:,} MB "
        f"in a process. Limits: {CASE_SECONDS} seconds per case, {MEMORY >> 30} GB of address space.\n"
        f"Python {platform.python_version()}, {libraries}."
    )


if __name__ == "__main__":
    main()
