"""Web pictures with captions that BLIP generated or kept (CapFilt): a list of URLs and captions."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

import msgspec

from instraug_datasets.errors import SourceError
from instraug_datasets.hashing import hash_texts
from instraug_datasets.lazy_numpy import np

from ..files.json_blocks import read_json_blocks
from ..files.json_tables import JsonArray
from ..files.root import DataRoot
from ..files.tables import IdArray, Table
from .spec import Download, Files, Source

__all__ = ["WEB_CAPFILT", "WebCaption", "picture_name", "read_web_captions"]

FOLDER = "web_capfilt"
_FILE = f"{FOLDER}/ccs_synthetic_filtered_large.json"
_CHUNK = 1 << 16
"""Entries that are hashed at once."""

_URL = "https://storage.googleapis.com/sfr-vision-language-research/BLIP/datasets/ccs_synthetic_filtered_large.json"

WEB_CAPFILT = Source(
    name="web_capfilt",
    title="Web CapFilt",
    licence="captions BSD-3-Clause; pictures under the terms of the web sites that show them",
    homepage="https://github.com/salesforce/BLIP",
    downloads=(_URL,),
    splits={"train": Files((_FILE,), (f"{FOLDER}/images",))},
    note=f"Fetch the pictures yourself into {FOLDER}/images/, each under the SHA-1 of its `url` in hexadecimal with "
    "the ending .jpg; or give entries an `image` that names the file. Many are dead: build with on_error='skip'.",
    automatic=(Download(_URL, _FILE),),
    size="2 GB of addresses and captions; about 14 million pictures",
    verified="The address and the fields url and caption (salesforce/BLIP: README.md).",
    unverified="The names of downloaded pictures: every downloader has its own.",
)


@dataclass(frozen=True, slots=True)
class WebCaption:
    """One caption of a web picture."""

    key: str
    image_id: str
    picture: str
    text: str


def read_web_captions(root: DataRoot, files: Files) -> Table[WebCaption]:
    """Every caption of the list."""
    (file,) = files.annotations
    return _Captions(file, read_json_blocks(root, file))


def picture_name(url: str) -> str:
    """The file name of a picture: the SHA-1 of its URL."""
    return f"{hashlib.sha1(url.encode(), usedforsecurity=False).hexdigest()}.jpg"


class _Entry(msgspec.Struct):
    caption: str
    url: str = ""
    image: str = ""


class _Captions(Table[WebCaption]):
    def __init__(self, file: str, raws: Sequence[msgspec.Raw]) -> None:
        self._entries = JsonArray(file, raws, kind=_Entry, label="record")
        # The file has no ids; a hash of 62 bits identifies an entry. A list of 14 million entries has a collision with
        # a probability of 1 in 50,000.
        super().__init__(file, _keys(raws))

    def _record(self, index: int) -> WebCaption:
        entry = self._entries[index]
        if not entry.url and not entry.image:
            problem = "expected the URL of a picture (url) or the name of its file (image), but the entry has neither"
            raise SourceError(problem, file=self.file, record=self._entries.name(index), field="url")
        picture = entry.image or picture_name(entry.url)
        return WebCaption(self.key(index), picture, picture, entry.caption.strip())


def _keys(raws: Sequence[msgspec.Raw]) -> IdArray:
    """The key of every entry, in a temporary file, whose pages the system may drop."""
    if not raws:
        return np.empty(0, np.int64)
    with tempfile.TemporaryFile() as file:
        if hasattr(os, "posix_fallocate"):
            # A full disk is an error here, and would be the end of the process when a page is written.
            os.posix_fallocate(file.fileno(), 0, len(raws) * np.dtype(np.int64).itemsize)
        keys: IdArray = np.memmap(file, np.int64, "w+", shape=(len(raws),))
    texts = map(bytes, raws)
    for start in range(0, len(raws), _CHUNK):
        count = min(_CHUNK, len(raws) - start)
        keys[start : start + count] = (hash_texts(islice(texts, count), count) >> 2).astype(np.int64)
    return keys
