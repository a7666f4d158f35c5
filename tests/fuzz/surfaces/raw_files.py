"""Raw files of sources: JSON, CSV, pickles, archives, pictures, and the paths that they name."""

from __future__ import annotations

import io
import json
import pickle
import tarfile
import zipfile
from functools import cache
from pathlib import Path

import msgspec
from PIL import Image

from instraug_datasets.builders.files.archives import list_members, open_member
from instraug_datasets.builders.files.csv_tables import read_csv
from instraug_datasets.builders.files.decoding import open_picture
from instraug_datasets.builders.files.json_blocks import open_reader, read_json_blocks
from instraug_datasets.builders.files.json_tables import JsonArray, read_json_lines
from instraug_datasets.builders.files.root import DataRoot, safe_path
from instraug_datasets.builders.files.safe_pickle import read_pickled_list
from instraug_datasets.builders.sources.multiinstruct_lines import IndexedLines, TaskLines
from instraug_datasets.errors import SourceError
from tests.fuzz.draws import Draws, Surface

__all__ = ["SURFACES"]


class _Record(msgspec.Struct):
    id: int
    text: str
    box: list[float] = []


class _Row(msgspec.Struct):
    name: str
    text: str


_RECORDS = json.dumps([{"id": i, "text": "a\u00e9\U0001f600", "box": [1.5, 2, 1e9]} for i in range(5)]).encode()
_JSON_FILES = (
    _RECORDS,
    b"\xef\xbb\xbf" + _RECORDS,
    b'[{"id": 1, "text": "\\ud83d"}, {"id": 2, "text": "b", "box": [NaN, 1e308, -1e999]}]',
    b'[{"id": 1, "text": "a", "more": ' + b"[" * 3000 + b"]" * 3000 + b"}]",
)
_LINES = b"".join(
    json.dumps({"unique_id": f"u{i % 3}", "task_name": "ITM", "prompt": "a", "target": "b", "options": ["x"]}).encode()
    + b"\n"
    for i in range(5)
)
_CSV = b'name,text\n"a","b ""c"" \n d"\ne,f\n\xc3\xa9,\n'
_TSV = b'name\ttext\na\tb\n"e\tf\n'
_PICKLES = tuple(
    pickle.dumps([{"id": 1, "text": "a", "box": [1.5, 2]}, {"id": 2, "ids": (1, 2), "more": None}], protocol)
    for protocol in (0, 2, 4)
)
_PARTS = ("..", ".", "a", "b.jpg", "/", "//", "\\", "C:", "\0", "~", "link", "x" * 300, " ", "%2e%2e", "file://", "é")


def check_json(content: bytes, folder: Path) -> None:
    """Every record is read or refused, and none is lost."""
    (folder / "x.json").write_bytes(content)
    raws = read_json_blocks(DataRoot(str(folder)), "x.json")
    _read_all(JsonArray("x.json", raws, kind=_Record, label="record"))


def check_json_lines(content: bytes, folder: Path) -> None:
    """The same of JSON lines."""
    (folder / "x.jsonl").write_bytes(content)
    _read_all(read_json_lines(DataRoot(str(folder)), "x.jsonl", kind=_Record))


def _read_all(records: JsonArray[_Record]) -> None:
    for index in range(len(records)):
        try:
            _ = records[index]
        except SourceError:
            continue


def check_processed(content: bytes, folder: Path) -> None:
    """Each line is found once, under a key of its own."""
    (folder / "x.jsonl").write_bytes(content)
    reader = open_reader(DataRoot(str(folder)), "x.jsonl")
    lines = TaskLines(reader, IndexedLines(reader).of("ITM"))
    keys = [lines.key(index) for index in range(len(lines))]
    if len(set(keys)) != len(keys):
        raise AssertionError(keys)


def check_csv(case: tuple[bytes, bool], folder: Path) -> None:
    """Every row is read or reported."""
    content, tabs = case
    (folder / "x.csv").write_bytes(content)
    read_csv(DataRoot(str(folder)), "x.csv", kind=_Row, tabs=tabs)


def check_pickle(content: bytes, folder: Path) -> None:
    """A pickle gives plain values, or is refused."""
    (folder / "x.p").write_bytes(content)
    read_pickled_list(DataRoot(str(folder)), "x.p")


def check_archive(content: bytes, folder: Path) -> None:
    """Every member is read, or the archive or the member refused."""

    def open_file(_: str) -> io.BytesIO:
        return io.BytesIO(content)

    name = "x.zip" if content[:2] == b"PK" else "x.tar"
    for member in list_members(name, open_file):
        try:
            with open_member(name, member, open_file) as stream:
                stream.read()
        except SourceError:
            continue


def check_picture(content: bytes, folder: Path) -> None:
    """The picture is decoded or refused."""
    with open_picture(content, "p.jpg") as picture:
        picture.getexif()
        if picture.size[0] * picture.size[1] < 1 << 22:  # larger ones take time, not care
            picture.load()


def check_path(name: str, folder: Path) -> None:
    """What is found lies inside the folder."""
    inside = folder / "paths"
    if not inside.exists():
        inside.mkdir()
        (inside / "b.jpg").touch()
        (folder / "secret").touch()
        (inside / "link").symlink_to(folder / "secret")
    safe_path(name)
    location = DataRoot(str(inside)).find_in("", name)
    if location is not None and Path(location.file).resolve() != inside / "b.jpg":
        raise AssertionError(location.file)


@cache
def _archives() -> tuple[bytes, ...]:
    contents = {"a/x.json": _RECORDS, "a/y.bin": bytes(range(256)) * 4}
    packed = []
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", method) as archive:
            for name, content in contents.items():
                archive.writestr(name, content)
        packed.append(buffer.getvalue())
    for mode in ("w", "w:gz"):
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode=mode) as tar:  # the mode is a variable
            for name, content in contents.items():
                info = tarfile.TarInfo(name)
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
        packed.append(buffer.getvalue())
    return tuple(packed)


@cache
def _pictures() -> tuple[bytes, ...]:
    files = []
    for kind in ("JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF"):
        buffer = io.BytesIO()
        Image.new("RGB", (12, 9), "red").save(buffer, kind, **({"exif": _exif()} if kind in ("JPEG", "PNG") else {}))
        files.append(buffer.getvalue())
    return tuple(files)


def _exif() -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif


def _table(draws: Draws) -> tuple[bytes, bool]:
    tabs = draws.chance(2)
    return draws.changed(_TSV if tabs else _CSV), tabs


SURFACES = {
    "JSON": Surface(lambda draws: draws.changed(draws.pick(_JSON_FILES)), check_json, 50),
    "JSON lines": Surface(lambda draws: draws.changed(_RECORDS[1:-1].replace(b"}, ", b"}\n")), check_json_lines, 20),
    "processed files": Surface(lambda draws: draws.changed(_LINES), check_processed, 20),
    "CSV and TSV": Surface(_table, check_csv, 30),
    "pickles": Surface(lambda draws: draws.changed(draws.pick(_PICKLES)), check_pickle, 40),
    "archives": Surface(lambda draws: draws.changed(draws.pick(_archives())), check_archive, 25),
    "pictures": Surface(lambda draws: draws.changed(draws.pick(_pictures())), check_picture, 30),
    "paths": Surface(lambda draws: draws.line(*_PARTS, "/", "/"), check_path, 30),
}
