"""Pools: made, read, saved, compared, and refused when they are not what they should be."""

import dataclasses
import json
import pickle
import re
from typing import Any

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datasets import Dataset
from hypothesis import given, settings
from hypothesis import strategies as st

from instraug_datasets import InstructionPool, augment
from instraug_datasets.errors import InstrAugError, PoolError, UnknownNameError
from instraug_datasets.pool import SCHEMA, Instruction, TaskStats, instruction_id
from instraug_datasets.pool_text import TEXT_FORMATS, format_pool
from instraug_datasets.tasks import BENCHMARKS, Task
from tests import strategies, toy

META = Instruction(task="vqa", text="Answer: {question}")
VARIANT = Instruction(
    task="vqa",
    text="{question}\nReply briefly.",
    origin=META.instruction_id,
    parent=META.instruction_id,
    engine="transformers",
    model="a/model",
    meta_prompt="Rewrite it.",
    temperature=0.7,
    iteration=1,
    score=0.25,
)
OTHER = Instruction(task="caption", text="Describe the {{picture}}.")
ROWS = [{"instruction_id": each.instruction_id, **dataclasses.asdict(each)} for each in (META, VARIANT, OTHER)]


def table(rows):
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def changed(**values):
    """Return the table of `ROWS` with some values of its first row replaced."""
    return pa.Table.from_pylist([{**ROWS[0], **values}, *ROWS[1:]])


def test_ids_are_made_from_task_and_text():
    """Ids are the task and the xxh3-64 of the text; pinned, because data and recipes refer to them."""
    assert META.instruction_id == instruction_id("vqa", "Answer: {question}") == "vqa/fde0aaf8a6700f07"
    assert instruction_id("vqa", "Beschreibe: é🙂") == "vqa/078ace56d60b94d9"
    assert dataclasses.replace(META, origin="x", score=1.0).instruction_id == META.instruction_id


def test_a_pool_maps_tasks_to_instructions_metas_first():
    """Instructions keep all columns, and their order does not matter."""
    pool = InstructionPool.from_instructions([VARIANT, META, OTHER])
    assert dict(pool) == {"caption": (OTHER,), "vqa": (META, VARIANT)}
    assert list(pool) == ["caption", "vqa"]
    assert len(pool) == 2
    assert "vqa" in pool
    assert "nlvr" not in pool
    assert repr(pool) == f"InstructionPool(2 tasks, 3 instructions, digest {pool.digest})"
    one = InstructionPool.from_dict({"vqa": ["{question}"]})
    assert repr(one) == f"InstructionPool(1 task, 1 instruction, digest {one.digest})"


def test_from_dict():
    """Texts become meta instructions; a single text needs no list."""
    pool = InstructionPool.from_dict({"vqa": ["Answer: {question}"], "caption": "Describe the {{picture}}."})
    assert pool == InstructionPool.from_instructions([META, OTHER])


def test_from_tasks_leaves_out_excluded_tasks():
    """Excluded tasks have no instructions in a pool."""
    task = Task(
        name="vqa", benchmark="b", category="c", fields=("question",), metric="accuracy", instructions=(META.text,)
    )
    excluded = Task(
        name="gone", benchmark="b", category="c", role="excluded", reason="No data.", instructions=("Say.",)
    )
    assert InstructionPool.from_tasks([task, excluded]) == InstructionPool.from_instructions([META])


@pytest.mark.parametrize("name", BENCHMARKS)
def test_bundled_pools_are_loaded_by_name(name):
    """Bundled pools have the meta instructions of every built task."""
    texts = {task.name: set(task.instructions) for task in BENCHMARKS[name].values() if task.role != "excluded"}
    assert {
        task: {each.text for each in instructions if each.origin is None}
        for task, instructions in InstructionPool.load(name).items()
    } == texts


