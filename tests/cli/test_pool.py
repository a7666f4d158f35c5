"""`instraug pool`: look into pools, compare, join, check and convert them."""

import csv
import dataclasses
import json

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from instraug_datasets.cli import main
from instraug_datasets.expansion.merging import merge_pools
from instraug_datasets.pool import Instruction, InstructionPool, instruction_id
from instraug_datasets.pool_files import bundled_pools
from tests import toy

META = Instruction(task="choice", text="Choose one. {options}")


def variant(text, origin=META, **lineage):
    """A variant of a meta instruction."""
    return Instruction(
        task=origin.task, text=text, origin=origin.instruction_id, parent=origin.instruction_id, **lineage
    )


def saved(path, *instructions):
    """A pool in a file."""
    InstructionPool.from_instructions(instructions).save(path)
    return str(path)


def instraug_pool(*arguments):
    """Run the command; return its exit code."""
    try:
        main(["pool", *map(str, arguments)])
    except SystemExit as exit_:
        return exit_.code
    return 0


def rows(capsys):
    """Return the printed JSON lines."""
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_stats_are_the_pools_own(tmp_path, capsys):
    """The output has counts, expansion factor and differences of each task."""
    file = str(tmp_path / "pool.parquet")
    toy.pool(variants=4).save(file)
    assert instraug_pool("stats", file, "--json") == 0
    printed = rows(capsys)
    assert [row["task"] for row in printed] == ["caption", "choice", "dialogue", "grounding"]
    for row in printed:
        assert (row["meta_instructions"], row["instructions"], row["expansion"]) == (2, 10, 5.0)
        assert {"nearest_mean", "nearest_max", "repeated", "openings"} <= row.keys()
    assert instraug_pool("stats", file) == 0
    assert "5.0x" in capsys.readouterr().out


def test_instructions_are_shown_with_their_lineage(tmp_path, capsys):
    """The output has text, origin and engine; `-n` limits the instructions per task."""
    made = variant("Pick one. {options}", engine="mock", model="m", meta_prompt="concise", temperature=0.5, iteration=1)
    file = saved(tmp_path / "pool.parquet", META, made)
    assert instraug_pool("show", file, "choice") == 0
    assert "mock, m, concise, 0.5, round 1" in capsys.readouterr().out
    assert instraug_pool("show", file, "--json", "-n", 1) == 0
    assert [row["text"] for row in rows(capsys)] == [META.text]
    assert instraug_pool("show", file, "choise") == 1
    assert "Did you mean 'choice'" in capsys.readouterr().err


def test_a_difference_is_shown_and_changes_the_exit_code(tmp_path, capsys):
    """Added and removed instructions are shown; the exit code is 0 for equal pools, otherwise 1."""
    one = saved(tmp_path / "one.parquet", META, variant("A {options}"), variant("B {options}"))
    two = saved(tmp_path / "two.parquet", META, variant("B {options}"), variant("C {options}"))
    assert instraug_pool("diff", one, one) == 0
    assert capsys.readouterr() == ("", "0 added, 0 removed, 3 unchanged.\n")
    assert instraug_pool("diff", one, two, "--json") == 1
    assert rows(capsys) == [
        {"change": "removed", "task": "choice", "text": "A {options}"},
        {"change": "added", "task": "choice", "text": "C {options}"},
    ]


def test_merged_pools_hold_each_wording_once(tmp_path, capsys):
    """The first pool takes precedence, and no variant replaces a meta instruction."""
    other = Instruction(task="choice", text="b {options}")
    one = saved(tmp_path / "one.parquet", META, variant("B! {options}"), variant("A {options}", engine="first"))
    two = saved(
        tmp_path / "two.parquet", META, other, variant("a  {options}.", engine="second"), variant("C {options}")
    )
    merged = tmp_path / "merged.parquet"
    assert instraug_pool("merge", one, two, "-o", merged) == 0
    assert InstructionPool.load(merged) == InstructionPool.from_instructions(
        [META, other, variant("A {options}", engine="first"), variant("C {options}")]
    )
    assert "3 duplicates dropped" in capsys.readouterr().err


