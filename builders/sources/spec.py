"""What a source declares: its files, its licence, and where to get it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..files.root import Archive, DataRoot

__all__ = ["Download", "Files", "Source", "missing_files", "missing_message", "missing_paths"]


@dataclass(frozen=True, slots=True)
class Files:
    """What one split of a source is made of, as logical paths.

    Attributes:
        annotations: Files that must all be there.
        pictures: Folders that may hold the pictures; a picture is taken from the first that has it.
        optional: Files that add to the records where they are there.
        part: The publisher's own name of the split, for a reader of files that hold several.
        are_videos: Whether the pictures are frames of the videos in those folders.
    """

    annotations: tuple[str, ...]
    pictures: tuple[str, ...]
    optional: tuple[str, ...] = ()
    part: str = ""
    are_videos: bool = False


@dataclass(frozen=True, slots=True)
class Download:
    """A file that anyone can fetch from a stable address.

    Attributes:
        path: The logical path that it is put at: one of a source's files, or an archive of some.
    """

    url: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A public raw data set in its original file layout.

    Attributes:
        name: The name in unique ids and in the column `source`.
        title: Its full name.
        licence: The licences of annotations and pictures.
        homepage: Where it is described.
        downloads: Where its files are.
        splits: Files by our split names: train, validation, test.
        archives: Zip files that may stand in for files and folders.
        note: What has to be done by hand, if anything.
        automatic: What of it can be fetched without asking anybody.
        size: About how large its files are, where that is known; for people.
        extra: Whether it only adds to other sources: where its files are missing, nobody is told.
    """

    name: str
    title: str
    licence: str
    homepage: str
    downloads: tuple[str, ...]
    splits: Mapping[str, Files]
    archives: tuple[Archive, ...] = ()
    note: str = ""
    automatic: tuple[Download, ...] = ()
    size: str = ""
    extra: bool = False

    def __hash__(self) -> int:
        return hash(self.name)


def missing_paths(source: Source, split: str, root: DataRoot) -> list[str]:
    """The declared files of a split that the data dir does not have, and its folders of pictures if it has none."""
    files = source.splits[split]
    lacking = [path for path in files.annotations if root.find(path) is None]
    if any(root.has_folder(folder) for folder in files.pictures):
        return lacking
    return [*lacking, *files.pictures]


def missing_files(source: Source, split: str, root: DataRoot) -> list[str]:
    """The declared files and folders of a split that the data dir does not have, each with its stand-ins."""
    files = source.splits[split]
    lacking = [_with_archives(source, path) for path in files.annotations if root.find(path) is None]
    if not any(root.has_folder(folder) for folder in files.pictures):
        lacking.append(" or ".join(_with_archives(source, folder, "/") for folder in files.pictures))
    return lacking


def missing_message(source: Source, split: str, lacking: list[str]) -> str:
    """What lacks, under which licence it comes, and where to get it."""
    lines = [f"  {path}" for path in lacking]
    return "\n".join(
        [
            f"{source.title}, split {split}, lacks:",
            *lines,
            f"  Licence: {source.licence}. Get it from: {', '.join(source.downloads)} (about it: {source.homepage}).",
            *([f"  {source.note}"] if source.note else []),
        ]
    )


def _with_archives(source: Source, path: str, ending: str = "") -> str:
    stand_ins = [archive.file for archive in source.archives if archive.member(path + ("/x" if ending else ""))]
    return path + ending + "".join(f" (or {file})" for file in dict.fromkeys(stand_ins))
