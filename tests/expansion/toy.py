"""A toy benchmark for tests of expansion, and an engine that rewrites it well."""

from instraug_datasets.engines import Request
from instraug_datasets.hashing import fold
from instraug_datasets.tasks import Task

CAPTION = Task(
    name="caption",
    benchmark="toy",
    category="Toy",
    metric="cider",
    instructions=("Describe the picture in one sentence.", "What does this image show? Answer briefly."),
)
CHOICE = Task(
    name="choice",
    benchmark="toy",
    category="Toy",
    fields=("question", "options"),
    metric="accuracy",
    instructions=(
        "Answer the question with one of the options.\n\n{question}\n\n{options}",
        "{question}\n\nLook at the picture and decide which option is right.\n\n{options}",
    ),
)
HELD_OUT = Task(
    name="held_out",
    benchmark="toy",
    category="Toy",
    role="eval",
    fields=("text",),
    metric="accuracy",
    instructions=("Decide whether this statement is true of the picture: {text}",),
)
TASKS = [CAPTION, CHOICE, HELD_OUT]

_WORDS = (
    ("Kindly", "First of all", "Before you reply", "Now", "Once more", "With care", "Calmly", "As an expert"),
    ("look closely", "take your time", "study every corner", "examine all details", "inspect the scene", "go over it"),
    (
        "and do this",
        "and then go on",
        "to solve the task",
        "as asked below",
        "for this exercise",
        "like a careful reader",
    ),
)


def rewrite(request: Request) -> str:
    """Return a rewriting that depends only on the request's content and sample number."""
    words = [choices[fold(request.key, place) % len(choices)] for place, choices in enumerate(_WORDS)]
    return f"{' '.join(words)}: {request.text}"


TASKS_YAML = """\
benchmark: toy
category: Toy
tasks:
  caption:
    metric: cider
    instructions:
    - Describe the picture in one sentence.
    - What does this image show? Answer briefly.
  choice:
    fields: [question, options]
    metric: accuracy
    instructions:
    - "Answer the question with one of the options.\\n\\n{question}\\n\\n{options}"
    - "{question}\\n\\nLook at the picture and decide which option is right.\\n\\n{options}"
"""
