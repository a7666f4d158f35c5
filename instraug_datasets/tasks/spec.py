"""What a task declares, and the checks that a declaration must pass."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import TaskError, TemplateError, UnknownNameError
from ..records import FIELDS
from ..templates import parse

__all__ = ["BOXES", "METRICS", "ROLES", "Task"]

ROLES = ("train", "eval", "excluded")
METRICS = ("accuracy", "cider", "exact_match", "iou", "rouge_l", "set_f1", "vqa_accuracy", "auc", "mrr")
BOXES = ("options", "target")


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One instruction-tuning task, whatever sources serve it.

    Attributes:
        name: The name in data, configs and pools.
        benchmark: The benchmark it belongs to.
        category: The benchmark's own category.
        role: `train`, `eval` (kept out of every training mixture) or `excluded` (declared, not built).
        title: The name in the paper's task figure.
        aliases: Other names that users may write.
        fields: Fields that every instruction must name: without them the task cannot be solved.
        optional_fields: Fields that an instruction may name.
        boxes: Which of `options` and `target` hold boxes written as text.
        metric: How answers are scored.
        version: Rises when the data or the meta instructions change.
        reason: Why an excluded task is excluded.
        instructions: The meta instructions, in order.
    """

    name: str
    benchmark: str
    category: str
    role: str = "train"
    title: str = ""
    aliases: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    optional_fields: tuple[str, ...] = ()
    boxes: tuple[str, ...] = ()
    metric: str | None = None
    version: int = 1
    reason: str = ""
    instructions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for kind, value, known in (
            ("role", (self.role,), ROLES),
            ("metric", (self.metric,) if self.metric else (), METRICS),
            ("field", (*self.fields, *self.optional_fields), FIELDS),
            ("boxes entry", self.boxes, BOXES),
        ):
            for name in value:
                if name not in known:
                    raise UnknownNameError(kind, name, known, hint=f"It stands in the task {self.name!r}.")
        if self.role == "excluded":
            self._check(bool(self.reason), "an excluded task must say why in `reason`")
        else:
            self._check(bool(self.instructions), "it has no meta instructions")
            self._check(bool(self.metric), "it names no metric")
        self._check(len(set(self.instructions)) == len(self.instructions), "a meta instruction stands there twice")
        for text in self.instructions:
            self._check_instruction(text)

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
