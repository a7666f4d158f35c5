"""Publishing and loading beside what `datasets` does by itself, each in processes of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from tests.hub.server.hub import Hub
from tests.hub.server.store import WRITE_TOKEN, Store
from tests.hub.server.xet import stored_bytes

from .table import table_text

__all__ = ["loading_table", "memory_table", "variants_table"]

_JOBS = Path(__file__).with_name("hub_jobs.py")


def loading_table(folder: Path, *, tasks: int, rounds: int) -> str:
    """Requests and seconds to the first example of a config, by the layout of the repository."""
    data = folder / "data"
    _run("write_tasks", str(data), tasks, folder=folder)
    with _hub(folder) as hub:
        _run("publish", str(data), "me/ours", {}, folder=folder, hub=hub)
        _run("push_each", str(data), "me/theirs", folder=folder, hub=hub)
        rows = [
            [
                name or "default",
                *(
                    cell
                    for repo_id in ("me/ours", "me/theirs")
                    for cell in _loading(repo_id, name, rounds, folder, hub)
                ),
            ]
            for name in (None, f"task_{tasks - 1:02d}")
        ]
        card = [len(hub.store.at(repo_id).read("README.md")) for repo_id in ("me/ours", "me/theirs")]
    rows.append(["size of the card", "", f"{card[0] / 1e3:.0f} KB", "", f"{card[1] / 1e3:.0f} KB"])
    return table_text(["config", "requests", "seconds", "requests, push_to_hub", "seconds, push_to_hub"], rows)


def variants_table(folder: Path, *, rows: int) -> str:
    """What a Xet store holds by the number of variants of an augmented split; each time a new store."""
    data = folder / "data"
    _run("write_pictures", str(data), rows, folder=folder)
    size = sum(file.stat().st_size for file in data.rglob("train-*.parquet"))
    held = {}
    for variants in (1, 2, 4, 8):
        place = folder / str(variants)
        with _hub(place, xet=True) as hub:
            options = {"augmented_split": "train_aug", "variants": variants}
            _run("publish", str(data), "me/ours", options, folder=place, hub=hub, xet=True)
            assert hub.store.xet is not None
            held[variants] = stored_bytes(hub.store.xet)
    lines = [
        [
            str(variants),
            f"{now / 1e6:.1f} MB",
            f"{100 * (now - held[1]) / (variants - 1) / size:.1f} %" if variants > 1 else "",
        ]
        for variants, now in held.items()
    ]
    heads = [
        "variants",
        "stored, with the plain split",
        f"new for each further one, of {size / 1e6:.0f} MB of plain shards",
    ]
    return table_text(heads, lines)


def memory_table(folder: Path, *, rows: int) -> str:
    """Peak memory and disk of a publication."""
    data = folder / "data"
    _run("write_pictures", str(data), rows, folder=folder)
    size = sum(file.stat().st_size for file in data.rglob("train-*.parquet"))
    lines = []
    for title, job, options in (
        ("instraug publish, shards as built", "publish", {}),
        ("instraug publish, an augmented split of 2 variants too", "publish", {"augmented_split": "a", "variants": 2}),
        ("Dataset.push_to_hub", "push", {}),
        ("IterableDataset.push_to_hub", "push_stream", {}),
    ):
        with _hub(folder / job / str(len(options))) as hub:
            at = folder / job / str(len(options))
            told = _run(job, str(data), "me/data", options, folder=at, hub=hub)
        lines.append(
            [title, f"{told['memory'] / 1e6:,.0f} MB", f"{told['disk'] / 1e6:,.0f} MB", f"{told['seconds']:.1f} s"]
        )
    return table_text([f"{size / 1e6:,.0f} MB of shards", "peak memory", "peak disk", "time"], lines)


def _loading(repo_id: str, name: str | None, rounds: int, folder: Path, hub: Hub) -> list[str]:
    seconds = []
    for _ in range(rounds):
        hub.log.clear()
        seconds.append(_run("load_first", repo_id, name, folder=folder, hub=hub)["seconds"])
    return [str(len(hub.log)), f"{median(seconds):.2f}"]


@contextmanager
def _hub(folder: Path, *, xet: bool = False) -> Iterator[Hub]:
    folder.mkdir(parents=True, exist_ok=True)
    with Hub(Store(folder / "hub", xet=folder / "store" if xet else None)) as hub:
        yield hub


def _run(job: str, *arguments: Any, folder: Path, hub: Hub | None = None, xet: bool = False) -> dict[str, Any]:
    """What a job in a fresh process tells, with its largest use of disk."""
    home = folder / f"home-{time.monotonic_ns()}"
    (home / "tmp").mkdir(parents=True)
    environment = {
        **os.environ,
        "HF_HOME": str(home),
        "TMPDIR": str(home / "tmp"),
        "HF_TOKEN": WRITE_TOKEN,
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        **({"HF_ENDPOINT": hub.endpoint} if hub else {}),
        **({} if xet else {"HF_HUB_DISABLE_XET": "1"}),
    }
    command = [sys.executable, str(_JOBS), job, json.dumps(arguments)]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    with _watched(home) as disk:
        out, _ = process.communicate()
    if process.returncode:
        raise SystemExit(f"{job} failed")
    told: dict[str, Any] = json.loads(out.splitlines()[-1])
    return {**told, "disk": max(disk, default=0)}


@contextmanager
def _watched(folder: Path) -> Iterator[list[int]]:
    """The sizes of a folder over time."""
    sizes: list[int] = []
    stop = threading.Event()

    def look() -> None:
        while not stop.wait(0.01):
            total = 0
            for file in folder.rglob("*"):
                try:
                    total += file.stat().st_size if file.is_file() else 0
                except FileNotFoundError:
                    continue
            sizes.append(total)

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield sizes
    finally:
        stop.set()
        watcher.join()
