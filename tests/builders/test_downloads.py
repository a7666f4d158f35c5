"""Fetching declared files from a server on this machine, and the list of all sources."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import pytest

from instraug_datasets.builders import fetch_missing, list_sources
from instraug_datasets.builders.downloads import Fetched, downloads_for, fetch
from instraug_datasets.builders.files.root import DataRoot, safe_path
from instraug_datasets.builders.files.transfer import KEEP_FREE
from instraug_datasets.builders.rows import ROWS
from instraug_datasets.builders.sources import SOURCES, Download
from instraug_datasets.errors import MissingFilesError, SettingError, UnknownNameError
from tests.builders.raw_files import rows

AUTOMATIC = {row.source.name: row.source for row in ROWS if row.source.automatic}


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


class HalfOnly(BaseHTTPRequestHandler):
    """Announces a thousand bytes, sends ten and closes the connection."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b"0123456789")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")


def serve(handler: object) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:  # type: ignore[arg-type]
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[str]:
    """The address of a folder `site` below the test's own."""
    (tmp_path / "site").mkdir()
    yield from serve(partial(Quiet, directory=str(tmp_path / "site")))


@pytest.fixture
def half_site() -> Iterator[str]:
    yield from serve(HalfOnly)


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_a_file_is_fetched_into_its_place(tmp_path: Path, site: str) -> None:
    """Folders are made, the bytes are those of the server, and nothing else is left."""
    content = bytes(range(256)) * 10_000
    (tmp_path / "site/x.zip").write_bytes(content)
    fetched = fetch(Download(f"{site}/x.zip", "a/b/y.zip"), tmp_path / "raw")
    assert fetched == Fetched(f"{site}/x.zip", "a/b/y.zip", len(content))
    assert (tmp_path / "raw/a/b/y.zip").read_bytes() == content
    assert files(tmp_path / "raw") == {"a/b/y.zip"}


def test_half_a_file_never_looks_finished(tmp_path: Path, half_site: str) -> None:
    """A connection that ends too early is an error with both sizes, and leaves no file, nor harms the one before."""
    with pytest.raises(MissingFilesError, match=r"ended after 10 of 1,000 bytes.* put the file at .*y\.zip by hand"):
        fetch(Download(f"{half_site}/x.zip", "a/y.zip"), tmp_path)
    assert files(tmp_path) == set()


@pytest.mark.parametrize("url", ["{site}/nowhere.zip", "http://127.0.0.1:9/x.zip"])
def test_addresses_that_do_not_answer(tmp_path: Path, site: str, url: str) -> None:
    """A page that is gone and a server that is down are errors that name the address and what to do."""
    url = url.format(site=site)
    with pytest.raises(MissingFilesError, match=f"{url} could not be fetched: .*by hand"):
        fetch(Download(url, "y.zip"), tmp_path / "raw")
    assert files(tmp_path / "raw") == set()


class Answers(BaseHTTPRequestHandler):
    """Answers with the bytes of a path of `ANSWERS`, followed by its endless part until the client hangs up."""

    def do_GET(self) -> None:
        start, endless = ANSWERS.get(self.path[1:], (b"HTTP/1.1 404 Not Found\r\n\r\n", b""))
        self.wfile.write(start)
        with suppress(OSError):
            while endless:
                self.wfile.write(endless)
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass


