"""`instraug expand`: what it prints, writes and exits with."""

import json
import re
from pathlib import Path

import pytest
import yaml

from instraug_datasets.cli import main
from instraug_datasets.engines import ENGINES, EngineSpec, MockEngine, registry
from instraug_datasets.expansion import make_config, run
from instraug_datasets.hashing import fold
from instraug_datasets.pool import InstructionPool
from tests.expansion.toy import CAPTION, CHOICE, TASKS_YAML, rewrite


@pytest.fixture
def tasks(tmp_path, monkeypatch):
    """A user's file of tasks, and an engine called `toy` with a model."""

    def load(*, model=None, fail=False):
        return MockEngine(lambda request: "" if fail else rewrite(request), name="toy", model=model)

    monkeypatch.setattr(registry, "ENGINES", {**ENGINES, "toy": EngineSpec("for tests", load)})
    file = tmp_path / "mine.yaml"
    file.write_text(TASKS_YAML, encoding="utf-8")
    return str(file)


def instraug(*arguments):
    """Run the command; return its exit code."""
    try:
        main([str(argument) for argument in arguments])
    except SystemExit as exit_:
        return exit_.code
    return 0


def test_a_run_leaves_a_pool_its_settings_and_a_journal(tasks, tmp_path, capsys):
    """The pool equals that of the library, and the settings file reproduces the run."""
    pool = tmp_path / "out" / "pool.parquet"
    assert instraug("expand", tasks, "--engine", "toy", "--model", "m", "--target", 3, "-o", pool, "--json") == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    expected = run([CAPTION, CHOICE], MockEngine(rewrite, name="toy", model="m"), make_config("toy", target=3)).pool
    assert InstructionPool.load(pool) == expected
    per_meta = [row.pop("per_meta") for row in rows]
    assert rows == [
        {"task": each.task, "meta_instructions": 2, "instructions": each.instructions, "expansion": each.expansion}
        for each in expected.stats()
    ]
    assert [(sum(counts.values()), len(counts)) for counts in per_meta] == [(row["instructions"], 2) for row in rows]
    settings = yaml.safe_load((pool.parent / "pool.settings.yaml").read_text())
    assert (settings["engine"], settings["model"], settings["result"]["digest"]) == ("toy", "m", expected.digest)
    assert sorted(path.name for path in pool.parent.iterdir()) == [
        "pool.journal.jsonl",
        "pool.parquet",
        "pool.settings.yaml",
    ]
    again = tmp_path / "again.parquet"
    assert (
        instraug(
            "expand",
            tasks,
            "--engine",
            "toy",
            "--model",
            "m",
            "--preset",
            pool.parent / "pool.settings.yaml",
            "-o",
            again,
        )
        == 0
    )
    assert again.read_bytes() == pool.read_bytes()


def test_falling_short_saves_what_was_kept_and_exits_with_2(tasks, tmp_path, capsys):
    """The message names the tasks and how much they have; empty replies are counted apart, not listed."""
    pool, dropped = tmp_path / "pool.parquet", tmp_path / "dropped.jsonl"
    arguments = (
        "--engine",
        "toy",
        "--set",
        "fail=true",
        "--target",
        2,
        "--max-rounds",
        2,
        "-o",
        pool,
        "--dropped",
        dropped,
    )
    assert instraug("expand", tasks, *arguments) == 2
    talk = capsys.readouterr().err
    assert "Below the target after 2 rounds: caption has 2 of 4 instructions, choice has 2 of 4 instructions." in talk
    assert len(InstructionPool.load(pool)["caption"]) == 2
    assert re.match(r"0 candidates, 0 kept, [1-9]\d* empty replies not counted\. ", talk)
    assert "Dropped: " not in talk
    assert dropped.read_text() == ""


