"""The command, run as users run it: exit codes and whole outputs."""

import itertools
import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from typer.core import TyperGroup
from typer.main import get_command

from instraug_datasets import InstructionPool
from instraug_datasets.axes import axis_value
from instraug_datasets.builders.demo import write_demo
from instraug_datasets.builders.rows import rows_of
from instraug_datasets.cli.commands import app
from instraug_datasets.tasks import BENCHMARKS
from tests.cli.running import run

REAL = Path(__file__).parents[3] / "shared" / "data"


def test_tasks_lists_every_declared_task(capsys):
    """The JSON listing holds each task once, with its instructions."""
    code, out, _ = run(capsys, "tasks", "multiinstruct", "--json")
    listed = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert [each["name"] for each in listed] == list(BENCHMARKS["multiinstruct"])
    assert all(len(each["instructions"]) >= 5 for each in listed if each["role"] != "excluded")


def test_tasks_by_role(capsys):
    """--role selects tasks by role, and an unknown role raises an error with close matches."""
    code, out, _ = run(capsys, "tasks", "multiinstruct", "--role", "eval")
    assert code == 0
    assert "nlvr" in out
    assert "image_caption" not in out
    code, _, err = run(capsys, "tasks", "--role", "evla")
    assert (code, err) == (1, "Error: Unknown role 'evla'. Did you mean 'eval'?\n")


def test_preview_shows_the_same_examples_over_epochs(capsys, demo_dir):
    """Each epoch shows another instruction of the same example, regardless of the order of shards."""
    code, out, _ = run(
        capsys, "preview", "multiinstruct", "ITM", "--data-dir", demo_dir, "--epochs", 5, "-n", 4, "--json"
    )
    rows = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert [row["epoch"] for row in rows] == [0, 1, 2, 3, 4] * 4
    for start in range(0, 20, 5):
        versions = rows[start : start + 5]
        assert len({row["unique_id"] for row in versions}) == 1
        assert len({row["instruction_id"] for row in versions}) == 5
        assert len({row["target"] for row in versions}) == 1


def test_preview_draws_from_the_styles_asked_for(capsys, demo_dir):
    """`--style` may be repeated: values of one axis are alternatives, axes add up."""
    styles = ("--style", "form=question", "--style", "form=role", "--style", "length=medium")
    code, out, _ = run(capsys, "preview", "multiinstruct", "ITM", "--data-dir", demo_dir, *styles, "--json")
    pool = {each.instruction_id: each for each in InstructionPool.load("multiinstruct")["ITM"]}
    drawn = [pool[json.loads(line)["instruction_id"]] for line in out.splitlines()]
    assert code == 0
    assert len(drawn) == 9
    assert {each.form for each in drawn} <= {"question", "role"}
    assert {axis_value(each, "length") for each in drawn} == {"medium"}


@pytest.mark.parametrize("command", ["preview", "export"])
def test_a_style_that_a_task_does_not_have_is_explained(capsys, demo_dir, tmp_path, command):
    """The error names the task, the style, and what the task has instead; the task is not said to be unknown."""
    pool = InstructionPool.from_dict({"natural_language_visual_reasoning": ["{premise} Say.", "Read: {premise}"]})
    pool.save(tmp_path / "pool.parquet")
    start = ("preview",) if command == "preview" else ("export", "jsonl", "--split", "test", "-o", tmp_path / "out")
    arguments = ("multiinstruct", "nlvr", "--data-dir", demo_dir, "--pool", tmp_path / "pool.parquet")
    code, _, err = run(capsys, *start, *arguments, "--style", "form=question", "--style", "length=long")
    assert (code, err) == (
        1,
        "Error: No instruction of the task 'natural_language_visual_reasoning' has the styles form=question, "
        "length=long. Of its 2 instructions, form is not stated; length is short (2).\n",
    )
    code, _, err = run(capsys, *start, "multiinstruct", "vsr", *arguments[2:])
    assert (code, err) == (
        1,
        "Error: The pool has no instructions for the task 'visual_spatial_reasoning', only for "
        "natural_language_visual_reasoning.\n",
    )


def test_preview_as_a_table(capsys, demo_dir):
    """The table has one column per epoch, and a summary follows."""
    code, out, err = run(capsys, "preview", "multiinstruct", "image_caption", "--data-dir", demo_dir, "--epochs", 2)
    assert code == 0
    assert out.split("\n")[0].split() == ["example", "epoch", "0", "epoch", "1"]
    assert err == "3 examples over 2 epochs: 6 instructions, nothing written to disk.\n"


