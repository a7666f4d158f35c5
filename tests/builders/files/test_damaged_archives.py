"""Whatever is wrong with an archive or picture, reading it raises an error of ours, or gives what was packed."""

import io
import tarfile
import zipfile
import zlib
from collections import Counter
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from instraug_datasets.builders.files.archives import list_members, open_member
from instraug_datasets.builders.files.csv_tables import read_csv
from instraug_datasets.builders.files.image_sizes import read_image_size
from instraug_datasets.builders.files.images import load_image
from instraug_datasets.builders.files.json_tables import read_json, require_file
from instraug_datasets.builders.files.memory_map import map_file
from instraug_datasets.builders.files.root import Archive, DataRoot, Location
from instraug_datasets.builders.generation.counts import read_counts
from instraug_datasets.builders.sources.ivqa import read_ivqa
from instraug_datasets.builders.sources.spec import Files
from instraug_datasets.errors import InstrAugError, PictureError, SourceError, UnsafePathError
from tests import strategies as _profile  # noqa: F401  # settings of hypothesis
from tests.builders.raw_files import jpeg, rows, write_captions

CONTENTS = {"a/x.json": b'{"a": 1}' + b" " * 500, "a/y.bin": bytes(range(256)) * 8, "a/z.jpg": jpeg()}
METHODS = [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
KINDS: list[int | str] = [*METHODS, "tar", "gz"]


def pack(kind: int | str, contents: dict[str, bytes] = CONTENTS) -> bytes:
    """An archive: a zip with a compression method, or a tar file."""
    buffer = io.BytesIO()
    if isinstance(kind, int):
        with zipfile.ZipFile(buffer, "w", kind) as archive:
            for name, content in contents.items():
                archive.writestr(zipfile.ZipInfo(name), content, compress_type=kind)
        return buffer.getvalue()
    with tarfile.open(fileobj=buffer, mode="w:gz" if kind == "gz" else "w") as archive:
        for name, content in contents.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


PACKED = {kind: pack(kind) for kind in KINDS}


def unpack(content: bytes, name: str) -> dict[str, bytes]:
    """Every member, as this package reads it."""

    def open_file(_: str) -> io.BytesIO:
        return io.BytesIO(content)

    found = {}
    for member in list_members(name, open_file):
        with open_member(name, member, open_file) as stream:
            found[member] = stream.read()
    return found


@settings(max_examples=200)
@given(
    kind=st.sampled_from(KINDS),
    changes=st.lists(st.tuples(st.integers(0, 1 << 14), st.integers(0, 255)), max_size=4),
    cut=st.none() | st.integers(0, 1 << 14),
)
def test_a_changed_archive_is_an_error_of_ours(kind: int | str, changes: list[tuple[int, int]], cut: int | None):
    """Up to four bytes are overwritten and the end is cut off: no other exception, and no hang."""
    damaged = bytearray(PACKED[kind])
    for place, byte in changes:
        damaged[place % len(damaged)] = byte
    damaged = damaged[: None if cut is None else cut % len(damaged)]
    name = "x.zip" if isinstance(kind, int) else f"x.{kind}"
    with suppress(InstrAugError):
        assert all(isinstance(content, bytes) for content in unpack(bytes(damaged), name).values())


@pytest.mark.parametrize("kind", KINDS)
def test_a_whole_archive_is_read(kind: int | str):
    """Every method of compression that Python knows is read."""
    assert unpack(PACKED[kind], f"{kind}.zip" if isinstance(kind, int) else f"whole.{kind}") == CONTENTS


def at_header(place: int, value: bytes) -> bytes:
    """The first zip with a field of its first central header overwritten; the local header stays."""
    content = PACKED[zipfile.ZIP_DEFLATED]
    start = content.index(b"PK\x01\x02") + place
    return content[:start] + value + content[start + len(value) :]


@pytest.mark.parametrize(
    ("place", "value"),
    [
        pytest.param(8, b"\x01\x00", id="encrypted"),
        pytest.param(10, b"\x63\x00", id="aes"),
        pytest.param(10, b"\x0c\x00", id="bzip2"),
        pytest.param(10, b"\x0e\x00", id="lzma"),
        pytest.param(10, b"\xff\xff", id="unknown-method"),
        pytest.param(6, b"\xff\xff", id="unknown-version"),
        pytest.param(16, b"\0\0\0\0", id="checksum"),
        pytest.param(42, b"\xf0\xff\xff\x7f", id="offset"),
    ],
)
def test_what_a_zip_says_of_a_member_may_be_wrong(place: int, value: bytes):
    """The error names the archive and says what to do."""
    with pytest.raises(SourceError, match=r"^said-.*Download"):
        unpack(at_header(place, value), f"said-{place}-{value.hex()}.zip")


def test_a_damaged_header_in_a_tar_file_loses_no_member():
    """It would pass for the end of the archive."""
    content = bytearray(PACKED["tar"])
    content[content.index(b"a/y.bin") + 1] = ord("?")
    with pytest.raises(SourceError, match=r"lost\.tar: not a tar file, or an incomplete one"):
        unpack(bytes(content), "lost.tar")


ARCHIVES = (Archive("x.zip", into="", holds="a"),)


def damaged_root(folder: Path, name: str, content: bytes) -> DataRoot:
    """A data dir with a zip whose only member has a wrong checksum."""
    packed = pack(zipfile.ZIP_STORED, {name: content})
    (folder / "x.zip").write_bytes(packed.replace(zlib.crc32(content).to_bytes(4, "little"), b"\1\2\3\4"))
    return DataRoot(str(folder), ARCHIVES)


class _Row(msgspec.Struct):
    video_id: str


READERS = {
    "read": lambda root, file: require_file(root, file).read(),
    "map_file": lambda root, file: map_file(require_file(root, file)),
    "json": lambda root, file: read_json(root, file, kind=dict),
    "csv": lambda root, file: read_csv(root, file, kind=_Row),
    "ivqa": lambda root, file: read_ivqa(root, Files((file,), ())),
    "picture": lambda root, file: load_image(root, ("a",), file.removeprefix("a/")),
}


@pytest.mark.parametrize("reader", READERS)
def test_every_reader_names_archive_and_member(tmp_path: Path, reader: str):
    """A wrong checksum is found by whatever reads the member, and is no exception of the zip library."""
    root = damaged_root(tmp_path, "a/m.csv", b"video_id\n" + b"x" * 50)
    with pytest.raises(SourceError, match=r"x\.zip::a/m\.csv.*Bad CRC-32.*Download the archive again"):
        READERS[reader](root, "a/m.csv")


def test_the_size_of_a_packed_picture(tmp_path: Path):
    """A member that cannot be opened is a bad picture."""
    packed = pack(zipfile.ZIP_DEFLATED, {"a/p.jpg": jpeg((40, 30))})
    start = packed.index(b"PK\x01\x02") + 10
    (tmp_path / "x.zip").write_bytes(packed[:start] + b"\xff\xff" + packed[start + 2 :])
    with pytest.raises(PictureError, match=r"p\.jpg: the image cannot be read: .*x\.zip::a/p\.jpg"):
        read_image_size(DataRoot(str(tmp_path), ARCHIVES), ("a",), "p.jpg")


@pytest.mark.parametrize("method", METHODS)
def test_an_overwritten_picture_in_a_zip_is_skipped(tmp_path: Path, method: int):
    """It is counted, and the other pictures of the archive are kept."""
    root = tmp_path / "raw"
    write_captions(root, {1: ["One."], 2: ["Two."], 3: ["Three."]})
    folder = root / "MSCOCO2014/train2014"
    pictures = {f"train2014/{path.name}": path.read_bytes() for path in sorted(folder.iterdir())}
    packed = bytearray(pack(method, pictures))
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        second = archive.infolist()[1]
    start = second.header_offset + 30 + len(second.filename) + second.compress_size // 2
    packed[start : start + 20] = b"\xaa" * 20
    (root / "MSCOCO2014/train2014.zip").write_bytes(packed)
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    found = rows(root, "image_caption", on_error="skip", report_dir=str(tmp_path / "counts"))
    skipped: Counter[str] = sum((each.skipped for each in read_counts(tmp_path / "counts")), Counter())
    assert [row["target"] for row in found] == ["One.", "Three."]
    assert skipped == {"picture_missing_or_damaged": 1}


def test_what_may_not_be_read_is_an_error_of_ours(tmp_path: Path):
    """A folder in place of a file stands for all that the system refuses to open."""
    with pytest.raises(SourceError, match="the file cannot be read: Is a directory"):
        Location(str(tmp_path), None, local=True).read()


def picture(kind: str) -> bytes:
    buffer = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (20, 10), "red").save(buffer, kind, exif=exif) if kind in ("JPEG", "PNG", "WEBP", "TIFF") else (
        Image.new("RGB", (20, 10), "red").save(buffer, kind)
    )
    return buffer.getvalue()


