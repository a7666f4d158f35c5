"""`instraug export`: files from raw data, from built files, and by a recipe."""

import json

import pytest

from instraug_datasets import augment, export, load_dataset
from tests.cli.running import run


def test_sizes_come_first_and_files_are_those_of_the_library(capsys, demo_dir, tmp_path):
    """A dry run writes nothing; what is written then is what the function writes."""
    out = tmp_path / "out"
    arguments = ("export", "llama-factory", "multiinstruct", "ITM", "--data-dir", demo_dir, "-o", out, "--epochs", 2)
    code, shown, _ = run(capsys, *arguments, "--seed", 3, "--dry-run")
    assert (code, out.exists()) == (0, False)
    code, again, err = run(capsys, *arguments, "--seed", 3)
    assert (code, again) == (0, shown)
    assert err == (f"Wrote {out}. Read it with: llamafactory-cli, with dataset_dir: {out} and dataset: instraug\n")
    data = load_dataset("multiinstruct", "ITM", data_dir=demo_dir, split="train", streaming=True, seed=3)
    sizes = export(augment(data, "multiinstruct", seed=3), "llama-factory", tmp_path / "library", epochs=2)
    assert (out / "data.jsonl").read_bytes() == (tmp_path / "library" / "data.jsonl").read_bytes()
    assert shown.splitlines()[1].split()[:4] == [
        f"{sizes.examples:,}",
        "2",
        f"{sizes.rows:,}",
        f"{sizes.pictures:,}",
    ]


def test_built_files_and_a_recipe(capsys, demo_dir, tmp_path):
    """Tasks, settings and epochs are the recipe's, and tasks follow one another."""
    built, out, recipe = tmp_path / "built", tmp_path / "out", tmp_path / "instraug.yaml"
    tasks = ("image_caption", "ITM")
    code, _, _ = run(capsys, "build", "multiinstruct", *tasks, "--data-dir", demo_dir, "-o", built, "--num-examples", 4)
    assert code == 0
    recipe.write_text(
        "benchmark: multiinstruct\ntasks: [image_caption, ITM]\nepochs: 2\nprompts: {seed: 5}\n", encoding="utf-8"
    )
    code, _, _ = run(capsys, "export", "jsonl", "--recipe", recipe, "--from", built, "-o", out)
    rows = [json.loads(line) for line in (out / "metadata.jsonl").read_text(encoding="utf-8").splitlines()]
    assert code == 0
    assert [row["task"] for row in rows] == [*["image_caption"] * 4, *["ITM"] * 4] * 2
    assert [row["unique_id"][-2:] for row in rows] == [*["#0"] * 8, *["#1"] * 8]
    code, _, err = run(capsys, "export", "jsonl", "--recipe", recipe, "--from", built, "-o", out)
    assert (code, "exists already; --force" in err) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("lava", "multiinstruct", "ITM", "--data-dir", "{demo}"), 1, "Unknown format 'lava'. Did you mean 'llava'?"),
        (("llava", "multiinstruct", "ITM"), 2, "Give the raw files with --data-dir, or built ones with --from."),
        (("llava", "--data-dir", "{demo}"), 1, "Tasks of your own need a pool"),
        (("llava", "multiinstruct", "--from", "{demo}"), 1, "holds no built tasks"),
    ],
)
def test_what_is_missing_or_wrong_is_named(capsys, demo_dir, tmp_path, arguments, code, message):
    """Each in one line, without a traceback, and nothing is written."""
    given = [each.format(demo=demo_dir) for each in arguments]
    stopped, _, err = run(capsys, "export", *given, "-o", tmp_path / "out")
    assert stopped == code
    assert message in err
    assert "Traceback" not in err
    assert not (tmp_path / "out").exists()