def test_preview_as_a_page(capsys, demo_dir, tmp_path):
    """`--html` writes the examples of all epochs with their picture into one file."""
    page = tmp_path / "pages" / "preview.html"
    arguments = ("preview", "multiinstruct", "select_overlap_most_region", "--data-dir", demo_dir, "-n", 2)
    code, out, err = run(capsys, *arguments, "--epochs", 4, "--html", page)
    assert (code, out) == (0, "")
    assert err == f"4 epochs of select_overlap_most_region in {page}, one page without other files.\n"
    text = page.read_text(encoding="utf-8")
    counted = (text.count("<svg"), text.count('<section class="version"'), text.count('<g data-epoch="3"'))
    assert counted == (2, 8, 2)


def test_build_writes_parquet_and_says_what_became_of_it(capsys, demo_dir, tmp_path):
    """The files hold the examples of the summary, and a second run reuses them."""
    arguments = ("build", "multiinstruct", "nlvr", "ITM", "--data-dir", demo_dir, "-o", tmp_path, "--num-examples", 10)
    code, out, _ = run(capsys, *arguments, "--json")
    built = {(row["task"], row["split"]): row for row in map(json.loads, out.splitlines())}
    assert code == 0
    assert {key: row["examples"] for key, row in built.items()} == {
        ("natural_language_visual_reasoning", "validation"): 8,
        ("natural_language_visual_reasoning", "test"): 8,
        ("ITM", "train"): 10,
        ("ITM", "validation"): 10,
    }
    table = pq.read_table(tmp_path / "ITM" / "train-00000-of-00001.parquet")
    assert table.num_rows == 10
    assert all(row[0]["bytes"] for row in table.column("images").to_pylist())
    code, out, _ = run(capsys, *arguments)
    assert code == 0
    assert out.count("reused") == 4


@pytest.mark.skipif(find_spec("av") is None, reason="PyAV, the extra `video`, is not installed")
def test_build_takes_as_many_frames_as_asked_for(capsys, tmp_path):
    """--num-frames sets the frames per video; another number rebuilds with --force."""
    raw = write_demo(tmp_path / "raw", images=4, sources=["msvd_qa"])
    arguments = ("build", "instructblip", "msvd_qa", "--data-dir", raw, "-o", tmp_path / "out", "--num-examples", 3)
    counts = []
    for frames in ((), ("--num-frames", 2, "--force"), ("--num-frames", 2)):
        code, out, _ = run(capsys, *arguments, *frames)
        table = pq.read_table(tmp_path / "out/msvd_qa/test-00000-of-00001.parquet")
        counts.append((code, {len(row) for row in table.column("images").to_pylist()}, out.count("reused")))
    assert counts == [(0, {4}, 0), (0, {2}, 0), (0, {2}, 2)]


def test_build_of_all_tasks_counts_those_without_files(capsys, tmp_path):
    """One line stands for all tasks of which no file is there; --json names each."""
    raw = write_demo(tmp_path / "raw", images=8, sources=["nlvr"])
    arguments = ("build", "multiinstruct", "--data-dir", raw, "-o", tmp_path / "out", "--num-examples", 2)
    code, out, err = run(capsys, *arguments)
    assert code == 0
    assert {line.split()[0] for line in out.splitlines()[1:]} == {"natural_language_visual_reasoning"}
    absent = {row.task for row in rows_of("multiinstruct")} - {"natural_language_visual_reasoning"}
    assert err == f"{len(absent)} tasks need files that are not there: instraug sources --data-dir {raw}\n"
    _, out, _ = run(capsys, *arguments, "--json")
    assert {row["task"] for row in map(json.loads, out.splitlines()) if row["problem"]} == absent


def test_build_names_what_is_missing(capsys, tmp_path):
    """If nothing can be built, the exit code is 1, and the message names files, licence and download page."""
    code, out, err = run(capsys, "build", "multiinstruct", "nlvr", "--data-dir", tmp_path, "-o", tmp_path / "out")
    assert code == 1
    assert out.count("not built") == 2
    assert "nlvr/nlvr/nlvr/dev/dev.json" in err
    assert "CC BY 4.0" in err
    assert "https://github.com/lil-lab/nlvr" in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("preview", "multiinstruct", "ITN", "--data-dir", "."), "Unknown task 'ITN'. Did you mean 'ITM'"),
        (("preview", "multinstruct", "ITM", "--data-dir", "."), "Unknown benchmark 'multinstruct'. Did you mean"),
        (("build", "multinstruct", "--data-dir", ".", "-o", "x"), "Unknown benchmark 'multinstruct'. Did you mean"),
        (("tasks", "multinstruct"), "Unknown benchmark 'multinstruct'. Did you mean 'multiinstruct'"),
        (("preview", "multiinstruct", "ITM", "--data-dir", "no/such/dir"), "no/such/dir"),
        (("preview", "multiinstruct", "ITM", "--data-dir", ".", "--html", "x.html", "--json"), "give one of them"),
        (("preview", "multiinstruct", "ITM", "--data-dir", ".", "--style", "form"), "--style must be AXIS=VALUE"),
        (("preview", "multiinstruct", "ITM", "--data-dir", ".", "--style", "forn=role"), "Did you mean 'form'"),
        (("preview", "multiinstruct", "ITM", "--data-dir", ".", "--style", "form=rule"), "Did you mean 'role'"),
    ],
)
def test_errors_are_one_line_without_a_traceback(capsys, arguments, message):
    """An unknown name or folder is reported on stderr, with exit code 1."""
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (1, "")
    assert err.startswith("Error: ")
    assert message in err
    assert "Traceback" not in err