def test_a_saved_pool_is_loaded_again(tmp_path):
    """Every column is restored from a path or string."""
    pool = InstructionPool.from_instructions([META, VARIANT, OTHER])
    path = tmp_path / "pool.parquet"
    pool.save(path)
    assert InstructionPool.load(path) == InstructionPool.load(str(path)) == pool
    assert InstructionPool.load(path).to_table().to_pylist() == pool.to_table().to_pylist()


@pytest.mark.parametrize("suffix", TEXT_FORMATS)
def test_an_exported_pool_is_loaded_again(tmp_path, suffix):
    """Every column comes back, lists included, and texts with quotes, tabs and line breaks."""
    listed = dataclasses.replace(
        OTHER, text='A\t"b", c\r\nd', absent_fields=("context",), label_pairs=("yes_no", "phrase")
    )
    pool = InstructionPool.from_instructions([META, VARIANT, OTHER, listed])
    path = tmp_path / f"pool{suffix}"
    path.write_text(format_pool(pool.to_table(), suffix), encoding="utf-8", newline="")
    assert InstructionPool.load(path).digest == pool.digest
    pool.save(tmp_path / f"saved{suffix}")
    assert (tmp_path / f"saved{suffix}").read_bytes() == path.read_bytes()


@pytest.mark.parametrize("name", ["pool.json", "pool.txt", "pool"])
def test_a_file_of_another_kind_is_no_pool(tmp_path, name):
    """It is not looked for on the Hub."""
    (tmp_path / name).write_text("{}", encoding="utf-8")
    with pytest.raises(PoolError, match=r"expected a file that ends in \.parquet, \.jsonl, \.csv, \.tsv, \.yaml"):
        InstructionPool.load(tmp_path / name)


def test_other_objects_are_no_pool():
    """The message says what makes one."""
    texts: Any = {"vqa": ["Hi."]}
    with pytest.raises(PoolError, match=re.escape("texts by task, {'task': ['text', ...]}")):
        InstructionPool.from_dict(texts.items())
    with pytest.raises(PoolError, match=r"InstructionPool\.from_dict makes one"):
        augment(Dataset.from_dict({"unique_id": ["a"]}), texts)


@pytest.mark.parametrize("suffix", TEXT_FORMATS)
def test_an_edited_export_keeps_its_lineage(tmp_path, suffix):
    """A meta instruction that was edited by hand gets a new id, which its variants refer to."""
    path = tmp_path / f"pool{suffix}"
    exported = format_pool(InstructionPool.from_instructions([META, VARIANT]).to_table(), suffix)
    path.write_text(exported.replace("Answer:", "Reply:"), encoding="utf-8", newline="")
    meta, variant = InstructionPool.load(path)["vqa"]
    assert (meta.text, variant.origin, variant.parent) == ("Reply: {question}", *[meta.instruction_id] * 2)


@pytest.mark.parametrize("text", ["Look: {question} Say: ", "{question}", "# {question}", "- yes: {question}"])
def test_an_exported_text_can_be_edited_to_any_other(tmp_path, text):
    """In YAML each text is in quotes, on one line, so that no edit of it becomes a key, a list or a comment."""
    path = tmp_path / "pool.yaml"
    long = "word " * 60 + "\n\n{question}"
    InstructionPool.from_dict({"vqa": ["Say {question}", long]}).save(path)
    exported = path.read_text(encoding="utf-8")
    assert '  text: "Say {question}"\n' in exported
    assert f'  text: "{"word " * 60}\\n\\n{{question}}"\n' in exported
    path.write_text(exported.replace("Say {question}", text), encoding="utf-8")
    assert InstructionPool.load(path) == InstructionPool.from_dict({"vqa": [text, long]})


