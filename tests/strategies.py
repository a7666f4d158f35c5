"""Hypothesis strategies for values, instructions, pools and examples."""

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from instraug_datasets.pool import InstructionPool
from instraug_datasets.records import FIELDS
from instraug_datasets.styles import OPTIONS_STYLES, REGION_STYLES
from instraug_datasets.templates import Template

# Deterministic, and without deadlines, which would fail on a busy machine.
settings.register_profile("instraug", deadline=None, derandomize=True)
settings.load_profile("instraug")

SPECIAL = [
    "{",
    "}",
    "{{",
    "}}",
    "{question}",
    "{a.b}",
    "||||",
    '"',
    "'",
    "\\",
    "\n",
    "\r\n",
    "\t",
    "%s",
    "🙂",
    "é",
    "中",
    "",
]

ABOUT_OTHERS = [
    *("All of the above", "none of these.", "Neither is correct", "Some of them", "all", "No one"),
    *("Both A and B", "A and C", "Neither (a) nor (b)", "1, 2 and 3", "A, B", "A dog", "A or an orange"),
    *("A. a cat", "B. a dog", "(c) a cow", "(A) a cat", "1) one", "2) two", "a: x", "A. ", "(1) "),
]
SEPARATORS = ["||||", "\n- "]

values = st.lists(
    st.sampled_from(SPECIAL) | st.text(st.characters(exclude_categories=["Cs"]), max_size=6), max_size=5
).map("".join)
"""Field values: any text without surrogates, often with characters that are special in templates."""

option_lists = st.lists(
    # What separates options in one style or another stands in none of them.
    (values | st.sampled_from(ABOUT_OTHERS)).filter(lambda option: not any(s in option for s in SEPARATORS)),
    min_size=1,
    max_size=6,
)
special_lists = st.lists(st.sampled_from([*ABOUT_OTHERS, "a cat", "no", "8 12 40 60"]), min_size=1, max_size=4)
"""Lists in which most options are about others or have keys."""

keys = st.sampled_from(["a", "B", "(2)", "The answer is A.", "A and B", "1, 2"])
"""Targets that name options by key; a list may be too short for some."""

boxes = st.tuples(*[st.floats(-50, 900, width=32)] * 2, *[st.floats(0.25, 400, width=32)] * 2).map(
    lambda box: [box[0], box[1], box[0] + box[2], box[1] + box[3]]
)
"""Corners, far enough apart to be so in single precision too."""

region_lists = st.lists(boxes, min_size=1, max_size=3)

turns = st.fixed_dictionaries({"question": values, "answer": values})

words = st.integers(0, 2**64 - 1)
seeds = st.integers(0, 2**31)
epochs = st.integers(0, 2**20)
ids = values.filter(bool)
options_styles = st.sampled_from(sorted(OPTIONS_STYLES))
region_styles = st.sampled_from(sorted(REGION_STYLES))


def templates(fields: tuple[str, ...] = FIELDS) -> st.SearchStrategy[Template]:
    """Templates with these fields, whose literals contain all kinds of characters."""

    def with_names(names: list[str]) -> st.SearchStrategy[Template]:
        literals = st.lists(values, min_size=len(names) + 1, max_size=len(names) + 1)
        return literals.map(lambda drawn: Template(tuple(drawn), tuple(names)))

    return st.lists(st.sampled_from(fields), max_size=4).flatmap(with_names)


def pools(tasks: tuple[str, ...] = ("a", "b", "c")) -> st.SearchStrategy[InstructionPool]:
    """Pools of meta instructions for these tasks."""
    texts = st.lists(templates().map(lambda template: template.text), min_size=1, max_size=5, unique=True)
    return st.fixed_dictionaries({task: texts for task in tasks}).map(InstructionPool.from_dict)


def rows(tasks: tuple[str, ...] = ("a", "b", "c")) -> st.SearchStrategy[dict[str, Any]]:
    """Rows with every field, so that any instruction can be filled, but without ids."""
    texts = {name: values for name in FIELDS if name not in ("options", "region", "history")}
    return st.fixed_dictionaries(
        {
            **texts,
            "task": st.sampled_from(tasks),
            "images": st.none() | st.lists(st.just({"path": "a.png", "bytes": None}), max_size=3),
            "options": option_lists,
            "region": region_lists,
            "history": st.lists(turns, max_size=3),
            "target": st.none() | st.integers(0, 5) | keys,
            "meta": st.sampled_from(['{"image_size": [640, 480]}', '{"image_size": [3, 2.5], "boxes": []}']),
        }
    ).map(_with_target)


def _with_target(row: dict[str, Any]) -> dict[str, Any]:
    """The row with one of its options as target in place of a number."""
    target, options = row["target"], row["options"]
    return {**row, "target": options[target % len(options)]} if isinstance(target, int) else row
