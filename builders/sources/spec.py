"""Declarations of sources: their files, licence and downloads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..files.root import Archive, DataRoot

__all__ = ["Download", "Files", "Source", "missing_files", "missing_message", "missing_paths"]


@dataclass(frozen=True, slots=True)
class Files:
    """The files of one split of a source, as logical paths below the data directory.

    Attributes:
        annotations: Required files.
        pictures: Folders of pictures; a picture is read from the first folder that has it.
        optional: Files that are used if they exist.
        part: The publisher's name of the split, if its files contain several splits.
        are_videos: Whether the folders hold videos, whose frames are the pictures.
    """

    annotations: tuple[str, ...]
    pictures: tuple[str, ...]
    optional: tuple[str, ...] = ()
    part: str = ""
    are_videos: bool = False


@dataclass(frozen=True, slots=True)
class Download:
    """A file that can be downloaded from a stable URL without registration.

    Attributes:
        path: The logical path to store it at: a file of the source, or an archive of its files.
    """

    url: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A public raw data set in its original file layout.

    Attributes:
        name: The name in unique ids and in the column `source`.
        title: The full name.
        licence: The licences of annotations and pictures.
        homepage: The page that describes it.
        downloads: The pages or URLs that offer its files.
        splits: The files of each split: train, validation or test.
        archives: Zip files that are read in place of unpacked files and folders.
        note: Manual steps, if any.
        automatic: The files that can be downloaded automatically.
        size: The approximate size of its files, as text for people; empty if unknown.
        extra: Whether the source is optional, so that missing files are not reported.
        verified: What was confirmed about the names and the layout of its files, each with the public file that shows
            it, as `owner/repository: path`.
        unverified: What no public file confirms, such as names inside an archive behind a registration.
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
    verified: str = ""
    unverified: str = ""

    def __hash__(self) -> int:
        return hash(self.name)


def missing_paths(source: Source, split: str, root: DataRoot) -> list[str]:
    """The required files of a split that are missing, and all its folders of pictures if none of them exists."""
    files = source.splits[split]
    missing = [path for path in files.annotations if root.find(path) is None]
    if any(root.has_folder(folder) for folder in files.pictures):
        return missing
    return [*missing, *files.pictures]


def missing_files(source: Source, split: str, root: DataRoot) -> list[str]:
    """The required files and folders of a split that are missing, each with the archives that may replace it.

    Example:
        missing_files(SOURCES["gqa"], "train", DataRoot("raw"))
    """
    files = source.splits[split]
    missing = [_with_archives(source, path) for path in files.annotations if root.find(path) is None]
    if not any(root.has_folder(folder) for folder in files.pictures):
        missing.append(" or ".join(_with_archives(source, folder, "/") for folder in files.pictures))
    return missing


def missing_message(source: Source, split: str, missing: list[str]) -> str:
    """The error message for missing files, with the licence and where to get them."""
    lines = [f"  {path}" for path in missing]
    return "\n".join(
        [
            f"{source.title}, split {split}, lacks:",
            *lines,
            f"  Licence: {source.licence}. Get it from: {', '.join(source.downloads)} (about it: {source.homepage}).",
            *([f"  {source.note}"] if source.note else []),
        ]
    )


def _with_archives(source: Source, path: str, ending: str = "") -> str:
    alternatives = [archive.file for archive in source.archives if archive.member(path + ("/x" if ending else ""))]
    return path + ending + "".join(f" (or {file})" for file in dict.fromkeys(alternatives))
