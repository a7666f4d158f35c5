"""Messages about values from outside are short, and no terminal obeys what stands in them."""

import json
import re
from pathlib import Path

import pytest

from instraug_datasets import InstructionPool
from instraug_datasets.errors import InstrAugError, SourceError, UnknownNameError, brief, shown
from instraug_datasets.instructions import Instruction
from instraug_datasets.templates import fill, parse

HOSTILE = "\x1b[2J\x07\x9b31m\u202e" + "a" * 1_000_000
CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]")
HEADER = "task_name\tinstructions\torigin\tis_preserved\n"

TEXTS = {
    "text.jsonl": json.dumps({"task": "vqa", "text": HOSTILE + "{"}),
    "column.jsonl": json.dumps({"task": "vqa", "text": "Name it.", HOSTILE: "x"}),
    "type.jsonl": json.dumps({"task": "vqa", "text": [HOSTILE]}),
    "row.jsonl": json.dumps([HOSTILE]),
    "task.jsonl": json.dumps({"task": HOSTILE, "text": "{" + HOSTILE.replace("\x1b", "") + "}"}),
    "style.jsonl": json.dumps({"task": "vqa", "text": "Name it.", "form": HOSTILE}),
    "number.csv": f"task,text,score\nvqa,Name it.,{HOSTILE}\n",
    "id.jsonl": json.dumps({"task": "vqa", "text": "Name it.", "iteration": HOSTILE}),
    "key.yaml": json.dumps({HOSTILE: HOSTILE}),
    "plain.yaml": f"? {HOSTILE}\n: - x",
    "preserved.tsv": f"{HEADER}vqa\tName it.\t-1\t{HOSTILE}\n",
    "origin.tsv": f"{HEADER}vqa\tName it.\t{HOSTILE}\tTrue\n",
    "expression.tsv": f"{HEADER}vqa\tName {{{HOSTILE}}}.\t-1\tTrue\n",
    "brace.tsv": f"{HEADER}vqa\tName {{{HOSTILE}.\t-1\tTrue\n",
}


def assert_short(error: BaseException) -> None:
    assert isinstance(error, InstrAugError)
    assert len(str(error)) < 2_000
    assert CONTROLS.search(str(error)) is None


@pytest.mark.parametrize("name", TEXTS)
def test_a_pool_with_hostile_values_is_refused_in_a_short_message(tmp_path: Path, name: str) -> None:
    """Whatever column of whatever format has it, the message is short and without controls."""
    (tmp_path / name).write_text(TEXTS[name], encoding="utf-8")
    with pytest.raises(InstrAugError) as raised:
        InstructionPool.load(tmp_path / name)
    assert_short(raised.value)


@pytest.mark.parametrize(
    "refused",
    [
        lambda: parse(HOSTILE + "{"),
        lambda: parse("{" + HOSTILE + "}"),
        lambda: parse("{question:" + HOSTILE + "}"),
        lambda: fill(parse(HOSTILE + "{question}"), {}),
        lambda: InstructionPool.from_dict({HOSTILE: []}),
        lambda: InstructionPool.from_dict({"vqa": ["Name it."], HOSTILE: ["Name it."]})[HOSTILE + "b"],
        lambda: InstructionPool.from_dict({"vqa": [HOSTILE, HOSTILE]}),
        lambda: Instruction(task="vqa", text=[HOSTILE]),  # type: ignore[arg-type]
        lambda: Instruction(task="vqa", text="Name it.", form=HOSTILE),
    ],
)
def test_a_hostile_value_in_a_call_is_refused_in_a_short_message(refused) -> None:
    """Templates, instructions and pools shorten what they quote."""
    with pytest.raises(InstrAugError) as raised:
        refused()
    assert_short(raised.value)


def test_errors_of_sources_shorten_every_part() -> None:
    """A record's key and a foreign message are as outside as a value is."""
    assert_short(SourceError(HOSTILE, file="a.json", record=HOSTILE, field=HOSTILE))
    assert_short(UnknownNameError("task", HOSTILE, [HOSTILE + "b", HOSTILE + "c"]))
    assert str(SourceError("bad", file="a.json", record="a[1]", field="box")) == "a.json: record a[1], field box: bad"


def test_short_values_are_shown_whole() -> None:
    """Only what is long is shortened; tabs and line breaks of a message stay."""
    assert (shown("it's {a}"), shown(["a", 1])) == ('"it\'s {a}"', "['a', 1]")
    assert brief("two\n\tlines") == "two\n\tlines"


def test_many_known_names_are_cut_between_names() -> None:
    """A message lists whole names, and says how many it leaves out."""
    names = [f"name_{number:02}_of_thirty_letters" for number in range(40)]
    listed = ", ".join(names[:22])
    assert str(UnknownNameError("task", "zzz", names)) == f"Unknown task 'zzz'. Known: {listed} and 18 more."
