"""What the examples share: sixteen questions, ten instructions, and a one-layer model that prints what it is shown.

In a training run of your own, `questions` is a data set with pictures, `POOL` a name such as "multiinstruct", `collate`
calls a processor (messages_to_processor.py), and the model is one that learns.
"""

import json
import os
import sys
from typing import Any

import torch
from datasets import Dataset

from instraug_datasets import InstructionPool

POOL = InstructionPool.from_dict(
    {
        "count": [
            "{question}",
            "Count before you answer. {question}",
            "{question} Reply with a number.",
            "Look closely: {question}",
            "Give the number only. {question}",
        ],
        "color": [
            "{question}",
            "{question} Name one color.",
            "Answer in a word: {question}",
            "Tell me this about the dots. {question}",
            "One color will do. {question}",
        ],
    }
)
IGNORED = -100


def questions(number: int = 16) -> Dataset:
    """Examples of two tasks in turn: an id, a task, a field, a target."""
    return Dataset.from_list([_question(index) for index in range(number)])


def _question(index: int) -> dict[str, Any]:
    count = index % 2 == 0
    return {
        "unique_id": f"dots/{index}",
        "task": "count" if count else "color",
        "question": f"{'How many dots are' if count else 'What color are the dots'} in picture {index}?",
        "target": str(index) if count else ("red", "blue")[index % 4 // 2],
    }


def collate(rows: list[dict[str, Any]]) -> dict[str, torch.Tensor]:
    """A batch whose tokens are the bytes of prompt and target; the loss is that of the target."""
    prompts = [list(f"{row['prompt']}\n".encode()) for row in rows]
    targets = [list(row["target"].encode()) for row in rows]
    longest = max(len(p) + len(t) for p, t in zip(prompts, targets, strict=True))
    padding = [longest - len(p) - len(t) for p, t in zip(prompts, targets, strict=True)]
    batch = list(zip(prompts, targets, padding, strict=True))
    return {
        "input_ids": torch.tensor([p + t + [0] * pad for p, t, pad in batch]),
        "labels": torch.tensor([[IGNORED] * len(p) + t + [IGNORED] * pad for p, t, pad in batch]),
    }


class Model(torch.nn.Module):
    """A model of random weights that prints every example it gets, one JSON line each, in the process that trains."""

    def __init__(self) -> None:
        super().__init__()
        explain("prompt, line break, target")
        self.embedding = torch.nn.Embedding(256, 16)
        self.head = torch.nn.Linear(16, 256)

    def forward(self, input_ids: torch.Tensor, labels: torch.Tensor) -> dict[str, torch.Tensor]:
        """The loss of the targets; both arguments have the shape `(examples, length)`."""
        for tokens in input_ids.tolist():
            show(bytes(tokens).rstrip(b"\0").decode(), training=self.training)
        logits = self.head(self.embedding(input_ids))
        loss = torch.nn.functional.cross_entropy(
            logits[:, :-1].flatten(0, 1), labels[:, 1:].flatten(), ignore_index=IGNORED
        )
        return {"loss": loss}


def explain(text: str) -> None:
    """Say once, in the first process, what the lines of `show` are, and what stands in their text."""
    if _rank() == 0:
        print(f"Each line is an example as the model gets it ({text}); every epoch asks in other words.", flush=True)


def show(text: str, *, training: bool = True) -> None:
    """Print the text of one example as a JSON line."""
    line = {"rank": _rank(), "training": training, "text": text}
    # Written at once, so that the lines of several processes do not mix.
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def _rank() -> int:
    return int(os.environ.get("RANK", "0"))
