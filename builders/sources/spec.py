"""Declarations of sources: their files, licence and downloads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import chain

from ..files.root import Archive, DataRoot

__all__ = [
    "Download",
    "Files",
    "PictureSet",
    "Published",
    "Source",
    "locate_files",
    "missing_files",
    "missing_message",
    "missing_paths",
]


@dataclass(frozen=True, slots=True)
class PictureSet:
    """Pictures that several sources share, so that one copy serves all of them.

    Attributes:
        home: The folders into which they are downloaded.
        layouts: The places at which they are looked for, in this order; a place may be several folders that hold all
            pictures together.
    """

    home: tuple[str, ...]
    layouts: tuple[tuple[str, ...], ...]

    @property
    def folders(self) -> tuple[str, ...]:
        """The folders of all layouts, each once."""
        return tuple(dict.fromkeys(chain.from_iterable(self.layouts)))

    def missing_folders(self, root: DataRoot) -> list[str]:
        """The folders of `home` that are missing; none if any layout is complete."""
        if any(all(map(root.has_folder, layout)) for layout in self.layouts):
            return []
        return [folder for folder in self.home if not root.has_folder(folder)]


@dataclass(frozen=True, slots=True)
class Files:
    """The files of one split of a source, as logical paths below the data directory.

    Attributes:
        annotations: Required files. A path may have one folder named `*`, which stands for any folder: one such file is
            required.
        pictures: Folders of pictures; a picture is read from the first folder that has it.
        optional: Files that are used if they exist.
        part: The publisher's name of the split, if its files contain several splits.
        are_videos: Whether the folders hold videos, whose frames are the pictures.
        shared: The sets of shared pictures that are needed, whose homes are `pictures`.
    """

    annotations: tuple[str, ...]
    pictures: tuple[str, ...]
    optional: tuple[str, ...] = ()
    part: str = ""
    are_videos: bool = False
    shared: tuple[PictureSet, ...] = ()


@dataclass(frozen=True, slots=True)
class Download:
    """A file that can be downloaded from a stable URL without registration.

    Attributes:
        path: The logical path to store it at: a file of the source, or an archive of its files.
    """

    url: str
    path: str


@dataclass(frozen=True, slots=True)
class Published:
    """The number of records of a split, as its publishers state it.

    Attributes:
        where: The public page, or file as `owner/repository: path`, that states it.
    """

    records: int
    where: str


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
        alternatives: Other paths at which copies of the data set have a file or a folder of pictures, by its declared
            path; the first file that exists is read, and pictures are read from all folders.
        note: Manual steps, if any.
        automatic: The files that can be downloaded automatically.
        size: The approximate size of its files, as text for people; empty if unknown.
        extra: Whether the source is optional, so that missing files are not reported.
        verified: What was confirmed about the names and the layout of its files, each with the public file that shows
            it, as `owner/repository: path`.
        published: The published number of records by split, where a public page states it.
        unverified: What no public file confirms, such as names inside an archive behind a registration.
    """

    name: str
    title: str
    licence: str
    homepage: str
    downloads: tuple[str, ...]
    splits: Mapping[str, Files]
    archives: tuple[Archive, ...] = ()
    alternatives: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    note: str = ""
    automatic: tuple[Download, ...] = ()
    size: str = ""
    extra: bool = False
    verified: str = ""
    unverified: str = ""
    published: Mapping[str, Published] = field(default_factory=dict)

    def __hash__(self) -> int:
        return hash(self.name)

    def places(self, path: str) -> tuple[str, ...]:
        """A declared path and its alternatives."""
        return (path, *self.alternatives.get(path, ()))

    def picture_folders(self, split: str) -> tuple[str, ...]:
        """Every folder in which the pictures of a split are looked for."""
        files = self.splits[split]
        groups = [each.folders for each in files.shared] or map(self.places, files.pictures)
        return tuple(dict.fromkeys(chain.from_iterable(groups)))


def locate_files(source: Source, split: str, root: DataRoot) -> Files:
    """The files of a split at the paths where they are, with the other folders of pictures that exist.

    A file that is missing keeps its declared path. Of the folders of shared pictures, only those that exist are kept,
    so that no picture is looked for in the others.
    """
    files, folders = source.splits[split], source.picture_folders(split)
    there = tuple(folder for folder in folders if folder in files.pictures or root.has_folder(folder))
    return replace(
        files,
        pictures=(tuple(filter(root.has_folder, folders)) or folders) if files.shared else there,
        annotations=tuple(_locate(source, path, root) or path for path in files.annotations),
        optional=tuple(_locate(source, path, root) or path for path in files.optional),
    )


def missing_paths(source: Source, split: str, root: DataRoot) -> list[str]:
    """The required files of a split that are missing, and its folders of pictures if the pictures are missing."""
    files = source.splits[split]
    missing = [path for path in files.annotations if _locate(source, path, root) is None]
    return [*missing, *chain.from_iterable(_missing_folders(source, split, root))]


def missing_files(source: Source, split: str, root: DataRoot) -> list[str]:
    """The required files and folders of a split that are missing, each with the archives that may replace it.

    Example:
        missing_files(SOURCES["gqa"], "train", DataRoot("raw"))
    """
    files = source.splits[split]
    missing = [_with_archives(source, path) for path in files.annotations if _locate(source, path, root) is None]
    for folders in _missing_folders(source, split, root):
        missing.append(" or ".join(_with_archives(source, folder, "/") for folder in folders))
    return missing


def missing_message(source: Source, split: str, missing: list[str]) -> str:
    """The error message for missing files: what is missing, its licence, where to get it and one command."""
    how = "`instraug build ... --download` fetches what needs no registration" if source.automatic else ""
    facts = {
        "Licence": source.licence,
        "Get it from": " ".join(source.downloads),
        "About it": "" if source.homepage in source.downloads else source.homepage,
        "Note": source.note,
        "Command": how or f"`instraug sources {source.name}` says more; no file can be fetched automatically",
    }
    return "\n".join(
        [
            f"{source.title}, split {split}, lacks:",
            *(f"  {path}" for path in missing),
            *(f"  {name}: {fact}" for name, fact in facts.items() if fact),
        ]
    )


def _locate(source: Source, path: str, root: DataRoot) -> str | None:
    return next((place for place in source.places(path) if _exists(root, place)), None)


def _missing_folders(source: Source, split: str, root: DataRoot) -> list[tuple[str, ...]]:
    """The missing folders, each with those that would do in its place; shared pictures are asked for at their home."""
    files = source.splits[split]
    if files.shared:
        return [(folder,) for each in files.shared for folder in each.missing_folders(root)]
    return [] if any(map(root.has_folder, source.picture_folders(split))) else [files.pictures]


def _exists(root: DataRoot, path: str) -> bool:
    folder, wildcard, name = path.partition("/*/")
    if not wildcard:
        return root.find(path) is not None
    return any(root.find(f"{folder}/{inner}/{name}") is not None for inner in root.list_folder(folder))


def _with_archives(source: Source, path: str, ending: str = "") -> str:
    inside = path + ("/x" if ending else "")
    zipped = [archive.file for archive in source.archives if archive.member(inside)]
    return path + ending + "".join(f" (or {file})" for file in dict.fromkeys(zipped))
