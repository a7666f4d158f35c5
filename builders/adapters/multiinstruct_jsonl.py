"""Examples from instances that were preprocessed by the original code of MULTIINSTRUCT, with its fields renamed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import attrgetter
from types import MappingProxyType
from typing import Any

from instraug_datasets.errors import SourceError, shown
from instraug_datasets.records import Box, Example

from ..sources.multiinstruct_jsonl import Instance, Instances
from ..sources.regions import Corners
from .box_geometry import clip_box, format_boxes, usable_box
from .context import Context, Skip, example_random, make_example
from .temporal_ordering import NEXT, PREVIOUS

__all__ = ["FIELD_GETTERS", "convert_instance"]


def convert_instance(record: Instance, context: Context) -> Example | Skip:
    """Convert an instance to an example; boxes are rounded to whole pixels, and the target is one of the options."""
    if any(usable_box(box, _size(record), min_side=1) is None for box in _boxes(record)):
        return Skip("box_without_area")
    fields = _fields(record, context)
    target = record.target
    if "target" in context.task.boxes:
        target = format_boxes(*_pixels(record.region, record))
    labels = _labels(target, fields.get("options", (target,)))
    if not target or not labels:
        raise _error(record, context, f"the target {shown(target)} is not among the options", "target_txt")
    return make_example(
        record,
        context,
        picture=record.picture,
        target=", ".join(labels),
        answers=record.answers,
        meta=_meta(record, context, labels),
        **fields,
    )


def _fields(record: Instance, context: Context) -> dict[str, Any]:
    task, fields = context.task, dict[str, Any]()
    for name in (*task.fields, *task.optional_fields):
        value = FIELD_GETTERS.get(task.name, {}).get(name, attrgetter(name))(record)
        if value or (name == "history" and value is not None):
            fields[name] = _CONVERTERS.get(name, _text)(value, record, context)
        elif name in task.fields:
            raise _error(record, context, "the task requires this field, and the instance has no value for it", name)
    return fields


def _region(boxes: Sequence[Corners], record: Instance, _: Context) -> tuple[Box, ...]:
    return tuple(_pixels(boxes, record))


def _options(texts: Sequence[str], record: Instance, context: Context) -> tuple[str, ...]:
    if "options" in context.task.boxes:
        if not record.option_boxes:
            raise _error(record, context, "expected boxes of four numbers", "options")
        texts = [format_boxes(box) for box in _pixels(record.option_boxes, record)]
    return tuple(example_random(record, context).shuffled("options", list(dict.fromkeys(texts))))


def _history(turns: Sequence[tuple[str, str]], *_: object) -> tuple[dict[str, str], ...]:
    return tuple({"question": question, "answer": answer} for question, answer in turns)


def _text(value: str | Sequence[str], *_: object) -> str:
    return value.strip() if isinstance(value, str) else "\n".join(value)


_CONVERTERS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {"region": _region, "options": _options, "history": _history}
)


def _labels(target: str, options: Sequence[str]) -> list[str]:
    """The target as a list of options: itself, or the options that it joins with commas; empty if it is neither."""
    if target in options:
        return [target]
    parts = target.split(", ")
    found = [option for option in options if option in parts]
    return found if len(found) == len(parts) else []


def _meta(record: Instance, context: Context, labels: list[str]) -> dict[str, Any]:
    meta: dict[str, Any] = {"unique_id": record.name, "image_source": record.image_source}
    if record.size is not None:
        meta |= {"image_size": list(record.size), "boxes": list(context.task.boxes)}
    return meta | ({"labels": labels} if len(labels) > 1 else {})


def _boxes(record: Instance) -> Iterator[Corners]:
    yield from (*record.region, *record.option_boxes)
    for boxes in record.object_regions.values():
        yield from boxes


def _pixels(boxes: Sequence[Corners], record: Instance) -> list[Box]:
    return list(dict.fromkeys(clip_box(box, _size(record)) for box in boxes))


def _size(record: Instance) -> tuple[int, int]:
    return record.size or (0, 0)


def _error(record: Instance, context: Context, problem: str, field: str) -> SourceError:
    instances: Instances = context.records  # type: ignore[assignment]
    return SourceError(problem, file=instances.file, record=record.where, field=field)


def _method_and_steps(record: Instance) -> list[str]:
    """The method and the steps before the pictured one.

    The original code also listed the pictured step and the next one, which is the answer.
    """
    steps = list(record.context or ()) if not isinstance(record.context, str) else record.context.splitlines()
    before = steps[: steps.index(record.text)] if record.text in steps else steps
    return [record.method or "", *(step for step in before if step != record.target)]


def _object_boxes(record: Instance) -> str | None:
    lines = [f"{name}: {format_boxes(*_pixels(boxes, record))}" for name, boxes in record.object_regions.items()]
    return "\n".join(lines) or None


def _object_regions(name: str) -> Callable[[Instance], Sequence[Corners]]:
    return lambda record: record.object_regions.get(name, ())


_METHOD: Mapping[str, Callable[[Instance], Any]] = {"context": attrgetter("method")}
_ORDER = {**_METHOD, "options": lambda _: (NEXT, PREVIOUS)}
_RELATION: Mapping[str, Callable[[Instance], Any]] = {"text": attrgetter("relation")}

FIELD_GETTERS: Mapping[str, Mapping[str, Callable[[Instance], Any]]] = MappingProxyType(
    {
        "visual_object_identification": {**_RELATION, "region": lambda record: record.region[:1]},
        "visual_subject_identification": {**_RELATION, "region": lambda record: record.region[1:]},
        "visual_object_region": {**_RELATION, "region": _object_regions("subject")},
        "visual_subject_region": {**_RELATION, "region": _object_regions("object")},
        "select_overlap_most_region": {"region": _object_regions("given_region")},
        "select_overlap_least_region": {"region": _object_regions("given_region")},
        "select_overlaped_region": {"region": _object_regions("given_region")},
        "select_nonoverlaped_region": {"region": _object_regions("given_region")},
        "if_region_overlap": {
            "region": lambda record: (*record.object_regions.get("given_region", ()), *record.region)
        },
        "wikihow_next_step": {"context": _method_and_steps},
        "wikihow_immediate_next_step_selection": _METHOD,
        "wikihow_text_image_step_order": _ORDER,
        "wikihow_image_text_step_order": _ORDER,
        "commonsense_VQA": {"context": _object_boxes},
        # The original code mixed the options of three tasks.
        "medic_disaster_types": {"options": lambda record: record.task_options or record.options},
    }
)
"""By task and field: how to get a field that an instance does not have under its own name."""
