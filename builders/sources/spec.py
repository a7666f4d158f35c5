"""Declarations of sources: their files, licence and downloads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import chain, zip_longest

from ..files.root import Archive, DataRoot

__all__ = [
    "Download",
    "Files",
    "PictureSet",
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
        """The folders of `home` that are missing; none if the pictures are there in any layout."""
        if any(all(map(root.has_folder, layout)) for layout in self.layouts):
            return []
        return [folder for folder in self.home if not root.has_folder(folder)]


@dataclass(frozen=True, slots=True)
class Files:
    """The files of one split of a source, as logical paths below the data directory.

    Attributes:
        annotations: Required files.
        pictures: Folders of pictures; a picture is read from the first folder that has it.
        optional: Files that are used if they exist.
        part: The publisher's name of the split, if its files contain several splits.
        are_videos: Whether the folders hold videos, whose frames are the pictures.
        picture_sets: The sets of pictures that are needed, whose folders are `pictures`; if empty, any folder will do.
        other_places: By position in `annotations`, the other paths at which people keep the file.
    """

    annotations: tuple[str, ...]
    pictures: tuple[str, ...]
    optional: tuple[str, ...] = ()
    part: str = ""
    are_videos: bool = False
    picture_sets: tuple[PictureSet, ...] = ()
    other_places: tuple[tuple[str, ...], ...] = ()

    @property
    def paths(self) -> tuple[str, ...]:
        """Every path and folder that is looked at."""
        return (*self.annotations, *chain.from_iterable(self.other_places), *self.optional, *self.pictures)


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


def locate_files(files: Files, root: DataRoot) -> Files:
    """The files of a split where they lie: each required file at the first path that has it, and the folders there are.

    Files and folders that are missing keep their first path.
    """
    places = zip_longest(files.annotations, files.other_places, fillvalue=())
    annotations = tuple(_first(root, first, others) for first, others in places)
    if not files.picture_sets:
        return replace(files, annotations=annotations)
    folders = tuple(filter(root.has_folder, files.pictures))
    return replace(files, annotations=annotations, pictures=folders or files.pictures)


def missing_paths(source: Source, split: str, root: DataRoot) -> list[str]:
    """The required files of a split that are missing, and its folders of pictures if the pictures are missing."""
    files = locate_files(source.splits[split], root)
    missing = [path for path in files.annotations if root.find(path) is None]
    return [*missing, *chain.from_iterable(_missing_folders(files, root))]


def missing_files(source: Source, split: str, root: DataRoot) -> list[str]:
    """The required files and folders of a split that are missing, each with the archives that may replace it.

    Example:
        missing_files(SOURCES["gqa"], "train", DataRoot("raw"))
    """
    files = locate_files(source.splits[split], root)
    missing = [_with_archives(source, path) for path in files.annotations if root.find(path) is None]
    return [
        *missing,
        *(
            " or ".join(_with_archives(source, each, "/") for each in folders)
            for folders in _missing_folders(files, root)
        ),
    ]


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


def _first(root: DataRoot, path: str, others: tuple[str, ...]) -> str:
    return next((each for each in (path, *others) if others and root.find(each) is not None), path)


def _missing_folders(files: Files, root: DataRoot) -> list[tuple[str, ...]]:
    """The missing folders, each with those that may replace it; a set of pictures is asked for at its home only."""
    if files.picture_sets:
        return [(folder,) for each in files.picture_sets for folder in each.missing_folders(root)]
    return [] if any(map(root.has_folder, files.pictures)) else [files.pictures]


def _with_archives(source: Source, path: str, ending: str = "") -> str:
    alternatives = [archive.file for archive in source.archives if archive.member(path + ("/x" if ending else ""))]
    return path + ending + "".join(f" (or {file})" for file in dict.fromkeys(alternatives))