def test_a_pool_written_by_hand_needs_only_tasks_and_texts(tmp_path):
    """A YAML file may list texts alone."""
    path = tmp_path / "pool.yaml"
    path.write_text("vqa:\n- 'Answer: {question}'\ncaption: ['Describe the {{picture}}.']\n", encoding="utf-8")
    assert InstructionPool.load(path) == InstructionPool.from_instructions([META, OTHER])


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("pool.yaml", "vqa: Answer.", "line 1: the task 'vqa' must have a list of instructions, but has 'Answer.'"),
        ("pool.yaml", "vqa: [{text: 3}]", "line 1: text must be text, but is 3"),
        (
            "pool.yaml",
            "vqa:\n- text: Look: what is it?\n",
            "invalid YAML: line 2: mapping values are not allowed in this context; put the text in quotes",
        ),
        ("pool.csv", "task,text\nvqa\n", "line 2: it has another number of cells than the header"),
        ("pool.csv", "task,text,score\nvqa,Say.,high\n", "score must be a number, but is 'high'"),
        ("pool.jsonl", '{"task": "vqa"\n', "pool.jsonl, line 1: invalid JSON: Expecting"),
        ("pool.jsonl", '{"task": "vqa", "text": "Say.", "colour": "red"}\n', "Unknown pool column 'colour'"),
    ],
)
def test_a_malformed_export_says_what_is_wrong(tmp_path, file, content, message):
    """The error names the file or column, the value and what was expected."""
    (tmp_path / file).write_text(content, encoding="utf-8")
    with pytest.raises(PoolError, match=re.escape(message)):
        InstructionPool.load(tmp_path / file)


def edited(suffix):
    """A pool by hand in each text format, of which the second, third and fourth instruction are wrong."""
    header, *texts = [
        "task,text,form,iteration",
        "vqa,{question},,",
        "vqa,{questoin},,",
        "vqa,Say.,poem,x",
        "vqa,{question},,",
    ]
    rows = [dict(zip(header.split(","), text.split(","), strict=True)) for text in texts]
    if suffix == ".jsonl":
        return "".join(json.dumps({name: value or None for name, value in row.items()}) + "\n" for row in rows)
    if suffix == ".yaml":
        return "vqa:\n" + "".join(
            "- " + json.dumps({name: value for name, value in row.items() if value and name != "task"}) + "\n"
            for row in rows
        )
    return "\n".join([header, *texts]).replace(",", "," if suffix == ".csv" else "\t") + "\n"


@pytest.mark.parametrize(("suffix", "first"), [(".csv", 3), (".tsv", 3), (".jsonl", 2), (".yaml", 3)])
def test_all_problems_of_an_edited_file_are_reported_at_once(tmp_path, suffix, first):
    """Each invalid instruction is named with its line, the value, and what was meant."""
    path = tmp_path / f"pool{suffix}"
    path.write_text(edited(suffix), encoding="utf-8")
    with pytest.raises(PoolError) as caught:
        InstructionPool.load(path)
    assert str(caught.value).splitlines() == [
        f"{path} has 3 problems:",
        f"- line {first}: Task 'vqa': Unknown placeholder 'questoin'. Did you mean 'question' or 'response'? "
        "Found in the instruction '{questoin}'.",
        f"- line {first + 1}: iteration must be a whole number, but is 'x'.",
        f"- line {first + 2}: The task 'vqa' has this instruction twice: '{{question}}'.",
    ]


def test_all_problems_of_a_table_are_reported_at_once(tmp_path):
    """A Parquet file that other software wrote is explained row by row."""
    listed = [{**ROWS[0], "form": "poem"}, {**ROWS[1], "text": None}, {**ROWS[2], "instruction_id": "vqa/17"}]
    pq.write_table(
        table(listed).cast(pa.schema([field.with_nullable(True) for field in SCHEMA])), tmp_path / "p.parquet"
    )
    with pytest.raises(PoolError) as caught:
        InstructionPool.load(tmp_path / "p.parquet")
    heading, *problems = str(caught.value).splitlines()
    assert heading == f"{tmp_path / 'p.parquet'} has 3 problems:"
    assert [problem.partition(":")[0] for problem in problems] == ["- row 0", "- row 1", "- row 2"]


