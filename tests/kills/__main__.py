"""Kills commands at seeded moments until they have been killed often enough, and compares what they leave in the end.

A killed command is started again in the same folder, and may be killed again; the last time it runs undisturbed. Its
files must then be those of a run that nobody killed, byte by byte and by name, and no process of it may live on.

python -m tests.kills                               # 200 kills
python -m tests.kills --kills 20 --only expand      # of one command
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import select
import shutil
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

from tests.fuzz.draws import Draws, seeded
from tests.hub.client import Client, Job, Zygote
from tests.hub.server.hub import Hub
from tests.hub.server.store import Store
from tests.kills import jobs
from tests.kills.scenarios import REPOSITORY, SCENARIOS, Scenario, write_inputs

_WAIT_SECONDS = 30
_MOST_KILLS = 3
"""How often one command is killed before it may finish, at most."""

_TRIALS_PER_KILL = 4
"""Where nothing can be killed, an end has to be found nevertheless."""

# What depends on the clock: how long a build took.
_CLOCK = re.compile(rb'"seconds": ?[-+.e0-9]+')

Files = dict[str, bytes]


@dataclass(slots=True)
class Tally:
    """What became of a scenario: kills, how many of them while files were written, finished trials and problems."""

    kills: int = 0
    by_event: int = 0
    trials: int = 0
    problems: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        self.kills += other.kills
        self.by_event += other.by_event
        self.trials += other.trials
        self.problems += other.problems


@dataclass(frozen=True, slots=True)
class Normal:
    """An undisturbed run: its files, its duration in seconds, and the number of its file events."""

    files: Files
    seconds: float
    events: int


class Place:
    """Where the runs take place: inputs, a folder for each run, a home for caches, and a Hub."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.inputs, self.home = folder, folder / "inputs", folder / "home"
        self._count = 0
        with socket.create_server(("127.0.0.1", 0)) as taken:
            self._port = taken.getsockname()[1]
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "HUGGINGFACE_"))}
        settings = ("HF_HUB_DISABLE_XET", "HF_HUB_DISABLE_TELEMETRY", "HF_HUB_DISABLE_PROGRESS_BARS")
        self.zygote = Zygote(
            {
                **kept,
                **dict.fromkeys(settings, "1"),
                "HF_ENDPOINT": f"http://127.0.0.1:{self._port}",
                "HF_HOME": str(self.home),
                "OMP_NUM_THREADS": "1",
            }
        )

    @contextmanager
    def trial(self, scenario: Scenario) -> Iterator[Trial]:
        """A new folder to run in, which is removed afterwards."""
        self._count += 1
        folder = self.folder / f"trial-{self._count}"
        (folder / "run").mkdir(parents=True)
        shutil.rmtree(self.home, ignore_errors=True)
        self.home.mkdir()
        client = Client(self.zygote, folder / "jobs", self.home, {"HF_TOKEN": "hf_write"})
        try:
            with Hub(Store(folder / "hub"), port=self._port) as hub:
                yield Trial(scenario, folder, self.inputs, client, hub)
        finally:
            shutil.rmtree(folder)


@dataclass(slots=True)
class Trial:
    """The runs of a scenario in one folder."""

    scenario: Scenario
    folder: Path
    inputs: Path
    client: Client
    hub: Hub

    def start(self, moments: list[int | None]) -> list[Job]:
        commands = [[word.format(inputs=self.inputs) for word in each] for each in self.scenario.commands]
        return [
            self.client.start(jobs.command, str(self.folder / "run"), command, moment)
            for command, moment in zip(commands, moments, strict=True)
        ]

    def finish(self) -> int:
        """Run to the end, undisturbed; the number of file events of the first command.

        Raises:
            AssertionError: A command failed.
        """
        started = self.start([None] * len(self.scenario.commands))
        told = [job.result() for job in started]
        failed = next((each for each in told if each["status"]), None)
        if failed is not None:
            raise AssertionError(f"exit status {failed['status']}: {failed['err']}")
        return int(told[0]["events"])

    def files(self) -> Files:
        """The files of the folder, and those of the repository; what depends on the clock is left out."""
        root = self.folder / "run"
        found = {str(path.relative_to(root)): path for path in root.rglob("*")}
        files = {name: b"" if path.is_dir() else _CLOCK.sub(b"", path.read_bytes()) for name, path in found.items()}
        if self.scenario.hub:
            stored = self.hub.store.at(REPOSITORY)
            files |= {f"hub/{name}": stored.read(name) for name in stored.files()}
        return files


