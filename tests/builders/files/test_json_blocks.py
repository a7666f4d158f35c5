"""Reading part by part gives what reading a file as a whole gives."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from instraug_datasets.builders.files import json_blocks
from instraug_datasets.builders.files.json_blocks import JsonBlocks, iter_lines, open_reader, read_json_blocks
from instraug_datasets.builders.files.json_tables import read_json
from instraug_datasets.builders.files.root import DataRoot
from instraug_datasets.errors import SourceError

MARK = b"\xef\xbb\xbf"

texts = st.text(st.one_of(st.sampled_from('{}[],:"\\ \n\t]}'), st.characters(exclude_categories=[])), max_size=12)
"""Texts with structural characters, escapes and lone surrogates."""
values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-9, 9), texts),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(texts, inner, max_size=4)),
    max_leaves=12,
)
alike = st.lists(st.fixed_dictionaries({"items": st.lists(st.fixed_dictionaries({"items": values})), "id": values}))
documents = st.one_of(st.lists(values, max_size=30), alike)
indents = st.sampled_from([None, 0, 3])


def written(document: Any, *, indent: int | None, ascii_only: bool, mark: bool) -> bytes:
    text = json.dumps(document, indent=indent, ensure_ascii=ascii_only)
    return (MARK if mark else b"") + b" \n" * bool(indent) + text.encode(errors="surrogatepass") + b"\n"


def raws(root: Path, content: bytes) -> tuple[Sequence[msgspec.Raw], list[bytes]]:
    """The elements read block by block, and as a whole."""
    (root / "x.json").write_bytes(content)
    data = DataRoot(str(root))
    return read_json_blocks(data, "x.json"), list(map(bytes, read_json(data, "x.json", kind=list[msgspec.Raw])))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("json")


@pytest.fixture(scope="module", autouse=True)
def small_blocks() -> Any:
    """Blocks of a few bytes, so that small documents have many."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_blocks, "BLOCK_SIZE", 48)
        yield


@given(document=documents, indent=indents, ascii_only=st.booleans(), mark=st.booleans())
def test_any_array_is_read_alike(
    folder: Path, document: list[Any], indent: int | None, ascii_only: bool, mark: bool
) -> None:
    """Elements are the same to the byte: with a byte order mark, escapes, nesting, lone surrogates and white space."""
    content = written(document, indent=indent, ascii_only=ascii_only, mark=mark)
    blocks, whole = raws(folder, content)
    assert list(map(bytes, blocks)) == whole
    assert [bytes(blocks[index]) for index in reversed(range(len(blocks)))] == whole[::-1]


@given(document=alike, cut=st.integers(1, 200), extra=st.sampled_from([b"", b",", b"]", b"x", b"{"]))
def test_any_damaged_array_is_refused_alike(folder: Path, document: list[Any], cut: int, extra: bytes) -> None:
    """A file that ends too early or goes on after its end raises the same error as when it is read as a whole."""
    content = written(document, indent=None, ascii_only=True, mark=False)
    (folder / "x.json").write_bytes(content[: -min(cut, len(content))] + extra)
    data = DataRoot(str(folder))
    found: list[Any] = []
    for read in (lambda: read_json_blocks(data, "x.json"), lambda: read_json(data, "x.json", kind=list[msgspec.Raw])):
        try:
            found.append(list(map(bytes, read())))
        except SourceError as error:
            found.append(str(error))
    assert found[0] == found[1]


def test_objects_are_read_in_blocks(folder: Path) -> None:
    """Nested objects that start like their parents do not keep a large array from being cut."""
    document = [{"id": number, "items": [{"id": inner} for inner in range(number % 7)]} for number in range(300)]
    blocks, whole = raws(folder, json.dumps(document).encode())
    assert isinstance(blocks, JsonBlocks)
    assert list(map(bytes, blocks)) == whole
    assert blocks._firsts.tolist()[1] < 10


@given(
    lines=st.lists(st.one_of(st.binary(max_size=80), values.map(lambda value: json.dumps(value).encode()))),
    end=st.sampled_from([b"\n", b"\r\n", b"\r"]),
    mark=st.booleans(),
)
def test_any_lines_are_read_alike(folder: Path, lines: list[bytes], end: bytes, mark: bool) -> None:
    """Lines are the same as when the whole file is split, and are found again by their positions."""
    content = end.join(lines)
    (folder / "x.jsonl").write_bytes((MARK if mark else b"") + content)
    if not mark:
        content = content.removeprefix(MARK)
    reader = open_reader(DataRoot(str(folder)), "x.jsonl")
    found = list(iter_lines(reader))
    assert [line.text for line in found] == [line for line in content.splitlines() if line.strip()]
    assert [reader.read(line.start, line.stop) for line in found] == [line.text for line in found]
