"""Clients of a test's server: real processes with an environment of their own.

Importing `datasets` takes seconds, and its endpoint and caches are read from the environment at that moment. So one
process imports it for all tests, and forks a client for each job; every test has a home of its own.
"""

import importlib
import json
import os
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
# What clients import, and torch, which streams import when they are read.
PRELOADED = (
    "torch",
    "datasets",
    "huggingface_hub",
    *(f"instraug_datasets.{part}" for part in ("builders", "cli", "hub")),
)


class ClientError(Exception):
    """A job that failed.

    Attributes:
        kinds: The names of the error's classes, from its own to the most general.
        output: What the client printed, on both streams.
    """

    def __init__(self, kinds: list[str], message: str, output: str) -> None:
        super().__init__(f"{kinds[0] if kinds else 'died'}: {message}\n{output}")
        self.kinds, self.message, self.output = kinds, message, output


@dataclass(slots=True)
class Job:
    """A job that is running, or has run.

    Attributes:
        alive: The reading end of a pipe that the job holds open.
    """

    zygote: "Zygote"
    folder: Path
    pid: int
    alive: int

    @property
    def output(self) -> str:
        return (self.folder / "output").read_text(encoding="utf-8", errors="replace")

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)

    def wait(self) -> int:
        """The exit status; negative for a signal."""
        with open(self.alive, "rb") as pipe:  # noqa: PTH123 - an open pipe has no path
            pipe.read()  # ends when the job does, while other threads start theirs
        return int(self.zygote.ask({"do": "wait", "pid": self.pid}))

    def result(self) -> Any:
        """What the job returned.

        Raises:
            ClientError: It failed or was killed.
        """
        status = self.wait()
        answer = self.folder / "answer"
        if not answer.exists():
            raise ClientError([], f"exit status {status}", self.output)
        told = json.loads(answer.read_text(encoding="utf-8"))
        if "kinds" in told:
            raise ClientError(told["kinds"], told["message"], self.output)
        return told["value"]


class Zygote:
    """The process that has everything imported."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = dict(environment)
        self._lock = threading.Lock()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.hub.client"],
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, order: Mapping[str, Any]) -> str:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with self._lock:
            self._process.stdin.write(json.dumps(order) + "\n")
            self._process.stdin.flush()
            return self._process.stdout.readline().strip()

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


@dataclass(slots=True)
class Client:
    """Starts jobs of one test.

    Attributes:
        home: The Hugging Face home of the test.
        environment: Further variables of every job.
    """

    zygote: Zygote
    folder: Path
    home: Path
    environment: dict[str, str] = field(default_factory=dict)
    _count: int = 0

    def start(self, function: Callable[..., Any], *arguments: Any, **environment: str) -> Job:
        """Call a function of a module in a process of its own; arguments and result travel as JSON."""
        self._count += 1
        folder = self.folder / f"job-{self._count}"
        folder.mkdir(parents=True)
        order = {
            "do": "start",
            "module": function.__module__,
            "function": function.__qualname__,
            "arguments": arguments,
            "environment": {**self.environment, **environment},
            "folder": str(folder),
        }
        os.mkfifo(folder / "alive")
        alive = os.open(folder / "alive", os.O_RDONLY | os.O_NONBLOCK)
        pid = int(self.zygote.ask(order))
        os.set_blocking(alive, True)
        return Job(self.zygote, folder, pid, alive)

    def run(self, function: Callable[..., Any], *arguments: Any, **environment: str) -> Any:
        """The result of a job."""
        return self.start(function, *arguments, **environment).result()


def _serve() -> None:
    for name in PRELOADED:
        importlib.import_module(name)
    for line in sys.stdin:
        order = json.loads(line)
        if order["do"] == "wait":
            _, status = os.waitpid(order["pid"], 0)
            print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201 - the answer to the parent
            continue
        alive = os.open(Path(order["folder"]) / "alive", os.O_WRONLY)
        pid = os.fork()
        if not pid:
            _work(order)
        os.close(alive)
        print(pid, flush=True)  # noqa: T201 - the answer to the parent


def _work(order: dict[str, Any]) -> None:
    folder = Path(order["folder"])
    status = 1
    try:
        output = os.open(folder / "output", os.O_WRONLY | os.O_CREAT)
        os.dup2(output, 1)
        os.dup2(output, 2)
        sys.stdin = open(os.devnull)  # noqa: PTH123, SIM115 - ours are the orders; a job has nobody to ask
        os.environ.update(order["environment"])
        function = importlib.import_module(order["module"])
        for name in order["function"].split("."):
            function = getattr(function, name)
        told = {"value": function(*order["arguments"])}  # type: ignore[operator]  # a function by now
        status = 0
    except BaseException as error:
        traceback.print_exc()
        told = {"kinds": [kind.__name__ for kind in type(error).__mro__], "message": str(error)}
    sys.stdout.flush()
    sys.stderr.flush()
    (folder / "answer").write_text(json.dumps(told), encoding="utf-8")
    os._exit(status)


if __name__ == "__main__":
    _serve()
