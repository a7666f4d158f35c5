"""The bundled pools: large, written in many different ways, and with no leak from training to evaluation."""

import re
from itertools import product
from pathlib import Path

import pytest

from instraug_datasets import InstructionPool
from instraug_datasets import pools as bundle
from instraug_datasets.axes import style_counts
from instraug_datasets.cli.pool import problems_of
from instraug_datasets.conditions import needs_of, task_kinds
from instraug_datasets.errors import PoolError, UnknownNameError
from instraug_datasets.evaluation.wordings import difference
from instraug_datasets.filters import nearest, normalize, sentences
from instraug_datasets.pool_files import bundled_pools
from instraug_datasets.pools import read_written, rejected, write_pools
from instraug_datasets.tasks import BENCHMARKS, SENTENCE_FIELDS, get_task

FOLDER = Path(bundle.__file__).parent
POOLS = {name: InstructionPool.load(name) for name in (*BENCHMARKS, "heldout")}
EARLIER = {f"{name}@{version}" for name, versions in bundled_pools().items() for version in versions[:-1]}
TRAINED = [(name, task.name) for name, tasks in BENCHMARKS.items() for task in tasks.values() if task.role == "train"]

benchmarks = pytest.mark.parametrize("benchmark", list(BENCHMARKS))
trained = pytest.mark.parametrize(("benchmark", "task"), TRAINED)


def kinds_of(instructions):
    """Return the kinds of examples that instructions tell apart."""
    return task_kinds(
        [needs_of(each.text, label_pairs=each.label_pairs, absent_fields=each.absent_fields) for each in instructions]
    )


def built(benchmark, role):
    return [task for task in BENCHMARKS[benchmark].values() if task.role == role]


@benchmarks
def test_every_built_task_is_there(benchmark):
    """Pools have every built task and no excluded one."""
    expected = {task.name for role in ("train", "eval") for task in built(benchmark, role)}
    assert set(POOLS[benchmark]) == expected


@trained
def test_training_tasks_grow_thirtyfold(benchmark, task):
    """A training task has at least 150 instructions, 30 times its meta instructions, and most of them were written."""
    instructions = POOLS[benchmark][task]
    metas = [each for each in instructions if each.origin is None]
    assert len(instructions) >= max(150, 30 * len(metas))
    assert sum(each.engine == "written" for each in instructions) >= 100
    origins = [each.origin for each in instructions]
    assert min(origins.count(meta.instruction_id) for meta in metas) >= 10, "every meta instruction is reworded"


@trained
def test_the_wordings_of_a_task_differ(benchmark, task):
    """No two instructions are alike, few are made of known sentences, and nearly all begin in their own way."""
    found = difference(POOLS[benchmark][task])
    assert found.nearest_max <= 0.8
    assert found.nearest_mean <= 0.6
    assert found.repeated <= 0.1
    assert found.openings >= 100 * found.instructions / 150


@trained
def test_the_wordings_of_a_task_cover_the_axes(benchmark, task):
    """Short and long, casual and polite, completions and scenes: every task has its share of each."""
    written = [each for each in POOLS[benchmark][task] if each.origin]
    counts = {
        axis: {value: count / len(written) for value, count in values.items()}
        for axis, values in style_counts(written).items()
    }
    polite = sum(each.form == "question" and each.register == "polite" for each in written) / len(written)
    assert counts["length"]["short"] >= 0.05
    assert counts["length"]["very_long"] >= 0.07
    assert counts["register"]["casual"] >= 0.08
    assert counts["form"]["first_person"] + polite >= 0.08
    assert counts["form"]["completion"] + counts["form"]["bare"] >= 0.1
    assert counts["form"]["role"] + counts["form"]["scene"] >= 0.15
    assert counts["answer_form"]["none"] <= 0.6


@benchmarks
def test_evaluation_tasks_keep_their_meta_instructions(benchmark):
    """Evaluation tasks have only meta instructions."""
    for task in built(benchmark, "eval"):
        assert sorted(each.text for each in POOLS[benchmark][task.name]) == sorted(task.instructions)


@benchmarks
def test_every_kind_of_example_has_instructions(benchmark):
    """Whatever optional fields and labels an example has, many instructions of its task fit it."""
    for name, instructions in POOLS[benchmark].items():
        task = get_task(benchmark, name)
        least = 40 if task.role == "train" else 2
        for kind in task_kinds(
            [
                needs_of(each.text, label_pairs=each.label_pairs, absent_fields=each.absent_fields)
                for each in instructions
            ]
        ):
            assert len(kind.members) >= least, (name, kind.fields, kind.label_pair)


def test_heldout_instructions_fit_every_kind_of_example():
    """The held-out pool has wordings of every task, at least ten, and some for examples without optional fields."""
    assert set(POOLS["heldout"]) == {task for name in BENCHMARKS for task in POOLS[name]}
    for name, instructions in POOLS["heldout"].items():
        assert len(instructions) >= 10, name
        assert all(each.origin is None and each.engine == "written" for each in instructions)
        for kind in task_kinds(
            [
                needs_of(each.text, label_pairs=each.label_pairs, absent_fields=each.absent_fields)
                for each in instructions
            ]
        ):
            assert len(kind.members) >= 3, (name, kind.fields, kind.label_pair)


