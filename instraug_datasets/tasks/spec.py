"""The declaration of a task, and its validation."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import TaskError, TemplateError, UnknownNameError
from ..records import FIELDS
from ..templates import parse

__all__ = ["BOXES", "METRICS", "ROLES", "SENTENCE_FIELDS", "Task"]

ROLES = ("train", "eval", "excluded")
METRICS = ("accuracy", "cider", "exact_match", "iou", "rouge_l", "set_f1", "vqa_accuracy", "auc", "mrr")
BOXES = ("options", "target")

SENTENCE_FIELDS = ("question", "premise", "hypothesis", "explanation", "response")
"""The fields that hold whole sentences in every task."""

_LISTED = ("aliases", "fields", "optional_fields", "shown_fields", "sentence_fields", "boxes", "instructions")


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """The declaration of an instruction-tuning task, independent of its sources.

    Attributes:
        name: The name in data, configs and pools.
        benchmark: The name of the benchmark.
        category: The category within the benchmark.
        role: `train`, `eval` (never part of a training mixture) or `excluded` (declared, but not built).
        title: The name in the paper.
        aliases: Alternative names.
        fields: Placeholders that every instruction must contain.
        optional_fields: Placeholders that an instruction may contain.
        shown_fields: Those optional fields that an example must be shown if it has them: instructions without them are
            for examples without them.
        sentence_fields: Those of its fields that hold whole sentences, with a final mark of their own, besides
            `SENTENCE_FIELDS`; an instruction may not go on with a sentence after them.
        boxes: Which of `options` and `target` contain bounding boxes.
        metric: The evaluation metric.
        version: Incremented when the data or the meta instructions change.
        reason: Why the task is excluded.
        instructions: The meta instructions, in order.

    Raises:
        UnknownNameError: Raised if a role, metric or field is unknown.
        TaskError: Raised if the declaration is incomplete or contradictory.

    Example:
        >>> task = Task(name="my_vqa", benchmark="mine", category="VQA", fields=("question",), metric="vqa_accuracy",
        ...             instructions=("Answer the question: {question}",))
        >>> pool = expand([task], "grammar", target=10)
    """

    name: str
    benchmark: str
    category: str
    role: str = "train"
    title: str = ""
    aliases: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    optional_fields: tuple[str, ...] = ()
    shown_fields: tuple[str, ...] = ()
    sentence_fields: tuple[str, ...] = ()
    boxes: tuple[str, ...] = ()
    metric: str | None = None
    version: int = 1
    reason: str = ""
    instructions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in _LISTED:
            # Otherwise each letter would count as a text.
            listed = getattr(self, name)
            self._check(not isinstance(listed, str), f"`{name}` must be a tuple of texts, but is {listed!r}")
        for kind, value, known in (
            ("role", (self.role,), ROLES),
            ("metric", (self.metric,) if self.metric else (), METRICS),
            ("field", (*self.fields, *self.optional_fields, *self.sentence_fields), FIELDS),
            ("boxes entry", self.boxes, BOXES),
        ):
            for name in value:
                if name not in known:
                    raise UnknownNameError(kind, name, known, hint=f"Found in the task {self.name!r}.")
        if self.role == "excluded":
            self._check(bool(self.reason), "an excluded task requires a `reason`")
        else:
            self._check(bool(self.instructions), "`instructions` is empty")
            self._check(bool(self.metric), "`metric` is missing")
        unused = set(self.sentence_fields) - {*self.fields, *self.optional_fields}
        self._check(not unused, f"`sentence_fields` lists {', '.join(sorted(unused))}, which is not among its fields")
        unknown = set(self.shown_fields) - set(self.optional_fields)
        self._check(not unknown, f"`shown_fields` lists {', '.join(sorted(unknown))}, which is not an optional field")
        self._check(len(set(self.instructions)) == len(self.instructions), "`instructions` contains a duplicate")
        for text in self.instructions:
            self._check_instruction(text)

    def hidden_fields(self, text: str) -> tuple[str, ...] | None:
        """The `shown_fields` that an instruction of this task does not show; None if it shows them all."""
        shown = parse(text).names
        return tuple(name for name in self.shown_fields if name not in shown) or None

    def _check(self, good: bool, problem: str) -> None:
        if not good:
            raise TaskError(f"Task {self.name!r}: {problem}.")

    def _check_instruction(self, text: str) -> None:
        try:
            names = parse(text, fields=(*self.fields, *self.optional_fields)).names
        except (TemplateError, UnknownNameError) as error:
            raise TaskError(f"Task {self.name!r}: {error}") from error
        missing = sorted(set(self.fields) - set(names))
        self._check(not missing, f"the instruction {text!r} lacks {', '.join(f'{{{name}}}' for name in missing)}")
