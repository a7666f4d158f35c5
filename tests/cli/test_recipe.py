"""`--recipe FILE`: commands take from it what is not on the command line."""

import json

import pytest

from instraug_datasets import from_recipe, load_dataset
from tests.cli.running import run

RECIPE = """\
benchmark: multiinstruct
tasks: [ITM, image_caption]
prompts: {seed: 42, strategy: uniform, max_instructions: 4}
epochs: 2
"""


def prompts(path, demo_dir, task, epochs, **options):
    """The prompts of the first two examples, as the library makes them."""
    data = load_dataset("multiinstruct", task, data_dir=demo_dir, split="train", streaming=True)
    stream = from_recipe(data, path, **options)
    found = []
    for epoch in range(epochs):
        stream.set_epoch(epoch)
        found.append({row["unique_id"]: row["prompt"] for row in stream})
    first = [row["unique_id"] for row in data.take(2)]
    return [by_id[unique_id] for unique_id in first for by_id in found]


def test_preview_of_a_recipe(capsys, demo_dir, tmp_path):
    """Its tasks under its settings and epochs, one after the other; options on the command line have the last word."""
    path = tmp_path / "instraug.yaml"
    path.write_text(RECIPE, encoding="utf-8")
    arguments = ("preview", "--recipe", path, "--data-dir", demo_dir, "--split", "train", "-n", 2, "--json")
    code, out, _ = run(capsys, *arguments)
    rows = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert [(row["task"], row["epoch"]) for row in rows] == [
        (task, epoch) for task in ("ITM", "image_caption") for _ in range(2) for epoch in range(2)
    ]
    # The seed also decides which examples a task made by chance has: that of the preview is the recipe's.
    caption = [row["prompt"] for row in rows if row["task"] == "image_caption"]
    assert caption == prompts(path, demo_dir, "image_caption", 2)
    more = ("preview", "multiinstruct", "image_caption", *arguments[1:], "--strategy", "cycle", "--epochs", 3)
    code, out, _ = run(capsys, *more)
    assert code == 0
    shown = [json.loads(line)["prompt"] for line in out.splitlines()]
    assert shown == prompts(path, demo_dir, "image_caption", 3, strategy="cycle")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("preview", "--data-dir", "."), 2, "BENCHMARK is missing: name it, or a recipe file with --recipe."),
        (("preview", "multiinstruct", "--data-dir", "."), 2, "TASK is missing"),
        (("publish", "--repo-id", "you/data"), 2, "TARGET is missing"),
        (("preview", "--data-dir", ".", "--recipe", "no.yaml"), 1, "Cannot read the recipe 'no.yaml'"),
        (("preview", "--data-dir", ".", "--recipe", "{bad}"), 1, "has 2 problems"),
        (("preview", "--data-dir", ".", "--recipe", "{empty}"), 1, "names no benchmark to preview"),
        (("publish", "--repo-id", "you/data", "--recipe", "{empty}"), 1, "names no benchmark: name the folder"),
    ],
)
def test_what_is_missing_or_wrong_is_named(capsys, tmp_path, arguments, code, message):
    """On the command line, in the recipe, or of the recipe itself."""
    files = {"bad": tmp_path / "bad.yaml", "empty": tmp_path / "empty.yaml"}
    files["bad"].write_text("epochs: 0\nseeds: 1\n", encoding="utf-8")
    files["empty"].write_text("epochs: 1\n", encoding="utf-8")
    stopped, out, err = run(capsys, *(each.format(**files) for each in arguments))
    assert (stopped, out) == (code, "")
    assert message in err
    assert "Traceback" not in err
