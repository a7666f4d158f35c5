"""What a source declares: its files, its licence, and where to get it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..root import Archive, DataRoot

__all__ = ["Files", "Source", "missing_files", "missing_message"]


@dataclass(frozen=True, slots=True)
class Files:
    """What one split of a source is made of, as logical paths.

    Attributes:
        annotations: Files that must all be there.
        pictures: Folders that may hold the pictures; a picture is taken from the first that has it.
    """

    annotations: tuple[str, ...]
    pictures: tuple[str, ...]


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
    """

    name: str
    title: str
    licence: str
    homepage: str
    downloads: tuple[str, ...]
    splits: Mapping[str, Files]
    archives: tuple[Archive, ...] = ()
    note: str = ""

    def __hash__(self) -> int:
        return hash(self.name)


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
    return path + ending + "".join(f" (or {file})" for file in stand_ins)
