"""Scripts that use Ray, in processes of their own: it starts servers, and leaves its sockets and warnings behind."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


def environment() -> dict[str, str]:
    """The environment of a process that uses Ray."""
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("PYTEST")},
        "PYTHONPATH": str(ROOT),
        "RAY_AUTH_MODE": "disabled",  # else a token is written to the home folder
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_ADDRESS": "local",  # a cluster of its own, where another test runs one on this machine
    }


def run_script(script: Path, folder: Path, *arguments: str) -> Any:
    """Run a script with a folder and arguments; returns what it wrote to `result.json` there."""
    command = [sys.executable, str(script), str(folder), *arguments]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=400)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-6000:]
    return json.loads((folder / "result.json").read_text(encoding="utf-8"))
