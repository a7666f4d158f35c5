"""Toy data for tests of pools, samplers and streams: four tasks that use every kind of field, and their examples."""

from typing import Any

from datasets import Dataset

from instraug_datasets.pool import Instruction, InstructionPool, instruction_id
from instraug_datasets.records import FEATURES, Example

_METAS = {
    "caption": ["Describe the picture.", "What does the picture show?"],
    "choice": ["Which caption fits?\n\n{options}", "{options}\n\nChoose the caption that fits."],
    "grounding": ["Name the thing in the box {region}.", "What is at {region}? Say it in one word, like {{thing}}."],
    "dialogue": ["{history}\nQ: {question}", "So far:\n{history}\nNow answer: {question} Again: {question}"],
}


def pool(variants: int = 4) -> InstructionPool:
    """Two meta instructions per task, with `variants` variants each."""
    metas = [Instruction(task=task, text=text) for task, texts in _METAS.items() for text in texts]
    return InstructionPool.from_instructions(
        [
            *metas,
            *(
                Instruction(
                    task=meta.task,
                    text=f"({number}) {meta.text}",
                    origin=instruction_id(meta.task, meta.text),
                    parent=instruction_id(meta.task, meta.text),
                    engine="grammar",
                    iteration=1,
                )
                for meta in metas
                for number in range(variants)
            ),
        ]
    )


def examples(count: int) -> list[dict[str, Any]]:
    """`count` rows of alternating tasks, with special characters in their values."""
    return [_example(number).to_dict() for number in range(count)]


def dataset(count: int) -> Dataset:
    """The rows as a map-style data set."""
    return Dataset.from_list(examples(count), features=FEATURES)


def prompts(rows: Any, columns: tuple[str, ...] = ("prompt", "instruction_id")) -> dict[str, tuple[Any, ...]]:
    """The added columns by unique id; fails on a duplicate id."""
    seen: dict[str, tuple[Any, ...]] = {}
    for row in rows:
        assert row["unique_id"] not in seen, row["unique_id"]
        seen[row["unique_id"]] = tuple(row[name] for name in columns)
    return seen


def _example(number: int) -> Example:
    task = list(_METAS)[number % len(_METAS)]
    fields: dict[str, dict[str, Any]] = {
        "caption": {},
        "choice": {"options": tuple(f"choice {i} of {{{number}}}" for i in range(2 + number % 4))},
        "grounding": {"region": ((0.5, 1.5, 20.25, 30 + number / 7), (3, 4, 50, 60))[: 1 + number % 2]},
        "dialogue": {
            "question": f'What is "{number}" — {{x}}?\nSay.',
            "history": tuple({"question": f"q{i}?", "answer": f"a{i}"} for i in range(number % 3)),
        },
    }
    return Example(
        unique_id=f"toy/{task}/{number}",
        task=task,
        source="toy",
        images=(),
        target=f"choice 1 of {{{number}}}" if task == "choice" else f"target {number}",
        meta={"image_size": [64 + number % 5, 48]},
        **fields[task],
    )
