"""The pictures of MSCOCO 2017, shared by several sources."""

from __future__ import annotations

from ..files.root import Archive
from .spec import Download

__all__ = ["ARCHIVES", "DOWNLOADS", "PICTURES"]

FOLDER = "MSCOCO2017"
PICTURES = {"train": f"{FOLDER}/train2017", "validation": f"{FOLDER}/val2017"}
ARCHIVES = tuple(Archive(f"{folder}.zip", into=FOLDER, holds=folder) for folder in PICTURES.values())
DOWNLOADS = tuple(
    Download(f"http://images.cocodataset.org/zips/{archive.file.rpartition('/')[2]}", archive.file)
    for archive in ARCHIVES
)
