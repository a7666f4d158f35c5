"""What comes from outside, surface by surface: cases of damaged input, and the function that has to bear them.

A check passes if it returns or raises an error of this package; anything else is a failure.
"""

import io
import json
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import msgspec
from hypothesis import strategies as st
from PIL import Image

from instraug_datasets import InstructionPool
from instraug_datasets.builders.files.archives import list_members, open_member
from instraug_datasets.builders.files.decoding import open_picture
from instraug_datasets.builders.files.json_blocks import read_json_blocks
from instraug_datasets.builders.files.json_tables import JsonArray
from instraug_datasets.builders.files.root import DataRoot
from instraug_datasets.engines import Completion
from instraug_datasets.engines.inference import InferenceEngine
from instraug_datasets.expansion.config import Config
from instraug_datasets.expansion.journal import Journal
from instraug_datasets.pool_text import TEXT_FORMATS, format_pool, parse_pool
from instraug_datasets.stream.settings import AugmenterOptions, Settings
from instraug_datasets.templates import parse
from tests.strategies import SPECIAL, values


class Surface(NamedTuple):
    """Cases and the check that takes one."""

    cases: st.SearchStrategy[Any]
    check: Callable[[Any], object]


Change = tuple[int, bytes, int]

changes = st.lists(st.tuples(st.integers(0, 1 << 13), st.binary(max_size=4), st.integers(0, 4)), max_size=4)
"""Places, and what replaces how many bytes there."""


def changed(content: bytes, drawn: list[Change]) -> bytes:
    """The content with bytes replaced, inserted or left out."""
    for place, new, count in drawn:
        start = place % (len(content) + 1)
        content = content[:start] + new + content[start + count :]
    return content


def of_files(*contents: bytes) -> st.SearchStrategy[bytes]:
    """One of these files, changed in some places."""
    return st.builds(changed, st.sampled_from(contents), changes)


POOL = InstructionPool.from_dict(
    {"a": ["{question} Answer:", "Say: {question}"], "b": ["Pick: {options}", 'A "b"\n{text}']}
)


def pool_texts() -> st.SearchStrategy[tuple[str, bytes]]:
    """The suffix of a format, and a pool in it, changed."""

    def of(suffix: str) -> st.SearchStrategy[tuple[str, bytes]]:
        return st.tuples(st.just(suffix), of_files(format_pool(POOL.to_table(), suffix).encode()))

    return st.sampled_from(sorted(TEXT_FORMATS)).flatmap(of)


def check_template(text: str) -> None:
    """What is parsed is written as it was read."""
    if parse(text).text != text:
        raise AssertionError(text)


def check_pool_text(case: tuple[str, bytes]) -> None:
    """A table that is read is a pool, or refused."""
    suffix, content = case
    InstructionPool(parse_pool(content.decode("utf-8", "replace"), name=f"x{suffix}"))


def _parquet() -> bytes:
    with TemporaryDirectory() as folder:
        POOL.save(Path(folder) / "p.parquet")
        return (Path(folder) / "p.parquet").read_bytes()