def test_heldout_is_never_seen_in_training():
    """No held-out instruction shares a sentence with a training wording of its task, or nearly all of its words."""
    pools = [POOLS[name] for name in BENCHMARKS] + [
        InstructionPool.load(name) for name in EARLIER if not name.startswith("heldout")
    ]
    for task, instructions in POOLS["heldout"].items():
        texts = [each.text for each in instructions]
        trained_on = [each.text for pool in pools if task in pool for each in pool[task]]
        known = {sentence for text in trained_on for sentence in sentences(text)}
        assert [text for text in texts if known & set(sentences(text))] == []
        assert nearest(texts, trained_on).max() <= 0.6, task
        assert nearest(texts).max() <= 0.6, task


@pytest.mark.parametrize("name", [*POOLS, *sorted(EARLIER - {"heldout@1"})])
def test_every_pool_is_valid(name):
    """Bundled pools pass `instraug pool validate`."""
    assert problems_of(InstructionPool.load(name)) == []


@pytest.mark.parametrize("name", list(POOLS))
def test_no_instruction_goes_on_after_a_sentence(name):
    """After a field that holds whole sentences, nothing ends or continues that sentence."""
    declared = {task.name: task for tasks in BENCHMARKS.values() for task in tasks.values()}
    for task, instructions in POOLS[name].items():
        fields = {*SENTENCE_FIELDS, *declared[task].sentence_fields}
        marks = [f"{{{field}}}{quote}{mark}" for field, quote, mark in product(fields, ("", '"', "\u201d"), ".,;:!?")]
        assert [each.text for each in instructions if any(mark in each.text for mark in marks)] == []


def test_spelling_is_american():
    """One spelling throughout."""
    british = ("colour", "grey", "centre", "recognis", "organis", "neighbour", "favour", "catalogue", "labelled")
    for pool in POOLS.values():
        assert [
            each.text for task in pool.values() for each in task if any(word in each.text.lower() for word in british)
        ] == []


def test_nearly_every_written_instruction_is_kept():
    """What the pools leave out of the written files is little, and known by its reason."""
    left_out = list(rejected(POOLS))
    trained = [each.reason for each in left_out if each.instruction.origin]
    assert len(trained) <= 0.005 * sum(len(read_written(get_task(*names))) for names in TRAINED)
    assert set(trained) <= {"repetition", "alike"}
    heldout = [each.reason for each in left_out if not each.instruction.origin]
    assert len(heldout) <= 0.06 * sum(map(len, POOLS["heldout"].values()))
    assert set(heldout) <= {"not_new", "alike"}


@pytest.mark.parametrize(
    ("name", "digest"),
    [
        ("multiinstruct@1", "3f14ec848007dae4da8a5f1aedee8a3e"),
        ("instructblip@1", "f8d076d56afa99e3c7a723444dc0f14e"),
        ("heldout@1", "f0bd099ba20d9a878ea33c1ac8685240"),
    ],
)
def test_earlier_versions_stay_what_they_were(name, digest):
    """A recipe of an earlier version still gives its prompts."""
    assert InstructionPool.load(name).digest == digest


def test_the_newest_version_has_no_number():
    """A bare name is the newest version; unknown versions are refused with those that there are."""
    assert InstructionPool.load("multiinstruct") == InstructionPool.load("multiinstruct@2")
    with pytest.raises(UnknownNameError, match="version '9'"):
        InstructionPool.load("multiinstruct@9")


def test_the_files_are_small():
    """All pools together have less than five megabytes."""
    assert sum(path.stat().st_size for path in FOLDER.glob("*.parquet")) < 5_000_000


def test_the_files_are_what_the_repository_makes(tmp_path):
    """Rebuilt pools are identical byte for byte; `make pools` regenerates them."""
    write_pools(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {f"{name}@2.parquet" for name in POOLS}
    for path in tmp_path.iterdir():
        assert path.read_bytes() == (FOLDER / path.name).read_bytes(), f"{path.name} is out of date: run `make pools`"


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("[1, imperative, neutral, none]", "expected"),
        ('[9, imperative, neutral, none, "Say {region}."]', "no meta instruction 9"),
        ('[1, order, neutral, none, "Say {region}."]', "Unknown form"),
        ('[1, imperative, neutral, none, "Say {region}.", [maybe]]', "label_pairs"),
        ("[1, imperative, neutral, none, 3]", "must be a string"),
    ],
)
def test_a_malformed_row_is_named(tmp_path, row, message):
    """Errors in written files name the file and the number of the instruction."""
    path = tmp_path / "multiinstruct/written/GC.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(f'instructions:\n- [1, bare, terse, none, "{{region}}"]\n- {row}\n')
    with pytest.raises(PoolError, match=rf"GC\.yaml, instruction 2.*{message}"):
        read_written(get_task("multiinstruct", "GC"), folder=tmp_path)


def test_normalized_texts_are_unique():
    """Instructions of a task differ ignoring case and punctuation."""
    for pool in POOLS.values():
        for instructions in pool.values():
            assert len({normalize(each.text) for each in instructions}) == len(instructions)


@pytest.mark.parametrize("text", ["", "instructions: 3", "instructions: [", "- 1", "rows: []"])
def test_a_file_without_instructions_is_refused(tmp_path, text):
    """A written file that is no YAML, or has no list of instructions, is named."""
    path = tmp_path / "multiinstruct/written/GC.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PoolError, match=r"GC\.yaml: expected YAML with a list `instructions`"):
        read_written(get_task("multiinstruct", "GC"), folder=tmp_path)


@pytest.mark.parametrize("name", list(POOLS))
def test_options_begin_a_line(name):
    """Options stand on lines of their own: a style may head them, and a label beside that would be a second one."""
    texts = [each.text for instructions in POOLS[name].values() for each in instructions]
    assert [text for text in texts if re.search(r"[^\n]\{options\}|\{options\}[^\n]", text)] == []