def test_merged_variants_keep_an_origin(tmp_path, capsys):
    """Variants of a dropped meta instruction belong to the one that is kept; a missing origin is counted."""
    twin = Instruction(task="choice", text="choose ONE! {options}")
    middle = variant("Select: {options}", twin)
    deep = Instruction(
        task="choice", text="Pick: {options}", origin=twin.instruction_id, parent=middle.instruction_id, iteration=2
    )
    kept = variant("select {options}")
    lost = Instruction(task="choice", text="Take {options}", origin=instruction_id("choice", "gone"))
    one, two = saved(tmp_path / "one.parquet", META, kept), saved(tmp_path / "two.parquet", twin, middle, deep, lost)
    assert instraug_pool("merge", one, two, "-o", tmp_path / "merged.parquet") == 0
    relinked = dataclasses.replace(deep, origin=META.instruction_id, parent=kept.instruction_id)
    assert InstructionPool.load(tmp_path / "merged.parquet") == InstructionPool.from_instructions(
        [META, kept, relinked, lost]
    )
    assert "1 variant without a meta instruction in any of the pools" in capsys.readouterr().err


@given(st.lists(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 8)), min_size=1), min_size=1, max_size=3))
@settings(max_examples=60)
def test_merging_leaves_no_dangling_origin(chosen):
    """If all origins are in their pools, they are in the merged pool, whatever differs in case and punctuation."""
    texts = [text + mark for text in ("Look at it", "Pick one", "Which") for mark in ("", ".", "!")]
    pools = []
    for pairs in chosen:
        metas = [Instruction(task="choice", text=texts[meta]) for meta, _ in pairs]
        variants = [variant(texts[text].upper(), meta) for meta, (_, text) in zip(metas, pairs, strict=True)]
        unique = {each.instruction_id: each for each in (*variants, *metas)}
        pools.append(InstructionPool.from_instructions(unique.values()))
    merged = merge_pools(pools)
    present = {each.instruction_id for each in merged.pool["choice"]}
    for each in merged.pool["choice"]:
        assert each.origin is None or {each.origin, each.parent} <= present - {each.instruction_id}
    assert merged.without_origin == 0


def test_pools_are_written_to_urls(tmp_path):
    """`merge` and `export` write to the store of a URL, not to a local folder of its name."""
    one = saved(tmp_path / "one.parquet", META)
    assert instraug_pool("merge", one, one, "-o", "memory://merged/pool.parquet") == 0
    assert InstructionPool.load("memory://merged/pool.parquet") == InstructionPool.load(one)
    assert instraug_pool("export", one, "-o", "memory://merged/pool.jsonl") == 0
    with fsspec.open("memory://merged/pool.jsonl", "rt") as file:
        assert [json.loads(line)["text"] for line in file] == [META.text]


def test_a_sound_pool_is_valid(tmp_path, capsys):
    """A pool written by a run is valid."""
    assert instraug_pool("validate", saved(tmp_path / "pool.parquet", META, variant("Pick one: {options}"))) == 0
    assert "0 problems" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        (variant("Pick one."), "placeholders"),
        (variant("Pick {options} of {options}"), "placeholders"),
        (variant("choose ONE {options}"), "duplicate"),
        (variant("Pick \x07 {options}"), "unreadable"),
        (variant("... {options}"), "empty"),
        (Instruction(task="choice", text="Pick {options}", origin=instruction_id("choice", "gone")), "origin_missing"),
    ],
)
def test_what_is_wrong_with_an_instruction_is_said(tmp_path, capsys, wrong, problem):
    """The exit code is 1, and id, problem and text of each invalid instruction are shown."""
    file = saved(tmp_path / "pool.parquet", META, wrong)
    assert instraug_pool("validate", file, "--json") == 1
    assert rows(capsys) == [{"instruction_id": wrong.instruction_id, "problem": problem, "text": wrong.text}]


def test_a_pool_can_be_exported_and_read_by_others(tmp_path):
    """JSON lines and tables have all columns; Parquet is the pool itself."""
    pool = toy.pool(variants=1)
    pool.save(tmp_path / "pool.parquet")
    expected = pool.to_table().to_pylist()
    for name in ("a.jsonl", "a.csv", "a.tsv", "a.parquet"):
        assert instraug_pool("export", tmp_path / "pool.parquet", "-o", tmp_path / name) == 0
    assert [json.loads(line) for line in (tmp_path / "a.jsonl").read_text().splitlines()] == expected
    for name, delimiter in (("a.csv", ","), ("a.tsv", "\t")):
        with (tmp_path / name).open(newline="") as file:
            read = list(csv.DictReader(file, delimiter=delimiter))
        assert [row["text"] for row in read] == [row["text"] for row in expected]
    assert InstructionPool.load(tmp_path / "a.parquet") == pool
    assert instraug_pool("export", tmp_path / "pool.parquet", "-o", tmp_path / "a.xlsx") == 1


