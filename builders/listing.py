"""Lists the sources: the tasks that they serve, their files, how to get them, and which files are present."""

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
        files: The required files, as paths relative to the data dir.
        pictures: The image folders, of which one is required.
        optional: Files that are used if present.
        present: Whether everything required is present; None if no data dir was given.
        missing: The missing files, each with the archives that may replace it.
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
        size: The approximate download size, as text; empty if unknown.
        download: `automatic` if all files can be downloaded without registration, `manual` if none can, or
            `partly automatic`.
        urls: The URLs of its files or download pages.
        verified: What was confirmed about its files, and the public files that show it.
        unverified: What no public file confirms.
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
    verified: str
    unverified: str


def list_sources(data_dir: str | Path | None = None) -> list[ListedSource]:
    """List every source that serves a task, in the order of the rows.

    Args:
        data_dir: The data dir to check for files; None to skip the check.

    Raises:
        MissingFilesError: If the data dir is not a folder.

    Example:
        >>> for source in list_sources("raw_datasets"):
        ...     print(source.name, source.licence, [name for name, split in source.splits.items() if split.missing])
    """
    if data_dir is not None:
        DataRoot(str(data_dir)).check()
    return [_list_source(source, data_dir) for source in dict.fromkeys(row.source for row in ROWS)]


def _list_source(source: Source, data_dir: str | Path | None) -> ListedSource:
    return ListedSource(
        name=source.name,
        title=source.title,
        tasks=tuple(dict.fromkeys(f"{row.benchmark}/{row.task}" for row in ROWS if row.source is source)),
        splits={split: _list_split(source, split, data_dir) for split in source.splits},
        licence=source.licence,
        size=source.size,
        download=_download_kind(source),
        homepage=source.homepage,
        urls=tuple(dict.fromkeys([*(download.url for download in source.automatic), *source.downloads])),
        note=source.note,
        verified=source.verified,
        unverified=source.unverified,
    )


def _list_split(source: Source, split: str, data_dir: str | Path | None) -> ListedSplit:
    files = source.splits[split]
    missing = () if data_dir is None else missing_files(source, split, DataRoot(str(data_dir), source.archives))
    return ListedSplit(
        files=files.annotations,
        pictures=files.pictures,
        optional=files.optional,
        present=None if data_dir is None else not missing,
        missing=tuple(missing),
    )


def _download_kind(source: Source) -> str:
    if not source.automatic:
        return MANUAL
    return AUTOMATIC if all(_is_automatic(source, split) for split in source.splits) else PARTLY


def _is_automatic(source: Source, split: str) -> bool:
    files = source.splits[split]
    return all(downloads_for(source, [path]) for path in files.annotations) and bool(
        downloads_for(source, files.pictures)
    )