PICTURES = {kind: picture(kind) for kind in ("JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF")}


@pytest.mark.filterwarnings("ignore")  # of Pillow, about damaged metadata
@settings(max_examples=60)
@given(
    kind=st.sampled_from(sorted(PICTURES)),
    changes=st.lists(st.tuples(st.integers(0, 1 << 12), st.integers(0, 255)), max_size=6),
    decode=st.booleans(),
    packed=st.booleans(),
)
def test_a_changed_picture_is_an_error_of_ours(tmp_path_factory, kind, changes, decode, packed):
    """Size, orientation and decoding raise PictureError, or the picture passes."""
    content = bytearray(PICTURES[kind])
    for place, byte in changes:
        content[place % len(content)] = byte
    folder = tmp_path_factory.mktemp("picture")
    if packed:
        (folder / "x.zip").write_bytes(pack(zipfile.ZIP_STORED, {"a/p.jpg": bytes(content)}))
    else:
        (folder / "a").mkdir()
        (folder / "a/p.jpg").write_bytes(content)
    root = DataRoot(str(folder), ARCHIVES)
    for read in (
        lambda: read_image_size(root, ("a",), "p.jpg"),
        lambda: load_image(root, ("a",), "p.jpg", size=(20, 10), decode=decode),
    ):
        with suppress(PictureError):
            assert read()