OK = b"HTTP/1.1 200 OK\r\n"
MOVED = b"HTTP/1.1 302 Found\r\n"
ANSWERS = {
    "no-content": (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
    "empty": (OK + b"Content-Length: 0\r\n\r\n", b""),
    "malformed-length": (OK + b"Content-Length: many\r\n\r\nabc", b""),
    "too-large": (OK + b"Content-Length: 999999999999999\r\n\r\nabc", b""),
    "no-http": (b"nonsense\r\n\r\n", b""),
    "long-header": (OK + b"X: ", b"x" * 10_000),
    "nowhere": (MOVED + b"\r\n", b""),
    "loop": (MOVED + b"Location: /loop\r\n\r\n", b""),
    "file": (MOVED + b"Location: file:///etc/hostname\r\n\r\n", b""),
    "ftp": (MOVED + b"Location: ftp://127.0.0.1/x\r\n\r\n", b""),
    "no-url": (MOVED + b"Location: http://[\r\n\r\n", b""),
    "long-url": (MOVED + b"Location: /" + b"x" * 60_000 + b"\r\n\r\n", b""),
    "endless-continue": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "endless-body": (OK + b"\r\n", b"x" * 10_000),
}


@pytest.fixture(scope="module")
def odd_site() -> Iterator[str]:
    yield from serve(Answers)


@pytest.mark.parametrize(
    ("page", "problem"),
    [
        ("no-content", "HTTP 204 with 0 bytes"),
        ("empty", "HTTP 200 with 0 bytes"),
        ("malformed-length", "'many'"),
        ("too-large", "the file has 999,999,999,999,999 bytes, but only"),
        ("no-http", "nonsense"),
        ("long-header", "got more than 65536 bytes"),
        ("nowhere", "HTTP Error 302"),
        ("loop", "infinite loop"),
        ("file", "file:///etc/hostname"),
        ("ftp", "unknown url type: ftp"),
        ("no-url", "Invalid IPv6 URL"),
        ("long-url", "HTTP Error 404"),
        ("endless-continue", "the server sent too little within 0.2 seconds"),
        ("endless-body", "more than 1,000,000 bytes"),
    ],
)
def test_answers_that_are_no_file(
    tmp_path: Path, odd_site: str, page: str, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is an error with the address, what came and what to do, in a bounded time, and leaves no file."""
    if page == "endless-body":
        free = SimpleNamespace(free=KEEP_FREE + 1_000_000)
        monkeypatch.setattr(shutil, "disk_usage", lambda _: free)
    url = f"{odd_site}/{page}"
    with pytest.raises(MissingFilesError) as caught:
        fetch(Download(url, "y.zip"), tmp_path / "raw", timeout=0.2 if page == "endless-continue" else 60)
    message = str(caught.value)
    assert message.startswith(f"{url} could not be fetched: ")
    assert problem in message
    assert message.endswith("by hand.")
    assert len(message) < 1500
    assert files(tmp_path / "raw") == set()


@pytest.mark.parametrize("start", [b"", OK, OK + b"\r\n", OK + b"Content-Length: 100000\r\n\r\n"])
def test_a_trickle_of_bytes_is_given_up(tmp_path: Path, start: bytes) -> None:
    """A byte now and then keeps neither headers nor body waiting for ever, with or without a length."""
    done = threading.Event()

    class Trickle(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.wfile.write(start)
            with suppress(OSError):
                while not done.wait(0.02):
                    self.wfile.write(b"x")
            self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    for site in serve(Trickle):
        with pytest.raises(MissingFilesError, match=r"too little within 0\.1 seconds"):
            fetch(Download(f"{site}/x.zip", "y.zip"), tmp_path / "raw", timeout=0.1)
        done.set()
    assert files(tmp_path / "raw") == set()


def test_only_what_lacks_is_fetched(tmp_path: Path, site: str, zip_dir: Path) -> None:
    """The archives of the asked tasks come, each once and from the mirror, and those that are there are left alone."""
    archives = [f"MSCOCO2014/{name}.zip" for name in ("annotations_trainval2014", "train2014", "val2014")]
    (tmp_path / "raw/MSCOCO2014").mkdir(parents=True)
    (tmp_path / "raw" / archives[1]).write_bytes((zip_dir / archives[1]).read_bytes())
    (tmp_path / "site/MSCOCO2014").mkdir()
    for name in (archives[0], archives[2]):
        (tmp_path / "site" / name).write_bytes((zip_dir / name).read_bytes())
    fetched = fetch_missing("multiinstruct", ["image_caption", "ITM"], data_dir=tmp_path / "raw", mirror=site)
    assert [file.path for file in fetched] == [archives[0], archives[2]]
    assert len(rows(tmp_path / "raw", "ITM")) == len(rows(zip_dir, "ITM"))
    assert fetch_missing("multiinstruct", ["ITM"], data_dir=tmp_path / "raw") == []


def test_shared_pictures_are_fetched_once(tmp_path: Path, site: str, demo_dir: Path, zip_dir: Path) -> None:
    """Three sources of one call share what the first one fetched, even if another release has the pictures."""
    (tmp_path / "site/MSCOCO2017").mkdir()
    archives = ["MSCOCO2017/train2017.zip", "MSCOCO2017/val2017.zip"]
    for name in archives:
        (tmp_path / "site" / name).write_bytes((zip_dir / name).read_bytes())
    statements = "visual_spatial_reasoning/visual-spatial-reasoning/data/splits"
    for folder in (statements, "A-OKVQA", "VQA_V2"):
        shutil.copytree(demo_dir / folder, tmp_path / "raw" / folder)
    tasks = ["visual_spatial_reasoning", "aokvqa", "vqav2"]
    fetched = fetch_missing("instructblip", tasks, data_dir=tmp_path / "raw", mirror=site)
    assert [file.path for file in fetched] == archives
    assert fetch_missing("instructblip", tasks, data_dir=tmp_path / "raw", mirror=site) == []


def test_fetching_refuses_what_it_cannot_do(tmp_path: Path) -> None:
    """A remote data dir and an unknown task are refused; a source by registration is simply not fetched."""
    with pytest.raises(SettingError, match="memory://raw"):
        fetch_missing("multiinstruct", ["ITM"], data_dir="memory://raw")
    with pytest.raises(UnknownNameError, match="ITN"):
        fetch_missing("multiinstruct", ["ITN"], data_dir=tmp_path)
    assert fetch_missing("multiinstruct", ["commonsense_VQA"], data_dir=tmp_path) == []
    assert files(tmp_path) == set()


@pytest.mark.parametrize("name", AUTOMATIC)
def test_every_download_is_of_use(name: str) -> None:
    """A declared download has a web address and a plain path, and is a file of its source or an archive of some."""
    source = AUTOMATIC[name]
    files = source.splits.values()
    paths = [path for each in files for path in (*each.annotations, *each.pictures, *each.optional)]
    assert set(downloads_for(source, paths)) == set(source.automatic)
    for download in source.automatic:
        assert download.url.startswith(("http://", "https://"))
        assert safe_path(download.path) == download.path


def test_every_source_of_a_row_is_declared_and_listed() -> None:
    """The list has each source of a row once, with all the tasks that it serves."""
    listed = {source.name: source for source in list_sources()}
    assert set(listed) == {row.source.name for row in ROWS} <= set(SOURCES)
    assert {(name, task) for name, source in listed.items() for task in source.tasks} == {
        (row.source.name, f"{row.benchmark}/{row.task}") for row in ROWS
    }
    assert all(split.present is None for source in listed.values() for split in source.splits.values())
    assert {listed[name].download for name in ("mscoco_captions", "vqa_v2", "nlvr", "vsr")} == {"automatic"}
    assert {listed[name].download for name in ("vcr", "hateful_memes", "mocheg", "medic")} == {"manual"}


def test_the_list_says_what_is_there(tmp_path: Path, demo_dir: Path, zip_dir: Path) -> None:
    """Files and archives count as present, an empty folder has nothing, and a data dir must be a folder."""
    for data_dir, present in ((demo_dir, True), (zip_dir, True), (tmp_path, False)):
        by_name = {source.name: source for source in list_sources(data_dir)}
        for name in ("mscoco_captions", "vcr", "visdial", "wikihow", "medic"):
            splits = by_name[name].splits.values()
            assert {split.present for split in splits} == {present}
            assert all(bool(split.missing) != present for split in splits)
    with pytest.raises(MissingFilesError, match="nowhere"):
        list_sources(tmp_path / "nowhere")


def test_names_of_a_folder_are_the_same_wherever_it_lies(tmp_path: Path, demo_dir: Path, zip_dir: Path) -> None:
    """A folder's names are found on disk and in archives, sorted; a folder that is not there has none."""
    archives = AUTOMATIC["visdial"].archives
    names = [DataRoot(str(root), archives).list_folder("visdial/VisualDialog_val2018") for root in (demo_dir, zip_dir)]
    assert names[0] == names[1] == sorted(names[0])
    assert len(names[0]) >= 5
    assert DataRoot(str(tmp_path), archives).list_folder("visdial/VisualDialog_val2018") == []