@pytest.mark.parametrize(
    ("name", "kind", "message"),
    [
        ("heldot", UnknownNameError, "Unknown pool 'heldot'. Did you mean 'heldout'?"),
        ("pol.parquet", PoolError, "there is no such file. Did you mean 'pool.parquet'?"),
        ("no/such/folder", PoolError, "there is no such folder, and a pool on the Hub is named owner/name"),
    ],
)
def test_a_misspelt_pool_is_refused_before_the_hub_is_asked(tmp_path, monkeypatch, name, kind, message):
    """A name that cannot be on the Hub is an error at once, with near matches."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pool.parquet").touch()
    with pytest.raises(kind, match=re.escape(message)):
        InstructionPool.load(name)


def test_a_pool_travels_through_any_file_system():
    """URLs of fsspec can be read and written, in Parquet and the research format."""
    pool = toy.pool()
    pool.save("memory://instraug/pool.parquet")
    assert InstructionPool.load("memory://instraug/pool.parquet") == pool
    with fsspec.open("memory://instraug/pool.tsv", "w") as file:
        file.write("task_name\tinstructions\torigin\tis_preserved\nvqa\tAnswer: {question}\t-1\tTrue\n")
    assert InstructionPool.load("memory://instraug/pool.tsv") == InstructionPool.from_instructions([META])


def test_a_pool_is_read_from_the_config_of_a_data_set(tmp_path):
    """In a Hub folder the pool is the config `instructions`."""
    front_matter = """---