def test_a_dry_run_asks_and_writes_nothing(tasks, tmp_path, capsys):
    """It shows the number of requests, the tokens and all settings of a preset."""
    arguments = ("--engine", "toy", "--preset", "instraug-mt", "--dry-run", "--json", "--set", "length_ratio=research")
    assert instraug("expand", tasks, *arguments) == 0
    (facts,) = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert (facts["tasks"], facts["requests"], facts["settings"]["length_ratio"]) == (2, 2 * 2 * 110, [0.5, 1.5])
    assert facts["settings"]["temperatures"][::10] == [0.5, 1.0]
    assert facts["prompt_tokens"] > facts["completion_tokens"] > 0
    assert [path.name for path in tmp_path.iterdir()] == ["mine.yaml"]


def test_options_reach_the_settings(tasks, capsys):
    """Every option changes the settings of a dry run."""
    arguments = (
        *(
            "--temperatures",
            "0.5,0.9",
            "--rounds",
            2,
            "--max-rounds",
            3,
            "--meta-prompts",
            "concise,polite",
            "--seed",
            7,
        ),
        *("--target", 0, "--without", "near_duplicate", "--set", "masks=letters"),
    )
    assert instraug("expand", tasks, "caption", "--engine", "toy", "--dry-run", "--json", *arguments) == 0
    (facts,) = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    names = ("temperatures", "rounds", "max_rounds", "meta_prompts", "seed", "target", "masks", "include_eval")
    assert {name: facts["settings"][name] for name in names} == {
        "temperatures": [0.5, 0.9],
        "rounds": 2,
        "max_rounds": 3,
        "meta_prompts": ["concise", "polite"],
        "seed": 7,
        "target": None,
        "masks": "letters",
        "include_eval": True,
    }
    assert "near_duplicate" not in facts["settings"]["filters"]
    assert facts["requests"] == 2 * 2 * 2


def test_orders_may_come_from_a_file(tasks, tmp_path, capsys):
    """A YAML list may mix ids and custom meta-prompts."""
    orders = tmp_path / "orders.yaml"
    orders.write_text("- concise\n- Write it as a riddle.\n", encoding="utf-8")
    assert instraug("expand", tasks, "--engine", "toy", "--dry-run", "--json", "--meta-prompts", orders) == 0
    (facts,) = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert facts["settings"]["meta_prompts"] == ["concise", "Write it as a riddle."]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--engine", "toi"), "Unknown engine 'toi'. Did you mean 'toy'"),
        (("--engine", "toy"), "--output is required"),
        (
            ("--engine", "toy", "-o", "s3://b/x.parquet"),
            "--output must be a local path, but got the URL 's3://b/x.parquet'",
        ),
        (("--engine", "toy", "--preset", "instrag"), "Unknown preset 'instrag'. Did you mean 'instraug'"),
        (("--engine", "toy", "--temperatures", "hot"), "--temperatures must be comma-separated numbers"),
        (("--engine", "toy", "--set", "masks"), "--set expects NAME=VALUE"),
        (
            ("--engine", "toy", "--set", "mask=letters", "-o", "x.parquet"),
            "Unknown setting 'mask'. Did you mean 'masks'",
        ),
        (("--engine", "toy", "--set", "targt=3", "--dry-run"), "Unknown setting 'targt'. Did you mean 'target'"),
        (("--engine", "toy", "--without", "lenght"), "Unknown filter 'lenght'. Did you mean 'length'"),
        (("--engine", "toy", "--without", "meaning"), "The filter 'meaning' is not active"),
        (("--engine", "toy", "--meta-prompts", "nowhere.yaml"), "Cannot read meta-prompts"),
        (("captoin", "--engine", "toy", "-o", "x.parquet"), "Unknown task 'captoin'. Did you mean 'caption'"),
    ],
)
def test_mistakes_are_one_clear_line(tasks, tmp_path, monkeypatch, capsys, arguments, message):
    """The error is reported on stderr with exit code 1, and no file is written."""
    monkeypatch.chdir(tmp_path)
    assert instraug("expand", tasks, *arguments) == 1
    assert message in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.yaml"]