def main() -> None:
    """Kill, and report; exit code 1 if anything differs."""
    parser = argparse.ArgumentParser(description="Kill commands at seeded moments, and compare what they leave.")
    parser.add_argument("--kills", type=int, default=200, help="number of kills, shared out among the scenarios")
    parser.add_argument("--seed", type=int, default=0, help="chooses the moments")
    parser.add_argument("--only", choices=[*SCENARIOS], help="one scenario")
    options = parser.parse_args()
    chosen = {name: SCENARIOS[name] for name in ([options.only] if options.only else SCENARIOS)}
    start, all_kills = time.monotonic(), Tally()
    print("| command | kills | at a file event | runs compared | problems |\n|---|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory(prefix="instraug-kills-") as folder:
        place = Place(Path(folder))
        write_inputs(place.inputs)
        whole = sum(scenario.share for scenario in chosen.values())
        for name, scenario in chosen.items():
            tally = _kill(place, name, scenario, -(-options.kills * scenario.share // whole), options.seed)
            print(_row(name, tally), flush=True)
            all_kills.add(tally)
        place.zygote.close()
    print(_row("all", all_kills))
    minutes = (time.monotonic() - start) / 60
    libraries = ", ".join(f"{name} {version(name)}" for name in ("datasets", "pyarrow", "huggingface_hub"))
    print(f"\nSeed {options.seed}, {minutes:.1f} minutes, Python {platform.python_version()}, {libraries}.")
    sys.exit(bool(all_kills.problems))


def _kill(place: Place, name: str, scenario: Scenario, kills: int, seed: int) -> Tally:
    normal, tally = _normal(place, scenario), Tally()
    while tally.kills < kills and tally.trials < _TRIALS_PER_KILL * kills:
        tally.trials, before = tally.trials + 1, len(tally.problems)
        draws = seeded(f"{seed} {name}", tally.trials)
        try:
            with place.trial(scenario) as trial:
                for _ in range(min(1 + draws.under(_MOST_KILLS), kills - tally.kills)):
                    _run_and_kill(trial, normal, draws, tally)
                trial.finish()
                tally.problems += [
                    f"{name}, trial {tally.trials}: {each}" for each in _differences(normal, trial.files())
                ]
        except Exception as error:
            tally.problems.append(f"{name}, trial {tally.trials}: {type(error).__name__}: {error}")
        for problem in tally.problems[before:]:
            print(problem, file=sys.stderr, flush=True)
    return tally


def _normal(place: Place, scenario: Scenario) -> Normal:
    with place.trial(scenario) as trial:
        start = time.monotonic()
        events = trial.finish()
        return Normal(trial.files(), time.monotonic() - start, events)


def _run_and_kill(trial: Trial, normal: Normal, draws: Draws, tally: Tally) -> None:
    """Start the commands and kill each at a moment: half of the time at a file event, otherwise at a time."""
    by_event = draws.chance(2)
    count = len(trial.scenario.commands)
    moments = [draws.under(max(1, normal.events)) if by_event else None for _ in range(count)]
    started = trial.start(list(moments))
    for job in started:
        if not by_event:
            seconds = normal.seconds * draws.under(1000) / 1000
            if not select.select([job.alive], [], [], seconds)[0]:
                job.kill()
    left = 0
    for job in started:
        killed = int(job.zygote.ask({"do": "wait", "pid": job.pid})) == -signal.SIGKILL
        tally.kills += killed
        tally.by_event += killed and by_event
        left += _kill_workers(job)
    if left:
        raise AssertionError(f"{left} processes live on")


def _kill_workers(job: Job) -> int:
    """How many processes of a job that has ended live on for more than a while; they are killed."""
    with open(job.alive, "rb") as pipe:  # noqa: PTH123 - an open pipe has no path
        if select.select([pipe], [], [], _WAIT_SECONDS)[0]:
            return 0
    left = _holders(job.folder / "alive")
    for process in left:
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    return len(left)


def _holders(pipe: Path) -> list[int]:
    """The processes that hold a pipe of ours open, besides this one."""
    found = set()
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        with suppress(OSError):
            if str(link.readlink()) == str(pipe):
                found.add(int(link.parts[2]))
    return sorted(found - {os.getpid()})


def _differences(normal: Normal, files: Files) -> Iterator[str]:
    for name in sorted(normal.files.keys() | files.keys()):
        if name not in files:
            yield f"{name} is missing"
        elif name not in normal.files:
            yield f"{name} was left"
        elif files[name] != normal.files[name]:
            yield f"{name} has other content"


def _row(name: str, each: Tally) -> str:
    return f"| {name} | {each.kills} | {each.by_event} | {each.trials} | {len(each.problems)} |"


if __name__ == "__main__":
    main()