def check_pool_file(content: bytes) -> None:
    """A file is a pool, or refused."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "p.parquet"
        path.write_bytes(content)
        InstructionPool.load(path)


class _Record(msgspec.Struct):
    id: int
    text: str
    box: list[float] = []


RECORDS = json.dumps([{"id": i, "text": "a\u00e9\U0001f600", "box": [1.5, 2, 1e9]} for i in range(5)]).encode()
JSON_FILES = (
    RECORDS,
    b"\xef\xbb\xbf" + RECORDS,
    b'[{"id": 1, "text": "\\ud83d"}, {"id": 2, "text": "b", "box": [NaN, 1e308, -1e999]}]',
    b'[{"id": 1, "text": "a", "more": ' + b"[" * 3000 + b"]" * 3000 + b"}]",
)


def check_json(content: bytes) -> None:
    """Every record is read or refused, and none is lost."""
    with TemporaryDirectory() as folder:
        (Path(folder) / "x.json").write_bytes(content)
        raws = read_json_blocks(DataRoot(folder), "x.json")
        records = JsonArray("x.json", raws, kind=_Record, label="record")
        error = None
        for index in range(len(records)):
            try:
                _ = records[index]
            except ValueError as found:
                error = found
        if error is not None:
            raise error


def _archives() -> list[bytes]:
    contents = {"a/x.json": RECORDS, "a/y.bin": bytes(range(256)) * 4}
    packed = []
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", method) as archive:
            for name, content in contents.items():
                archive.writestr(name, content)
        packed.append(buffer.getvalue())
    for mode in ("w", "w:gz"):
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode=mode) as tar:
            for name, content in contents.items():
                info = tarfile.TarInfo(name)
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
        packed.append(buffer.getvalue())
    return packed


def check_archive(content: bytes) -> None:
    """Every member is read, or the archive or the member refused."""

    def open_file(_: str) -> io.BytesIO:
        return io.BytesIO(content)

    name = "x.zip" if content[:2] == b"PK" else "x.tar"
    for member in list_members(name, open_file):
        with open_member(name, member, open_file) as stream:
            stream.read()


def _pictures() -> list[bytes]:
    files = []
    for kind in ("JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF"):
        buffer = io.BytesIO()
        Image.new("RGB", (12, 9), "red").save(buffer, kind)
        files.append(buffer.getvalue())
    return files


def check_picture(content: bytes) -> None:
    """The picture is decoded or refused."""
    with open_picture(content, "p.jpg") as picture:
        picture.getexif()
        if picture.size[0] * picture.size[1] < 1 << 22:  # larger ones take time, not care
            picture.load()


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just(10**4000) | st.just(2**64),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=5,
)
_OPTIONS = sorted(AugmenterOptions.__annotations__)
_SETTINGS = sorted(Config.__dataclass_fields__)
_SERVER = ("timeout", "retries", "concurrency", "extra_body")
arguments = st.one_of(
    st.tuples(st.just("augment"), st.dictionaries(st.sampled_from(_OPTIONS), anything, max_size=3)),
    st.tuples(st.just("expand"), st.dictionaries(st.sampled_from(_SETTINGS), anything, max_size=3)),
    st.tuples(st.just("server"), st.dictionaries(st.sampled_from(_SERVER), anything, max_size=3)),
)


def check_arguments(case: tuple[str, dict[str, Any]]) -> None:
    """Arguments are taken or refused."""
    what, given = case
    if what == "augment":
        Settings.of(given)
    elif what == "expand":
        Config.from_dict(given)
    else:
        InferenceEngine("m", base_url="http://127.0.0.1:9", **given)


def _journal() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "j.jsonl"
        journal = Journal(path, {"seed": 0})
        journal.append([Completion("a", "One."), Completion("b", "Two.")])
        journal.close()
        return path.read_bytes()


def check_journal(content: bytes) -> None:
    """A journal is taken up or refused."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "j.jsonl"
        path.write_bytes(content)
        Journal(path, {"seed": 0}).close()


braces = st.lists(st.sampled_from([*SPECIAL, "{question", "{a!r}", "{text:>9}", "{options[0]}"]) | values, max_size=6)

SURFACES = {
    "template parser": Surface(braces.map("".join), check_template),
    "pool as text": Surface(pool_texts(), check_pool_text),
    "pool as Parquet": Surface(of_files(_parquet()), check_pool_file),
    "JSON tables": Surface(of_files(*JSON_FILES), check_json),
    "archives": Surface(of_files(*_archives()), check_archive),
    "pictures": Surface(of_files(*_pictures()), check_picture),
    "settings": Surface(arguments, check_arguments),
    "journals": Surface(of_files(_journal()), check_journal),
}
"""All surfaces by name."""
