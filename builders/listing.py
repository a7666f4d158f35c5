"""Every source at a glance: what it serves, what it is made of, how to get it, and what of it is there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .downloads import downloads_for
from .files.root import DataRoot
from .rows import ROWS
from .sources import Source, missing_files

__all__ = ["ListedSource", "ListedSplit", "list_sources"]

AUTOMATIC, PARTLY, MANUAL = "automatic", "partly automatic", "manual"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedSplit:
    """One split of a source.

    Attributes:
        files: What must be there, as paths below the data dir.
        pictures: Folders of which one must be there.
        optional: What is used if it is there.
        present: Whether all of it is there; None where no data dir was given.
        missing: What is not, with the archives that would do.
    """

    files: tuple[str, ...]
    pictures: tuple[str, ...]
    optional: tuple[str, ...]
    present: bool | None
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedSource:
    """One source.

    Attributes:
        tasks: The tasks that it serves, as `benchmark/task`.
        size: About how large it is, for people; empty where that is not known.
        download: `automatic`: all of it can be fetched; `manual`: nothing; or `partly automatic`.
        urls: Where its files are.
    """

    name: str
    title: str
    tasks: tuple[str, ...]
    splits: Mapping[str, ListedSplit]
    licence: str
    size: str
    download: str
    homepage: str
    urls: tuple[str, ...]
    note: str


def list_sources(data_dir: str | Path | None = None) -> list[ListedSource]:
    """Every source that serves a task, in the order of the rows.

    Args:
        data_dir: Where to look for the files; None to look nowhere.

    Raises:
        MissingFilesError: The data dir is no folder.
    """
    if data_dir is not None:
        DataRoot(str(data_dir)).check()
    return [_listed(source, data_dir) for source in dict.fromkeys(row.source for row in ROWS)]


def _listed(source: Source, data_dir: str | Path | None) -> ListedSource:
    return ListedSource(
        name=source.name,
        title=source.title,
        tasks=tuple(dict.fromkeys(f"{row.benchmark}/{row.task}" for row in ROWS if row.source is source)),
        splits={split: _split(source, split, data_dir) for split in source.splits},
        licence=source.licence,
        size=source.size,
        download=_download(source),
        homepage=source.homepage,
        urls=tuple(dict.fromkeys([*(download.url for download in source.automatic), *source.downloads])),
        note=source.note,
    )


def _split(source: Source, split: str, data_dir: str | Path | None) -> ListedSplit:
    files = source.splits[split]
    missing = () if data_dir is None else missing_files(source, split, DataRoot(str(data_dir), source.archives))
    return ListedSplit(
        files=files.annotations,
        pictures=files.pictures,
        optional=files.optional,
        present=None if data_dir is None else not missing,
        missing=tuple(missing),
    )


def _download(source: Source) -> str:
    if not source.automatic:
        return MANUAL
    return AUTOMATIC if all(_is_covered(source, split) for split in source.splits) else PARTLY


def _is_covered(source: Source, split: str) -> bool:
    files = source.splits[split]
    return all(downloads_for(source, [path]) for path in files.annotations) and bool(
        downloads_for(source, files.pictures)
    )