def test_what_is_no_pool_is_said(tmp_path, capsys):
    """A missing or invalid file raises a one-line error."""
    assert instraug_pool("stats", tmp_path / "nowhere.parquet") == 1
    assert "Cannot read a pool" in capsys.readouterr().err

    pq.write_table(pa.table({"a": [1]}), tmp_path / "other.parquet")
    assert instraug_pool("validate", tmp_path / "other.parquet") == 1
    assert "Unknown pool column 'a'" in capsys.readouterr().err


def test_a_folder_or_file_of_another_kind_is_said_to_be_no_pool(tmp_path, capsys):
    """The message names what a pool may be, and the pools in the folder; nothing below the folder is read."""
    saved(tmp_path / "mine.parquet", META)
    (tmp_path / "notes.txt").touch()
    assert instraug_pool("stats", tmp_path) == 1
    assert capsys.readouterr().err == (
        f"Error: Cannot read a pool from the folder {str(tmp_path)!r}: it is no data set whose card (README.md) has a "
        "config 'instructions'. Expected such a folder, a file (.parquet, .jsonl, .csv, .tsv, .yaml), or a bundled "
        f"pool ({', '.join(bundled_pools())}). In it: mine.parquet.\n"
    )
    assert instraug_pool("stats", tmp_path / "notes.txt") == 1
    assert "notes.txt': expected a file that ends in .parquet, .jsonl, .csv, .tsv, .yaml" in capsys.readouterr().err


def test_styles_are_counted(tmp_path, capsys):
    """`stats --styles` counts every value of every axis."""
    file = saved(tmp_path / "pool.parquet", META, variant("Which one? {options}", form="question", register="casual"))
    assert instraug_pool("stats", file, "--styles", "--json") == 0
    counts = {row.pop("axis"): row for row in rows(capsys)}
    assert counts["form"]["question"] == 1
    assert counts["options_place"] == {"none": 0, "first": 0, "middle": 0, "last": 2}
    assert instraug_pool("stats", file, "--styles") == 0
    assert "casual" in capsys.readouterr().out


@pytest.mark.parametrize(
    "name", [f"{name}@{version}" for name, versions in bundled_pools().items() for version in versions]
)
def test_every_bundled_pool_passes_every_command(name, tmp_path, capsys):
    """Counting, showing, comparing, exporting and reviewing work with every version of every bundled pool."""
    assert instraug_pool("stats", name) == 0
    assert instraug_pool("show", name, "-n", 1) == 0
    assert instraug_pool("diff", name, name) == 0
    for suffix in (".parquet", ".jsonl", ".csv", ".tsv"):
        assert instraug_pool("export", name, "-o", tmp_path / f"pool{suffix}") == 0
    assert InstructionPool.load(tmp_path / "pool.parquet") == InstructionPool.load(name)
    assert instraug_pool("merge", name, "-o", tmp_path / "merged.parquet") == 0


def test_a_pool_is_read_blind_and_its_grades_counted(tmp_path, capsys):
    """`review` writes a sheet with examples from generated pictures, and reads it back into rates."""
    sheet = tmp_path / "review.csv"
    assert instraug_pool("review", "multiinstruct", "--sample", 5, "-o", sheet) == 0
    with sheet.open(encoding="utf-8", newline="") as file:
        listed = list(csv.DictReader(file))
    assert len(listed) == 5
    assert all(row["prompt"] and "{" not in row["prompt"] for row in listed)
    with sheet.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, listed[0])
        writer.writeheader()
        writer.writerows({**row, "grade": "bad" if i == 0 else "good"} for i, row in enumerate(listed))
    capsys.readouterr()
    assert instraug_pool("review", "--read", sheet, "--json") == 0
    rates = {row["grade"]: row for row in rows(capsys)}
    assert (rates["bad"]["given"], rates["bad"]["total"]) == (1, 5)
    assert instraug_pool("review") == 1