configs:
- config_name: vqa
  data_files: data/*.parquet
  default: true
- config_name: instructions
  data_files: instructions.parquet
---
"""
    (tmp_path / "README.md").write_text(front_matter, encoding="utf-8")
    (tmp_path / "data").mkdir()
    pq.write_table(pa.table({"unique_id": ["a"]}), tmp_path / "data" / "train.parquet")
    toy.pool().save(tmp_path / "instructions.parquet")
    assert InstructionPool.load(tmp_path) == toy.pool()


def test_the_research_format_is_read(tmp_path, caplog):
    """Duplicates are merged, variants keep their origin, and skipped rows are logged."""
    lines = [
        "task_name\tinstructions\torigin\tis_preserved",
        "vqa\tAnswer: {question}\t-1\tTrue",
        "vqa\tAnswer: {question}\t0\tTrue",
        "vqa\tReply: {question}\t0\tTrue",
        "vqa\tReply: {question}\t0\tTrue",
        "vqa\tReply.\t0\tFalse",
        "vqa\tIs {region[0]} like {region[1]}?\t-1\tTrue",
    ]
    path = tmp_path / "pool.tsv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    variant = Instruction(task="vqa", text="Reply: {question}", origin=META.instruction_id)
    assert InstructionPool.load(path) == InstructionPool.from_instructions([META, variant])
    assert caplog.messages == [
        f"{path}: read 2 instructions; skipped 1 that the research filter rejected, 1 that refer to boxes separately, "
        "and 2 duplicates."
    ]


def test_equal_pools_are_saved_as_equal_bytes(tmp_path):
    """Equal pools are saved as identical bytes, regardless of row order and chunks."""
    rows = toy.pool().to_table()
    backwards = rows.take(list(reversed(range(len(rows)))))
    pools = [toy.pool(), InstructionPool(pa.concat_tables([backwards[:5], backwards[5:]]))]
    pools[0].save(tmp_path / "again.parquet")
    pools.append(InstructionPool.load(tmp_path / "again.parquet"))
    for i, pool in enumerate(pools):
        pool.save(tmp_path / f"{i}.parquet")
    assert len({(tmp_path / f"{i}.parquet").read_bytes() for i in range(3)}) == 1


def test_equal_pools_have_equal_pickles_digests_and_hashes(tmp_path):
    """Equal pools have equal fingerprints."""
    first, rows = toy.pool(), toy.pool().to_table()
    dict(first)  # what a pool looks up once stays out of its pickle
    first.save(tmp_path / "pool.parquet")
    others = [
        InstructionPool(pa.concat_tables([rows[7:], rows[:7]])),
        InstructionPool.load(tmp_path / "pool.parquet"),
        pickle.loads(pickle.dumps(first)),
    ]
    for other in others:
        assert other == first
        assert (other.digest, hash(other), pickle.dumps(other)) == (first.digest, hash(first), pickle.dumps(first))


def test_the_digest_is_pinned():
    """The digest is pinned, because published recipes contain it."""
    assert InstructionPool.from_instructions([META, VARIANT, OTHER]).digest == "298089828c96b2f50b7474be39690a92"


@pytest.mark.parametrize(
    "change",
    [
        {"text": "Answer {question}"},
        {"task": "vqg"},
        {"origin": None},
        {"origin": "elsewhere"},
        {"parent": None},
        {"engine": "grammar"},
        {"model": "another"},
        {"meta_prompt": None},
        {"temperature": 0.8},
        {"iteration": 2},
        {"score": None},
    ],
)
def test_any_change_changes_the_digest(change):
    """The digest depends on every value of every row."""
    pools = [
        InstructionPool.from_instructions([META, each]) for each in (VARIANT, dataclasses.replace(VARIANT, **change))
    ]
    assert pools[0] != pools[1]
    assert pools[0].digest != pools[1].digest


def test_a_pool_is_unlike_what_is_no_pool():
    """A pool can be compared with any object."""
    assert toy.pool() != dict(toy.pool())
    assert toy.pool() == toy.pool()


def test_stats_count_metas_and_instructions():
    """The expansion factor is instructions / meta instructions."""
    pool = InstructionPool.from_instructions([META, VARIANT, OTHER])
    assert pool.stats() == [TaskStats("caption", 1, 1), TaskStats("vqa", 1, 2)]
    assert [each.expansion for each in pool.stats()] == [1.0, 2.0]
    assert [each.expansion for each in toy.pool(29).stats()] == [30.0] * 4
    orphans = InstructionPool.from_instructions([VARIANT])
    assert str(orphans.stats()[0].expansion) == "nan"


def test_nullable_columns_may_be_left_out_and_text_may_be_of_any_width():
    """A table with the three required columns is a pool."""
    columns = {"instruction_id": [OTHER.instruction_id], "text": [OTHER.text], "task": [OTHER.task]}
    strings = pa.table({name: pa.array(column, pa.large_string()) for name, column in columns.items()})
    assert InstructionPool(strings) == InstructionPool.from_instructions([OTHER])


@given(strategies.pools())
@settings(max_examples=40)
def test_any_pool_goes_through_table_json_and_pickle(pool):
    """Any text survives a round trip."""
    assert InstructionPool(pool.to_table()) == pool
    assert InstructionPool.from_dict({task: [each.text for each in its] for task, its in pool.items()}) == pool
    assert pickle.loads(pickle.dumps(pool)) == pool
    rows = json.loads(json.dumps(pool.to_table().to_pylist()))
    assert InstructionPool(pa.Table.from_pylist(rows, schema=SCHEMA)).digest == pool.digest


@given(st.permutations(toy.pool().to_table().to_pylist()))
def test_the_order_of_rows_does_not_matter(rows):
    """The order of rows does not matter."""
    assert InstructionPool(table(rows)).to_table().equals(toy.pool().to_table())


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: InstructionPool.from_dict({}), "The pool is empty; expected at least one instruction."),
        (lambda: InstructionPool(table([])), "The pool is empty; expected at least one instruction."),
        (
            lambda: InstructionPool.from_dict({"vqa": ["Say."], "caption": []}),
            "The task 'caption' has no instructions; leave it out or give it at least one.",
        ),
        (
            lambda: InstructionPool.from_dict({"vqa": ["Say.", "Say."]}),
            "The pool, row 1: The task 'vqa' has this instruction twice: 'Say.'.",
        ),
        (
            lambda: InstructionPool(table([*ROWS, ROWS[0]])),
            "The pool, row 3: The task 'vqa' has this instruction twice: 'Answer: {question}'",
        ),
        (
            lambda: InstructionPool(changed(instruction_id="vqa/17")),
            f"The id 'vqa/17' does not match its task and text; expected {META.instruction_id!r}.",
        ),
        (
            lambda: InstructionPool(table(ROWS).drop_columns(["task"])),
            "The pool lacks the required column 'task'; its columns are ['instruction_id', 'text', ",
        ),
        (
            lambda: InstructionPool(table(ROWS).append_column("note", pa.array(["", "", ""]))),
            "Unknown pool column 'note'. Did you mean 'text'?",
        ),
        (
            lambda: InstructionPool(changed(text=None)),
            "The pool, row 0: text must not be null.",
        ),
        (
            lambda: InstructionPool(changed(task=None)),
            "The pool, row 0: task must not be null.",
        ),
        (
            lambda: InstructionPool.from_dict({"vqa": ["Say.", None]}),  # type: ignore[list-item]  # on purpose
            "The text of an instruction must be a string, but got None.",
        ),
        (
            lambda: InstructionPool.from_dict({"vqa": [3]}),  # type: ignore[list-item]  # on purpose
            "The text of an instruction must be a string, but got 3.",
        ),
        (
            lambda: InstructionPool.from_dict({None: ["Say."]}),  # type: ignore[dict-item]  # on purpose
            "The task of an instruction must be a string, but got None.",
        ),
        (
            lambda: InstructionPool(table(ROWS).set_column(10, "score", pa.array(["good", "bad", "ugly"]))),
            "The pool's column 'score' must be double, but is string: ",
        ),
        (
            lambda: InstructionPool(table(ROWS).set_column(2, "text", pa.array([["Say."]] * 3))),
            "The pool's column 'text' must be string, but is list<item: string>: ",
        ),
        (
            lambda: InstructionPool.from_dict({"vqa": ["Say {question.upper}."]}),
            "Task 'vqa': A placeholder must be a plain {name}, but the instruction 'Say {question.upper}.' has",
        ),
        (
            lambda: InstructionPool.from_dict({"vqa": ["Say {question"]}),
            "Task 'vqa': Unbalanced braces in the instruction 'Say {question': ",
        ),
        (
            lambda: InstructionPool.from_dict({"vqa": ["Say {questions}."]}),
            "Task 'vqa': Unknown placeholder 'questions'. Did you mean 'question'",
        ),
    ],
)
def test_what_is_no_pool_is_refused(make, message):
    """The message names the problem, its place, and what was expected."""
    with pytest.raises(PoolError, match=re.escape(message)):
        make()


def test_a_task_that_is_not_there_names_near_ones():
    """An unknown task raises an error with close matches."""
    with pytest.raises(UnknownNameError, match=r"^Unknown task 'captions'\. Did you mean 'caption'\?"):
        toy.pool()["captions"]
    with pytest.raises(
        KeyError, match=r"Known: caption, choice, dialogue, grounding\. The pool has no instructions for it"
    ):
        toy.pool()["xyzzy"]


@pytest.mark.parametrize(
    "name", ["missing.parquet", "missing.tsv", "missing", "broken.parquet", "empty.tsv", "latin.tsv"]
)
def test_what_cannot_be_read_is_an_error_with_its_name(tmp_path, name):
    """Missing and corrupt files and other folders raise a PoolError."""
    (tmp_path / "broken.parquet").write_bytes(b"PAR1, but not really")
    (tmp_path / "empty.tsv").write_text("", encoding="utf-8")
    (tmp_path / "latin.tsv").write_bytes("vqa\té".encode("latin-1"))
    with pytest.raises(PoolError, match=re.escape(str(tmp_path / name))):
        InstructionPool.load(tmp_path / name)


def test_a_parquet_file_that_is_no_pool_says_why(tmp_path):
    """The error names the invalid column."""
    pq.write_table(pa.table({"unique_id": ["a"]}), tmp_path / "data.parquet")
    with pytest.raises(InstrAugError, match=r"data\.parquet: Unknown pool column 'unique_id'"):
        InstructionPool.load(tmp_path / "data.parquet")
