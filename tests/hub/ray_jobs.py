"""Publishing on a Ray cluster of two machines, as a client's job.

The first process that makes a folder for a shard stops there for ever, and its machine is removed.
"""

import sys
from pathlib import Path
from typing import Any

from tests.hub import our_jobs
from tests.ray.machines import is_first, stop_here, two_machines


def publish(folder: str, target: str, repo_id: str, options: dict[str, Any]) -> dict[str, Any]:
    """Publish while a machine is lost; also tells which one was, and which are left."""
    claim, news = Path(folder) / "claimed", Path(folder) / "news"
    with two_machines(news) as machines:
        machines.connect(runtime_env={"worker_process_setup_hook": lambda: stop_at_a_shard(claim, news)})
        done = our_jobs.publish(target, repo_id, options, runner="ray")
        return {**done, **machines.lost()}


def stop_at_a_shard(claim: Path, news: Path) -> None:
    """Run by Ray in every process that it starts."""

    def hook(event: str, arguments: Any) -> None:
        if event == "tempfile.mkdtemp" and Path(arguments[0]).name.startswith("instraug-") and is_first(claim):
            stop_here(news)

    sys.addaudithook(hook)
