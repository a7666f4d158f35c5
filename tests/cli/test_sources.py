"""`instraug sources`, and `instraug build --download` from a server on this machine."""

import json
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from instraug_datasets.builders import BUILDERS
from instraug_datasets.builders.demo import write_demo, zip_demo
from tests.cli.running import run


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture
def site(tmp_path, monkeypatch):
    """The address of a folder `site` with the archives of VisDial and MSCOCO as their publishers ship them."""
    monkeypatch.setenv("no_proxy", "*")
    demo = write_demo(tmp_path / "demo", images=8, sources=["mscoco", "visdial"])
    handler = partial(Quiet, directory=str(zip_demo(demo, tmp_path / "site")))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_sources_lists_every_source(capsys):
    """The JSON listing has all tasks with a source, with files, licence and download instructions."""
    code, out, _ = run(capsys, "sources", "--json")
    listed = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    served = {task for source in listed for task in source["tasks"]}
    assert served == {
        f"{benchmark}/{config.name}"
        for benchmark, builder in BUILDERS.items()
        for config in builder.BUILDER_CONFIGS
        if config.name != "all"
    }
    for source in listed:
        assert source["download"] in ("automatic", "partly automatic", "manual")
        assert source["licence"]
        assert source["urls"]
        assert all(split["present"] is None for split in source["splits"].values())


def test_sources_by_name_in_a_data_dir(capsys, tmp_path):
    """The text for one source names present files, download page and manual steps."""
    raw = write_demo(tmp_path / "raw", images=4, sources=["vcr"])
    code, out, _ = run(capsys, "sources", "vcr", "nlvr", "--data-dir", raw)
    assert code == 0
    assert out.splitlines()[0] == "vcr: VCR"
    assert "  test:       present; VCR/val.jsonl, VCR/vcr1images/" in out
    assert "  download:   manual; https://visualcommonsense.com/download/" in out
    assert "  test:       missing; nlvr/nlvr/nlvr/test/test.json, nlvr/nlvr/nlvr/test/images/" in out
    code, out, err = run(capsys, "sources", "vrc")
    assert (code, out) == (1, "")
    assert err.startswith("Error: Unknown source 'vrc'. Did you mean ")


@pytest.mark.parametrize("present", [False, True])
def test_text_and_json_agree(capsys, tmp_path, present):
    """Every line of the text follows from the JSON: names, tasks, licence, size, download, and each split's status."""
    where = ("--data-dir", write_demo(tmp_path / "raw", images=4, sources=["vcr", "nlvr"])) if present else ()
    _, text, _ = run(capsys, "sources", *where)
    _, rows, _ = run(capsys, "sources", *where, "--json")
    listed = [json.loads(line) for line in rows.splitlines()]
    assert text == "\n\n".join(map(text_of, listed)) + "\n"
    states = {split["present"] for source in listed for split in source["splits"].values()}
    assert states == ({True, False} if present else {None})
    assert all(bool(split["missing"]) == (split["present"] is False) for s in listed for split in s["splits"].values())


def text_of(source):
    """The text for a source, from its row of JSON."""
    command = f"instraug build {source['tasks'][0].replace('/', ' ')} --data-dir raw_datasets --output built --download"
    facts = {
        "tasks": ", ".join(source["tasks"]),
        "licence": source["licence"],
        "size": source["size"] or "unknown",
        "download": f"{source['download']}; {', '.join(source['urls'])}",
        "command": "" if source["download"] == "manual" else command,
        "note": source["note"],
    }
    for name, split in source["splits"].items():
        state = {None: "", True: "present; ", False: "missing; "}[split["present"]]
        pictures = " or ".join(f"{folder}/" for folder in split["pictures"])
        facts[name] = state + ", ".join(
            [*split["files"], pictures, *(f"{each} (optional)" for each in split["optional"])]
        )
    facts |= {"verified": source["verified"], "unverified": source["unverified"]}
    lines = [f"  {name + ':':<12}{fact}" for name, fact in facts.items() if fact]
    return "\n".join([f"{source['name']}: {source['title']}", *lines])


def test_sources_say_what_was_verified(capsys):
    """The text for a source ends with what public files confirm about its layout, and what none does."""
    code, out, _ = run(capsys, "sources", "snli_ve")
    assert code == 0
    lines = out.splitlines()
    assert lines[-2].startswith("  verified:   ")
    assert "necla-ml/SNLI-VE: data/download" in lines[-2]
    assert lines[-1].startswith("  unverified: ")


def test_build_downloads_what_is_missing(capsys, tmp_path, site):
    """Missing archives are downloaded, reported on stderr and used; a second run downloads nothing."""
    arguments = ("build", "multiinstruct", "visual_dialog", "--data-dir", tmp_path / "raw", "-o", tmp_path / "out")
    code, out, err = run(capsys, *arguments, "--download", "--mirror", site, "--json")
    assert code == 0
    assert [json.loads(line)["examples"] for line in out.splitlines()] == [40]
    for name in ("visdial_1.0_val.zip", "VisualDialog_val2018.zip"):
        assert f"from {site}/visdial/{name}" in err
        assert (tmp_path / "raw/visdial" / name).read_bytes() == (tmp_path / "site/visdial" / name).read_bytes()
    code, out, err = run(capsys, *arguments, "--download")
    assert code == 0
    assert "Fetched" not in err


def test_a_failed_download_is_one_clear_error(capsys, tmp_path, site):
    """A file that the mirror lacks stops the build at the start and leaves no partial file."""
    arguments = ("build", "multiinstruct", "nlvr", "--data-dir", tmp_path / "raw", "-o", tmp_path / "out")
    code, out, err = run(capsys, *arguments, "--download", "--mirror", site)
    assert (code, out) == (1, "")
    assert f"Error: {site}/nlvr/nlvr-master.zip could not be fetched: HTTP Error 404" in err
    assert [path for path in (tmp_path / "raw").rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("command", ["check", "sources"])
def test_the_name_of_a_task_leads_to_its_sources(capsys, tmp_path, command):
    """A task in place of a source gets the sources that it is built from."""
    code, _, err = run(capsys, command, "ITM", "--data-dir", tmp_path)
    assert (code, err) == (
        1,
        "Error: Unknown source 'ITM'. Known: mscoco_captions, multiinstruct_jsonl. "
        "This is a task, which is built from these.\n",
    )
