"""What is declared of every task, and what the loader says to a declaration that is wrong."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from instraug_datasets.errors import TaskError, UnknownNameError
from instraug_datasets.tasks import BENCHMARKS, Task, get_benchmark, get_task, read_tasks
from instraug_datasets.tasks.registry import _join

TASKS = [task for tasks in BENCHMARKS.values() for task in tasks.values()]
DECLARED = [pytest.param(task, id=f"{task.benchmark}-{task.name}") for task in TASKS]
BUILT = [pytest.param(task, id=f"{task.benchmark}-{task.name}") for task in TASKS if task.role != "excluded"]

VALID = """
benchmark: mine
category: Captions
tasks:
  selection:
    title: Caption Selection
    aliases: [pick]
    fields: [options]
    metric: accuracy
    instructions:
    - "Which caption fits?\\n\\n{options}"
"""


def _words(text: str) -> str:
    return " ".join(re.findall(r"[a-z0-9{}]+", text.lower()))


def _written(folder: Path, text: str) -> Path:
    path = folder / "tasks.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def _without(line: str) -> str:
    assert f"{line}\n" in VALID
    return VALID.replace(f"{line}\n", "")


def _changed(old: str, new: str) -> str:
    assert old in VALID
    return VALID.replace(old, new)


@pytest.mark.parametrize("task", BUILT)
def test_task_has_five_wordings(task: Task) -> None:
    """A task has at least five meta instructions that differ ignoring case and punctuation."""
    assert len({_words(text) for text in task.instructions}) == len(task.instructions) >= 5


@pytest.mark.parametrize("task", BUILT)
def test_instructions_are_clean_text(task: Task) -> None:
    """An instruction ends properly and has no stray blanks, no unsuitable article, and at most 45 words."""
    for text in task.instructions:
        assert re.search(r"([.?!:\"]|\{\w+\})$", text), text
        assert not re.search(r"  | \n|\n |\n{3}|^\s|\s$|\t", text), text
        assert not re.search(r"\ban? \"?\{", text, flags=re.IGNORECASE), text
        assert len(re.sub(r"\{\w+\}", "", text).split()) <= 45, text


@pytest.mark.parametrize("task", BUILT)
def test_options_are_a_paragraph(task: Task) -> None:
    """Options are written as a block, so their placeholder never stands inside a sentence."""
    for text in task.instructions:
        assert text.count("{options}") == text.split("\n\n").count("{options}"), text


@pytest.mark.parametrize("task", DECLARED)
def test_declaration_is_complete(task: Task) -> None:
    """Declared tasks are consistent: name, benchmark, boxes and role."""
    assert get_task(task.benchmark, task.name) is task
    assert "options" not in task.boxes or "options" in task.fields
    assert bool(task.instructions) == bool(task.metric) == (task.role != "excluded")
    assert bool(task.reason) == (task.role == "excluded")


def test_evaluation_tasks_stay_out_of_training() -> None:
    """Evaluation tasks keep their role, so that they never enter a training mixture."""
    for name in ("visual_spatial_reasoning", "natural_language_visual_reasoning"):
        assert get_task("multiinstruct", name).role == "eval"


def test_read_tasks_gives_the_declaration(tmp_path: Path) -> None:
    """Keys missing from a custom file have their defaults."""
    assert read_tasks(_written(tmp_path, VALID)) == [
        Task(
            name="selection",
            benchmark="mine",
            category="Captions",
            role="train",
            title="Caption Selection",
            aliases=("pick",),
            fields=("options",),
            optional_fields=(),
            boxes=(),
            metric="accuracy",
            version=1,
            reason="",
            instructions=("Which caption fits?\n\n{options}",),
        )
    ]


def test_optional_field_may_be_named_or_not(tmp_path: Path) -> None:
    """An optional field is allowed in some instructions and may be missing from others."""
    text = _changed("    metric:", "    optional_fields: [context]\n    metric:")
    text += '    - "{context}\\n\\nWhich caption fits?\\n\\n{options}"\n'
    assert [len(task.instructions) for task in read_tasks(_written(tmp_path, text))] == [2]


@pytest.mark.parametrize(
    ("text", "near"),
    [
        pytest.param(_changed("category:", "categorie:"), "'category'", id="key-of-file"),
        pytest.param(_changed("aliases:", "alias:"), "'aliases'", id="key-of-task"),
        pytest.param(_changed("fields: [options]", "fields: [option]"), "'options'", id="field"),
        pytest.param(_changed("{options}", "{option}"), "'options'", id="placeholder"),
        pytest.param(_changed("metric: accuracy", "metric: acuracy"), "'accuracy'", id="metric"),
        pytest.param(_changed("    title:", "    role: trian\n    title:"), "'train'", id="role"),
        pytest.param(_changed("    title:", "    boxes: [targets]\n    title:"), "'target'", id="boxes"),
    ],
)
def test_misspelt_name_gets_the_near_match(tmp_path: Path, text: str, near: str) -> None:
    """A misspelled key, field, placeholder, metric or role raises an error with close matches."""
    with pytest.raises((UnknownNameError, TaskError), match=f"Unknown .* Did you mean .*{near}"):
        read_tasks(_written(tmp_path, text))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param("benchmark: [", "invalid YAML", id="malformed"),
        pytest.param(
            VALID + VALID[VALID.index("  selection:") :], "the key 'selection' is there twice", id="task-twice"
        ),
        pytest.param(
            _changed("    title:", "    metric: rouge_l\n    title:"), "'metric' is there twice", id="key-twice"
        ),
        pytest.param("[" * 5000, "nested too deeply", id="deep"),
        pytest.param("a: 2024-13-45", "a value cannot be read: month must be in", id="date"),
        pytest.param(f"tasks: {'9' * 5000}", "a value cannot be read: Exceeds the limit", id="number"),
        pytest.param("", "expected the keys benchmark, category and tasks", id="empty"),
        pytest.param("- a\n- b\n", "expected the keys benchmark, category and tasks", id="list"),
        pytest.param(_without("category: Captions"), "category must be given", id="no-category"),
        pytest.param("benchmark: b\ncategory: c\n", "tasks must map names to declarations", id="no-tasks"),
        pytest.param(
            "benchmark: b\ncategory: c\ntasks: {a: 1}\n",
            "line 3: Task 'a' must map keys to values, but got 1",
            id="no-mapping",
        ),
        pytest.param("benchmark: b\ncategory: c\ntasks: {1: {}}\n", "names must be strings, but got 1", id="name"),
        pytest.param(_changed("[pick]", "pick"), "aliases of task 'selection' must be a list of strings", id="no-list"),
        pytest.param(
            _changed("title: Caption Selection", "title: 7"), "title of task 'selection' must be a", id="title"
        ),
        pytest.param(_changed("    title:", "    version: '2'\n    title:"), "must be a whole number", id="version"),
        pytest.param(_changed("metric: accuracy", "metric: {a: 1}"), "metric of task 'selection' must be", id="metric"),
        pytest.param(_changed("[pick]", "[1]"), "aliases of task 'selection' must be a list of strings", id="no-texts"),
        pytest.param(_changed("\\n\\n{options}", ""), "'Which caption fits\\?' lacks {options}", id="missing-field"),
        pytest.param(_changed("{options}", "{options"), "Unbalanced braces", id="braces"),
        pytest.param(_changed("{options}", "{options[0]}"), "A placeholder must be a plain {name}", id="index"),
        pytest.param(
            VALID + '    - "Which caption fits?\\n\\n{options}"\n', "`instructions` contains a duplicate", id="repeated"
        ),
        pytest.param(_without("    metric: accuracy"), "`metric` is missing", id="no-metric"),
        pytest.param(VALID[: VALID.index("    instructions")], "`instructions` is empty", id="no-instructions"),
        pytest.param(
            _changed("    title:", "    role: excluded\n    title:"),
            "an excluded task requires a `reason`",
            id="no-reason",
        ),
    ],
)
def test_wrong_declaration_is_explained(tmp_path: Path, text: str, problem: str) -> None:
    """An invalid declaration raises an error with the reason."""
    with pytest.raises(TaskError, match=problem):
        read_tasks(_written(tmp_path, text))


def test_message_about_a_huge_value_is_short(tmp_path: Path) -> None:
    """A few lines of aliases that stand for a billion values, and a long text, are not repeated in full."""
    bomb = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10))
    values = ["a0: &a0 [x]\n" + bomb + "aliases: *a9\n", f"aliases: {'x' * 1_000_000}\n"]
    for value in values:
        declared = "".join("    " + line for line in value.splitlines(keepends=True))
        text = _changed("    aliases: [pick]\n", declared)
        with pytest.raises((TaskError, UnknownNameError)) as caught:
            read_tasks(_written(tmp_path, text))
        assert all(len(line) < 600 for line in str(caught.value).splitlines())


def test_error_names_the_file(tmp_path: Path) -> None:
    """The error names the file."""
    path = _written(tmp_path, "benchmark: [")
    with pytest.raises(TaskError, match=re.escape(str(path))):
        read_tasks(path)


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    """A file in another encoding raises a TaskError."""
    path = tmp_path / "tasks.yaml"
    path.write_bytes(b"benchmark: caf\xe9\n")
    with pytest.raises(TaskError, match="invalid YAML"):
        read_tasks(path)


def test_missing_file_is_reported(tmp_path: Path) -> None:
    """A missing file raises FileNotFoundError."""
    with pytest.raises(FileNotFoundError):
        read_tasks(tmp_path / "none.yaml")


@pytest.mark.parametrize(
    ("name", "aliases"),
    [
        pytest.param("first", [], id="name-twice"),
        pytest.param("one", [], id="name-is-alias"),
        pytest.param("second", ["first"], id="alias-is-name"),
        pytest.param("second", ["one"], id="alias-twice"),
        pytest.param("second", ["second"], id="alias-is-own-name"),
    ],
)
def test_clashing_names_are_refused(name: str, aliases: list[str]) -> None:
    """Names and aliases are unique within a benchmark."""
    first = Task(name="first", benchmark="mine", category="", role="excluded", reason="-", aliases=("one",))
    second = Task(name=name, benchmark="mine", category="", role="excluded", reason="-", aliases=tuple(aliases))
    with pytest.raises(TaskError, match=f"Two tasks of mine have the name or alias '{(*aliases, name)[0]}'"):
        _join([first, second])


@pytest.mark.parametrize("name", ["fields", "instructions", "aliases"])
def test_a_text_in_place_of_a_tuple_is_refused(name: str) -> None:
    """A forgotten comma: `fields=("question")`."""
    declared: dict[str, Any] = {"fields": ("question",), "instructions": ("Say: {question}",), name: "question"}
    with pytest.raises(TaskError, match=f"`{name}` must be a tuple of texts, but is 'question'"):
        Task(name="mine", benchmark="b", category="c", metric="exact_match", **declared)


def test_benchmarks_may_share_a_name() -> None:
    """The same name in two benchmarks means two tasks."""
    tasks = [Task(name="same", benchmark=name, category="", role="excluded", reason="-") for name in ("one", "two")]
    assert {name: list(members) for name, members in _join(tasks).items()} == {"one": ["same"], "two": ["same"]}


def test_catalogue_cannot_be_changed() -> None:
    """The table of tasks is read-only."""
    with pytest.raises(TypeError):
        BENCHMARKS["multiinstruct"]["new"] = None  # type: ignore[index]


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("natural_language_visual_reasoning", "natural_language_visual_reasoning"),
        ("nlvr", "natural_language_visual_reasoning"),
        ("vsr", "visual_spatial_reasoning"),
        ("image_text_matching", "ITM"),
    ],
)
def test_get_task_by_name_or_alias(written: str, name: str) -> None:
    """A task is found under its name and under each of its aliases."""
    assert get_task("multiinstruct", written).name == name


def test_unknown_task_gets_near_matches_and_a_place_to_look() -> None:
    """An unknown task raises an error with close matches and the command that lists all."""
    with pytest.raises(UnknownNameError, match=r"Did you mean 'nlvr'.*`instraug tasks multiinstruct` lists all"):
        get_task("multiinstruct", "nlvr2")


def test_unknown_benchmark_gets_the_near_match() -> None:
    """An unknown benchmark raises an error with close matches."""
    with pytest.raises(UnknownNameError, match=r"Unknown benchmark 'multinstruct'\. Did you mean 'multiinstruct'"):
        get_benchmark("multinstruct")


def test_a_task_in_the_wrong_place_is_told_where_it_belongs() -> None:
    """Where a benchmark is expected, and as a task of the other benchmark; by its aliases too."""
    for name in ("ITM", "image_text_matching"):
        with pytest.raises(UnknownNameError) as caught:
            get_benchmark(name)
        assert str(caught.value) == (
            f"Unknown benchmark {name!r}. Known: instructblip, multiinstruct. It is a task of multiinstruct: "
            "`instraug tasks multiinstruct` lists them."
        )
    with pytest.raises(UnknownNameError, match=r"^Unknown task 'vqav2'\. .* It is a task of instructblip\.$"):
        get_task("multiinstruct", "vqav2")


def test_all_problems_of_a_file_are_reported_at_once(tmp_path: Path) -> None:
    """Each problem has a line of its own, with the line of the file and what was meant."""
    path = _written(
        tmp_path,
        "benchmrk: mine\n"
        "benchmark: mine\n"
        "tasks:\n"
        "  one: {metric: accurcy, role: trian, instructions: [Say.]}\n"
        "  two:\n"
        "    metrics: accuracy\n"
        "    fields: question\n"
        "  three: {metric: accuracy, instructions: [Say.]}\n"
        "  four:\n"
        "    metric: accuracy\n"
        "    fields: [question]\n"
        "    instructions: [Say., 'Reply: {question', 'Reply: {questoin}']\n",
    )
    with pytest.raises(TaskError) as raised:
        read_tasks(path)
    found = "\n".join(line.split(" Found in the ")[0] for line in str(raised.value).splitlines())
    assert found == (
        f"{path} has 10 problems:\n"
        "- line 1: Unknown key 'benchmrk'. Did you mean 'benchmark'?\n"
        "- category must be given, as a text of your choice.\n"
        "- line 4: Unknown role 'trian'. Did you mean 'train'?\n"
        "- line 4: Unknown metric 'accurcy'. Did you mean 'accuracy' or 'vqa_accuracy' or 'auc'?\n"
        "- line 5: Unknown key 'metrics'. Did you mean 'metric'?\n"
        "- line 5: fields of task 'two' must be a list of strings, but got 'question'.\n"
        "- line 5: Task 'two': `instructions` is empty.\n"
        "- line 9: Task 'four': the instruction 'Say.' lacks {question}.\n"
        "- line 9: Task 'four': Unbalanced braces in the instruction 'Reply: {question': expected '}' before end of "
        "string. Write {{ and }} for literal braces.\n"
        "- line 9: Task 'four': Unknown placeholder 'questoin'. Did you mean 'question'?"
    )


def test_the_message_about_a_long_list_of_problems_ends(tmp_path: Path) -> None:
    """Of many problems the first twenty are listed, and the others counted."""
    tasks = "".join(f"  task_{number}: {{metric: accuracy}}\n" for number in range(30))
    with pytest.raises(TaskError) as raised:
        read_tasks(_written(tmp_path, f"benchmark: b\ncategory: c\ntasks:\n{tasks}"))
    heading, *others = str(raised.value).splitlines()
    assert (heading.endswith("tasks.yaml has 30 problems:"), len(others), others[-1]) == (True, 21, "- and 10 more")


def test_a_syntax_error_is_given_its_line(tmp_path: Path) -> None:
    """YAML that cannot be parsed is reported with the line at which it cannot."""
    path = _written(tmp_path, VALID.replace("[options]", "[options"))
    with pytest.raises(TaskError, match=re.escape(f"{path}: invalid YAML: line 9: ")):
        read_tasks(path)