def test_a_misspelt_task_file_gets_the_near_match(tasks, monkeypatch, capsys):
    """A file that is not there is named, with the one beside it that was meant."""
    monkeypatch.chdir(Path(tasks).parent)
    assert instraug("expand", "mime.yaml", "-o", "x.parquet") == 1
    assert capsys.readouterr().err == "Error: The task file 'mime.yaml' does not exist. Did you mean 'mine.yaml'?\n"


def test_a_journal_of_other_settings_is_refused(tasks, tmp_path, capsys):
    """Another seed with the same output raises an error that shows the difference."""
    arguments = ("expand", tasks, "--engine", "toy", "--target", 2, "-o", tmp_path / "pool.parquet")
    assert instraug(*arguments) == 0
    before = (tmp_path / "pool.parquet").read_bytes()
    assert instraug(*arguments, "--seed", 3) == 1
    assert "seed was 0 and is now 3" in capsys.readouterr().err
    assert (tmp_path / "pool.parquet").read_bytes() == before


def test_a_key_is_never_written(tasks, tmp_path, monkeypatch, capsys):
    """A key in the environment appears neither in the settings, the journal, nor the output."""
    monkeypatch.setenv("INSTRAUG_API_KEY", "secret-key")
    monkeypatch.setattr(
        registry, "ENGINES", {"toy": EngineSpec("for tests", lambda *, api_key=None: MockEngine(rewrite, name="toy"))}
    )
    assert instraug("expand", tasks, "--engine", "toy", "--target", 2, "-o", tmp_path / "pool.parquet") == 0
    assert "secret-key" not in "".join(capsys.readouterr())
    for path in tmp_path.iterdir():
        assert b"secret-key" not in path.read_bytes(), path


def test_kept_and_dropped_candidates_can_be_shown(tasks, tmp_path, capsys):
    """`--show` prints candidates of each task with their reasons."""
    arguments = ("--engine", "toy", "--target", 3, "--show", 2, "-o", tmp_path / "pool.parquet")
    assert instraug("expand", tasks, *arguments) == 0
    out = capsys.readouterr().out
    assert out.count("kept") >= 4


def test_a_run_goes_on_with_more_rounds_or_starts_afresh(tasks, tmp_path, capsys):
    """`--max-rounds` may be raised as advised, with the pool of a new run; `--fresh` asks again."""
    pool, other = tmp_path / "pool.parquet", tmp_path / "other.parquet"
    toy = ("expand", tasks, "--engine", "toy", "-o")
    more = ("--target", 20, "--max-rounds", 3)
    assert instraug(*toy, pool, "--target", 20, "--max-rounds", 1) == 2
    for path in (pool, other):
        capsys.readouterr()
        assert instraug(*toy, path, *more) in (0, 2)
        assert ("0 completions from the journal" in capsys.readouterr().err) == (path == other)
    assert pool.read_bytes() == other.read_bytes()
    assert instraug(*toy, pool, *more, "--seed", 5) == 1
    assert "`--fresh`" in capsys.readouterr().err
    assert instraug(*toy, pool, *more, "--seed", 5, "--fresh") in (0, 2)
    assert "0 completions from the journal" in capsys.readouterr().err


def test_what_each_meta_instruction_got_is_told(tmp_path, capsys):
    """The table has the fewest and most per meta instruction, `--json` each; empty replies are counted, not listed."""
    path, dropped = tmp_path / "tasks.yaml", tmp_path / "dropped.jsonl"
    assert instraug("init", path) == 0
    order = ("expand", path, "-o", tmp_path / "pool.parquet", "--dropped", dropped, "--show", 50)
    assert instraug(*order) == 0
    out, err = capsys.readouterr()
    assert instraug("expand", path, "-o", tmp_path / "other.parquet", "--json") == 0
    for row in map(json.loads, capsys.readouterr().out.splitlines()):
        low, high = min(row["per_meta"].values()), max(row["per_meta"].values())
        assert row["per_meta"].keys() == {text for task, text in texts(path) if task == row["task"]}
        told = str(low) if low == high else f"{low}-{high}"
        (line,) = [
            line for line in out.splitlines() if line.startswith(row["task"]) and f"{row['expansion']:.1f}x" in line
        ]
        assert line.split()[:5] == [row["task"], "2", str(row["instructions"]), f"{row['expansion']:.1f}x", told]
    assert re.search(r" kept \(\d+%; \d+% without repair\), [1-9]\d* empty replies not counted", err)
    assert [row for row in map(json.loads, dropped.read_text().splitlines()) if not row["reply"].strip()] == []


