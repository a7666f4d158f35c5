"""`instraug check` as a person runs it."""

import json

from instraug_datasets.builders.demo import write_demo
from tests.cli.running import run


def test_good_and_damaged_files(tmp_path, capsys):
    """Exit code 0 with a rendered example per task; 1 with the problem on stderr once a picture is damaged."""
    root = write_demo(tmp_path / "raw", images=8, sources=["nlvr"])
    code, out, err = run(capsys, "check", "--data-dir", root)
    assert (code, err) == (0, "")
    assert "multiinstruct/natural_language_visual_reasoning" in out
    assert "nothing wrong" in out
    for picture in (root / "nlvr").rglob("*.png"):
        picture.write_bytes(picture.read_bytes()[:40])
    code, out, err = run(capsys, "check", "nlvr", "--data-dir", root, "--all", "--json")
    (source,) = [json.loads(line) for line in out.splitlines()]
    pictures = source["splits"][0]["pictures"]
    assert (code, pictures["bad"]) == (1, pictures["named"])
    assert source["examples"][0]["prompt"]
    assert "pictures are missing or damaged" in err


def test_an_empty_folder_is_a_problem(tmp_path, capsys):
    """A folder without raw files is no success."""
    code, out, err = run(capsys, "check", "--data-dir", tmp_path)
    assert (code, out) == (1, "")
    assert "instraug sources" in err
