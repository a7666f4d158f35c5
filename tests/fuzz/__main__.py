"""Feeds every surface with damaged input for a while, and prints cases and failures.

python -m tests.fuzz                     # a minute for each surface
python -m tests.fuzz --seconds 5 --seed 7
"""

from __future__ import annotations

import argparse
import resource
import signal
import sys
import time
import warnings
from types import FrameType

from hypothesis import HealthCheck, given, seed, settings
from hypothesis.errors import HypothesisException

from instraug_datasets.errors import InstrAugError
from tests.fuzz.surfaces import SURFACES, Surface

_ROUND = 200
_MEMORY = 8 << 30
_CASE_SECONDS = 20


class _HangError(BaseException):
    """A case took too long; no `except Exception` catches this."""


def main() -> None:
    """Fuzz all surfaces; exit code 1 if any fails."""
    parser = argparse.ArgumentParser(description="Feed every surface with damaged input.")
    parser.add_argument("--seconds", type=float, default=60, help="time for each surface")
    parser.add_argument("--seed", type=int, default=0, help="the first seed; every round has the next one")
    options = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    signal.signal(signal.SIGALRM, _stop)
    warnings.simplefilter("ignore")
    print("| surface | cases | failures |\n|---|---|---|")
    total = failed = 0
    for name, surface in SURFACES.items():
        cases, failures = _fuzz(name, surface, options.seconds, options.seed)
        print(f"| {name} | {cases:,} | {failures} |", flush=True)
        total, failed = total + cases, failed + failures
    print(f"| all | {total:,} | {failed} |")
    sys.exit(failed > 0)


def _fuzz(name: str, surface: Surface, seconds: float, first_seed: int) -> tuple[int, int]:
    """The number of cases, and of rounds that failed."""
    cases, failures, number, end = 0, 0, first_seed, time.monotonic() + seconds

    def check(case: object) -> None:
        nonlocal cases
        cases += 1
        signal.alarm(_CASE_SECONDS)
        try:
            surface.check(case)
        except InstrAugError:
            pass
        finally:
            signal.alarm(0)

    profile = settings(
        max_examples=_ROUND, database=None, deadline=None, derandomize=False, suppress_health_check=list(HealthCheck)
    )
    while time.monotonic() < end:
        try:
            seed(number)(profile(given(surface.cases)(check)))()
        except HypothesisException:
            raise
        except (Exception, _HangError) as error:
            failures += 1
            print(
                f"{name}, seed {number}: {type(error).__name__}: {str(error)[:300]}", *error.__notes__, file=sys.stderr
            )
        number += 1
    return cases, failures


def _stop(signal_number: int, frame: FrameType | None) -> None:
    raise _HangError(f"more than {_CASE_SECONDS} seconds")


if __name__ == "__main__":
    main()