def test_an_unknown_strategy_is_refused_with_near_matches(capsys, demo_dir):
    """A setting that the library validates is reported in the same way."""
    code, _, err = run(capsys, "preview", "multiinstruct", "ITM", "--data-dir", demo_dir, "--strategy", "cicle")
    assert (code, err) == (1, "Error: Unknown strategy 'cicle'. Did you mean 'cycle'?\n")


def test_demo_without_training_runs_offline(tmp_path):
    """The installed command generates raw files, builds a task per source and previews one, in a separate process."""
    command = Path(sys.executable).with_name("instraug")
    done = subprocess.run(
        [command, "demo", "--no-train", "--images", "16", "--epochs", "2", "--keep", tmp_path],
        capture_output=True,
        text=True,
        check=True,
    )
    sources = {row.source.name for row in rows_of("multiinstruct") if not row.source.extra}
    assert sorted(name for name in sources if name not in done.stdout) == []
    assert "not built" not in done.stdout
    assert "2 examples over 2 epochs: 4 instructions, nothing written to disk." in done.stderr
    assert (tmp_path / "raw_datasets" / "MSCOCO2014" / "annotations" / "captions_train2014.json").is_file()
    assert (tmp_path / "built" / "image_caption" / "train-00000-of-00001.parquet").is_file()


GROUPS = ("", "pool", "report")


def commands_of(capsys):
    """Every command that the groups list, and what their help says of it."""
    listed = {}
    for group in GROUPS:
        code, out, _ = run(capsys, *group.split(), "--help")
        assert code == 0
        for line in out.split("Commands:\n")[1].split("\n\n")[0].splitlines():
            name, _, summary = line.strip().partition(" ")
            listed[f"{group} {name}".strip()] = summary.strip()
    return listed


def test_every_command_is_summed_up_whole_and_has_examples_that_parse(capsys, monkeypatch):
    """In 80 columns no summary is cut and no line is broken; the options of every example are those of the command."""
    monkeypatch.setenv("COLUMNS", "80")
    listed = commands_of(capsys)
    assert {"demo", "pool review", "report run"} <= listed.keys()
    assert [name for name, summary in listed.items() if not summary.endswith(".") or summary.endswith("...")] == []
    for name in listed.keys() - {*GROUPS}:
        code, out, _ = run(capsys, *name.split(), "--help")
        lines = out.splitlines()
        examples = list(itertools.takewhile(bool, lines[lines.index("  Example:") + 1 :]))
        assert code == 0
        assert max(map(len, lines)) <= 80, name
        assert any(example.startswith(f"    instraug {name}") for example in examples), name
        for example in examples:
            parsed(example.split()[1:])


def parsed(arguments):
    """Parse a command without running it."""
    command: Any = get_command(app)
    context = None
    while isinstance(command, TyperGroup):
        context = command.make_context("instraug", arguments, parent=context, resilient_parsing=True)
        name, command, arguments = command.resolve_command(context, [*context._protected_args, *context.args])
    known = {option for each in command.params for option in (*each.opts, *each.secondary_opts)}
    assert {each for each in arguments if each.startswith("-")} <= known, name


def test_the_help_says_where_to_start(capsys):
    """A newcomer is pointed to the demo."""
    assert "Start with: instraug demo" in run(capsys, "--help")[1]


@pytest.mark.skipif(not REAL.is_dir(), reason="the slice of real data is not here")
def test_preview_of_real_nlvr_statements(capsys):
    """Real statements are rendered with three instructions."""
    code, out, _ = run(capsys, "preview", "multiinstruct", "nlvr", "--data-dir", REAL, "-n", 1, "--json")
    rows = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert len(rows) == len({row["instruction_id"] for row in rows}) == 3
    assert all('"Each grey box contains atleast one yellow object touching the edge"' in row["prompt"] for row in rows)
