"""Compares building with that of another version of the package, on the same files, in turn."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from .building import run_probe
from .table import table_text

__all__ = ["comparison_table"]

GROUPS: Mapping[str, tuple[str, ...]] = {
    "MSCOCO instances": (
        "region_generation",
        "object_grounding",
        "object_match",
        "object_region_match",
        "object_region_selection",
        "region_object_selection",
        "missing_object_selection",
    ),
    "Visual Genome regions": ("GC", "VG", "region_caption_match", "VG_selection", "GC_selection"),
    "Visual Genome pictures of regions": (
        "select_overlap_most_region",
        "select_overlap_least_region",
        "select_overlaped_region",
        "select_nonoverlaped_region",
        "if_region_overlap",
        "region_area",
    ),
    "Visual Genome relationships": (
        "object_relationship",
        "visual_object_identification",
        "visual_subject_identification",
        "visual_object_region",
        "visual_subject_region",
    ),
}
RECORDS = 4000
"""Records of a task that are read to measure its speed."""

_FIRST = "object_relationship"
_MEGABYTE = 1e6


def comparison_table(baseline: Path, data_dir: Path, *, rounds: int, log: Callable[[str], None]) -> str:
    """Every figure as the median ratio of this version to the baseline, in runs that follow each other.

    Args:
        baseline: The folder of the other version, such as a git worktree.
        data_dir: The raw files.
    """
    with _importable(baseline) as before, _importable(Path(__file__).parents[2]) as now:
        rows = _rows((before, now), data_dir, rounds=rounds, log=log)
    return table_text(("what", "before", "now", "ratio"), rows)


def _rows(
    versions: tuple[Path, Path], data_dir: Path, *, rounds: int, log: Callable[[str], None]
) -> list[tuple[str, str, str, str]]:
    rows = []
    for group, tasks in GROUPS.items():
        for task in tasks:
            log(f"comparing {task} ...")
            pairs = _in_turn(versions, rounds, probe="rate", task=task, data_dir=str(data_dir), num_examples=RECORDS)
            rows.append(_row(f"{group}: `{task}`, records/s", pairs, "rate", "{:,.0f}"))
    log("comparing first examples and memory ...")
    pairs = _in_turn(versions, rounds, probe="first", task=_FIRST, data_dir=str(data_dir))
    rows.append(_row(f"first example of `{_FIRST}`, s", pairs, "seconds", "{:.1f}"))
    rows.append(_row("peak memory of it, MB", pairs, "peak", "{:,.0f}", unit=_MEGABYTE))
    rows.append(_row("anonymous memory of it, MB", pairs, "anonymous", "{:,.0f}", unit=_MEGABYTE))
    return rows


def _in_turn(versions: tuple[Path, Path], rounds: int, **settings: Any) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    before, now = versions
    return [(run_probe(package=before, **settings), run_probe(package=now, **settings)) for _ in range(rounds)]


@contextmanager
def _importable(version: Path) -> Iterator[Path]:
    """A folder from which a version is imported, builders included, whichever version is installed."""
    with TemporaryDirectory(prefix="instraug-version-") as folder:
        package = Path(folder) / "instraug_datasets"
        package.mkdir()
        for entry in (version / package.name).resolve().iterdir():
            if entry.name not in ("builders", "__pycache__"):
                (package / entry.name).symlink_to(entry)
        (package / "builders").symlink_to((version / "builders").resolve())
        yield Path(folder)


def _row(
    what: str, pairs: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]], name: str, form: str, unit: float = 1
) -> tuple[str, str, str, str]:
    before, now = (median(pair[place][name] for pair in pairs) / unit for place in (0, 1))
    ratio = median(pair[1][name] / pair[0][name] for pair in pairs)
    return what, form.format(before), form.format(now), f"{ratio:.2f}x"