def test_the_report_and_the_run_say_the_same_share(tasks, tmp_path, monkeypatch, capsys):
    """Of the candidates that have a text, however many replies were empty."""

    def load():
        return MockEngine(lambda request: "" if fold(request.key) % 3 == 0 else rewrite(request), name="quiet")

    monkeypatch.setattr(registry, "ENGINES", {**ENGINES, "quiet": EngineSpec("for tests", load)})
    pool, dropped, page = (tmp_path / name for name in ("pool.parquet", "dropped.jsonl", "page.html"))
    assert instraug("expand", tasks, "--engine", "quiet", "--target", 20, "-o", pool, "--dropped", dropped) in (0, 2)
    talk = capsys.readouterr().err
    [(share, empty)] = re.findall(r" kept \((\d+)%; .*\), (\d+) empty replies not counted", talk)
    assert 0 < int(share) < 100
    assert int(empty) > 0
    assert instraug("pool", "report", pool, "--dropped", dropped, "-o", page) == 0
    assert f"<b>{share} %</b>of candidates kept<small>empty replies not counted;" in page.read_text(encoding="utf-8")


def test_instructions_without_another_form_are_named(tmp_path, capsys):
    """Of the grammar: they are quoted with what helps, and the silence about them counts as no candidate."""
    path = tmp_path / "dots.yaml"
    instructions = ["Zorp blib?", "Write a caption for this picture.", "Frob quux!"]
    task = {"metric": "cider", "instructions": instructions}
    path.write_text(yaml.safe_dump({"benchmark": "b", "category": "c", "tasks": {"dots": task}}), encoding="utf-8")
    assert instraug("expand", path, "--target", 90, "-o", tmp_path / "pool.parquet") == 2
    kept = len(InstructionPool.load(tmp_path / "pool.parquet")["dots"]) - 3
    talk = capsys.readouterr().err
    assert kept > 0
    assert talk.startswith(f"{kept} candidates, {kept} kept (100%; ")
    assert f"Below the target after 8 rounds: dots has {kept + 3} of 270 instructions.\n" in talk
    assert (
        "The grammar has no other form for 2 of 3 meta instructions: 'Zorp blib?', 'Frob quux!'. A language model "
        "does: --engine transformers or inference. Or word them like 'Write a caption for this picture.'\n"
    ) in talk


def texts(path):
    """The tasks of a file with their meta instructions."""
    tasks = yaml.safe_load(path.read_text(encoding="utf-8"))["tasks"]
    return [(name, text) for name, task in tasks.items() for text in task["instructions"]]


def test_init_writes_a_file_that_expands(tmp_path, capsys):
    """The commented file is valid as it is, and an existing one is kept."""
    path, pool = tmp_path / "tasks.yaml", tmp_path / "pool.parquet"
    for arguments, expected in (
        (("init", path), 0),
        (("expand", path, "-o", pool, "--target", "2"), 0),
        (("init", path), 1),
        (("init", path, "--force"), 0),
    ):
        with pytest.raises(SystemExit) as stop:
            main([str(each) for each in arguments])
        assert (stop.value.code or 0) == expected
    assert set(InstructionPool.load(pool)) == {"my_vqa", "my_captions"}
    assert "exists already; --force replaces it." in capsys.readouterr().err
