"""The declaration of a task, and its validation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from ..errors import TaskError, TemplateError, UnknownNameError, several
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
        UnknownNameError: Raised if a role, metric or field is unknown, and nothing else is wrong.
        TaskError: Raised if the declaration is incomplete or contradictory, or several names are unknown; the message
            lists all problems.

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
            if isinstance(listed := getattr(self, name), str):
                raise TaskError(f"Task {self.name!r}: `{name}` must be a tuple of texts, but is {listed!r}.")
        problems = [*self._unknown_names(), *self._contradictions(), *self._invalid_instructions()]
        if len(problems) == 1:
            raise problems[0]
        if problems:
            texts = [str(each) for each in problems]
            raise TaskError(several(f"Task {self.name!r} has {len(texts)} problems", texts), texts)

    def hidden_fields(self, text: str) -> tuple[str, ...] | None:
        """The `shown_fields` that an instruction of this task does not show; None if it shows them all."""
        shown = parse(text).names
        return tuple(name for name in self.shown_fields if name not in shown) or None

    def _unknown_names(self) -> Iterator[UnknownNameError]:
        for kind, value, known in (
            ("role", (self.role,), ROLES),
            ("metric", (self.metric,) if self.metric else (), METRICS),
            ("field", (*self.fields, *self.optional_fields, *self.sentence_fields), FIELDS),
            ("boxes entry", self.boxes, BOXES),
        ):
            for name in dict.fromkeys(value):
                if name not in known:
                    yield UnknownNameError(kind, name, known, hint=f"Found in the task {self.name!r}.")

    def _contradictions(self) -> Iterator[TaskError]:
        is_built = self.role != "excluded"
        unused = set(self.sentence_fields) - {*self.fields, *self.optional_fields}
        unknown = set(self.shown_fields) - set(self.optional_fields)
        for is_wrong, problem in (
            (not is_built and not self.reason, "an excluded task requires a `reason`"),
            (is_built and not self.instructions, "`instructions` is empty"),
            (is_built and not self.metric, f"`metric` is missing; expected {', '.join(METRICS)}"),
            (unused, f"`sentence_fields` lists {', '.join(sorted(unused))}, which is not among its fields"),
            (unknown, f"`shown_fields` lists {', '.join(sorted(unknown))}, which is not an optional field"),
        ):
            if is_wrong:
                yield self._error(problem)

    def _invalid_instructions(self) -> Iterator[TaskError]:
        fields = (*self.fields, *self.optional_fields)
        for text, times in Counter(self.instructions).items():
            if times > 1:
                yield self._error(f"`instructions` contains a duplicate: {text!r}")
            try:
                names = parse(text, fields=fields).names
            except (TemplateError, UnknownNameError) as error:
                yield TaskError(f"Task {self.name!r}: {error}")
                continue
            missing = [f"{{{name}}}" for name in sorted(set(self.fields) - set(names))]
            if missing:
                yield self._error(f"the instruction {text!r} lacks {', '.join(missing)}")

    def _error(self, problem: str) -> TaskError:
        return TaskError(f"Task {self.name!r}: {problem}.")