def test_a_signature_and_an_end_are_no_picture(tmp_path: Path):
    """The header in between is read, and a picture that nothing decodes is refused for its size."""
    (tmp_path / "a").mkdir()
    (tmp_path / "a/mark.jpg").write_bytes(b"\xff\xd8\xff\xd9")
    size = (100_000).to_bytes(4, "big") * 2
    (tmp_path / "a/large.png").write_bytes(PICTURES["PNG"].replace(bytes([0, 0, 0, 20, 0, 0, 0, 10]), size))
    root = DataRoot(str(tmp_path))
    with pytest.raises(PictureError, match=r"mark\.jpg: not an image, or a damaged one"):
        load_image(root, ("a",), "mark.jpg")
    with pytest.raises(PictureError, match=r"large\.png: "):
        load_image(root, ("a",), "large.png")


def test_pictures_may_be_linked_inside_the_data_dir(tmp_path: Path):
    """DVC, git-annex and the cache of the Hub lay data out so; a link that leads elsewhere is refused."""
    (tmp_path / "data/a").mkdir(parents=True)
    (tmp_path / "data/.store").mkdir()
    (tmp_path / "data/.store/0f").write_bytes(jpeg())
    (tmp_path / "data/a/p.jpg").symlink_to("../.store/0f")
    (tmp_path / "out.jpg").write_bytes(jpeg())
    (tmp_path / "data/a/out.jpg").symlink_to("../../out.jpg")
    assert load_image(DataRoot(str(tmp_path / "data")), ("a",), "p.jpg")["bytes"] is None
    with pytest.raises(UnsafePathError, match=r"'out\.jpg' is a symbolic link that leads out of the data dir"):
        load_image(DataRoot(str(tmp_path / "data")), ("a",), "out.jpg")


def test_a_snapshot_of_the_hub_is_a_data_dir(tmp_path: Path):
    """Its files are links to blobs beside the snapshots; a link from a folder of another name may not go there."""
    repo = tmp_path / "datasets--a--b"
    for name in ("snapshots", "other"):
        (repo / name / "123/a").mkdir(parents=True)
        (repo / name / "123/a/p.jpg").symlink_to("../../../blobs/0f")
    (repo / "blobs").mkdir()
    (repo / "blobs/0f").write_bytes(jpeg())
    assert load_image(DataRoot(str(repo / "snapshots/123")), ("a",), "p.jpg")["bytes"] is None
    with pytest.raises(UnsafePathError):
        load_image(DataRoot(str(repo / "other/123")), ("a",), "p.jpg")
