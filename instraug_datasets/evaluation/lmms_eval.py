"""Exports a task to lmms-eval: one of its tasks per wording, and a group over them.

The folder holds the examples once, as Parquet with a column of prompts per wording, so that lmms-eval shows the very
prompts that `evaluate` shows; the functions of its YAML files are those at the end of this module.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow.parquet as pq
import yaml
from datasets import Dataset, Features, Image, List, Value
from datasets.table import embed_table_storage
from typing_extensions import Unpack

from ..errors import ExampleError, SettingError
from ..instructions import Instruction
from ..pool import InstructionPool
from ..storage import local_path, replace_file, write_whole
from ..styles import OPTIONS_STYLES, REGION_STYLES
from .examples import read_examples, read_fields
from .metrics import METRICS, Reference, metric_of
from .selection import Wordings, select_wordings
from .shown import RenderingOptions, ShownWording

__all__ = ["LmmsEvalExport", "doc_to_visual", "export_lmms_eval", "wording_functions"]

_DATA = "data.parquet"
_IMAGES = "images"


class LmmsEvalExport(NamedTuple):
    """What was exported.

    Attributes:
        group: The name of the group, for `lmms-eval --tasks`.
        tasks: The instruction of each of its tasks, by name.
        examples: The number of examples per task of the group; those that a wording does not fit are left out.
    """

    group: str
    tasks: Mapping[str, Instruction]
    examples: Mapping[str, int]


def export_lmms_eval(
    dataset: Any,
    pool: InstructionPool | str,
    folder: str | Path,
    *,
    wordings: Wordings = 5,
    metric: str | None = None,
    seed: int = 0,
    limit: int | None = None,
    max_new_tokens: int = 32,
    name: str | None = None,
    **options: Unpack[RenderingOptions],
) -> LmmsEvalExport:
    """Write a task for lmms-eval, as a group with one task per wording; pictures are stored once, as they are.

    Replies are scored by the metrics of this package, which has to be installed where lmms-eval runs; scores are 0 to 1
    there. Examples that a wording does not fit are left out of its task.

    Args:
        dataset: The examples of one task; it is read twice.
        pool: An `InstructionPool`, or whatever `InstructionPool.load` reads.
        folder: The folder for `lmms-eval --include_path`; the group is written to a folder of its name inside, so that
            there may be several.
        wordings: As for `evaluate`.
        metric: A name of `METRICS`; None for the metric that the task declares.
        seed: Determines the order of options.
        limit: Number of examples, the first ones; None for all.
        max_new_tokens: Maximum length of a reply.
        name: The name of the group; by default `instraug_` and the task.
        **options: How prompts are rendered, as for `evaluate`; styles by name.

    Raises:
        SettingError: Raised if the examples are of several tasks or none, or a style is not given by name.
        ExampleError: Raised if no example fits any wording.
        OutputError: Raised if a file cannot be written.

    Example:
        >>> export = export_lmms_eval(dataset, "multiinstruct", "lmms_tasks", wordings="heldout")
        >>> f"lmms-eval --include_path lmms_tasks --tasks {export.group} --model qwen3_vl"
    """
    root = local_path(folder, "An export to lmms-eval")
    styles = _styles(options)
    columns = options.get("columns") or {}
    rows = read_fields(dataset, limit=limit, columns=columns, task=options.get("task"))
    task = _only_task(rows, columns, options.get("task"))
    judge = metric_of(task, metric)
    loaded = pool if isinstance(pool, InstructionPool) else InstructionPool.load(pool)
    chosen = select_wordings([task], loaded, wordings, seed=seed)[task]
    shown = {_key(each): ShownWording(each, seed, options) for each in chosen}
    group = name or f"instraug_{_plain(task)}"
    place = root / group
    pictures = read_examples(_undecoded(dataset, columns), range(len(rows)))
    records = [_record(row, whole, shown, columns, styles) for row, (_, whole) in zip(rows, pictures, strict=True)]
    counts = {key: sum(record[f"prompt_{key}"] is not None for record in records) for key in shown}
    fitting = {key: each.instruction for key, each in shown.items() if counts[key]}
    if not fitting:
        raise ExampleError(f"No example of {task!r} fits any of the {len(shown)} wordings.")
    _write_data(records, list(fitting), place / _DATA)
    _write_configs(place, group, fitting, max_new_tokens, {"seed": seed, "metric": judge.name, **styles})
    names = {f"{group}_{key}": key for key in fitting}
    return LmmsEvalExport(
        group,
        {name: fitting[key] for name, key in names.items()},
        {name: counts[key] for name, key in names.items()},
    )


def _styles(options: RenderingOptions) -> dict[str, str]:
    styles = {name: options.get(name, default) for name, default in _DEFAULT_STYLES.items()}
    for name, value in styles.items():
        if not isinstance(value, str):
            raise SettingError(f"{name} must be a name to be exported to lmms-eval, but got {value!r}.")
    return {name: str(value) for name, value in styles.items()}


_DEFAULT_STYLES = {"options_style": "multiinstruct", "region_style": "pixels"}


def _only_task(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str], task: str | None) -> str:
    tasks = {task if task is not None else row[columns.get("task", "task")] for row in rows}
    if len(tasks) != 1:
        raise SettingError(f"Export one task at a time; the examples are of {', '.join(sorted(tasks))}.")
    return str(tasks.pop())


def _key(instruction: Instruction) -> str:
    return instruction.instruction_id.rpartition("/")[2]


def _plain(name: str) -> str:
    return re.sub(r"\W+", "_", name).lower()


def _undecoded(dataset: Any, columns: Mapping[str, str]) -> Any:
    """The data with pictures as they are stored, if they are a data set."""
    name = columns.get(_IMAGES, _IMAGES)
    features = getattr(dataset, "features", None) or {}
    return dataset.cast_column(name, List(Image(decode=False))) if name in features else dataset


def _record(
    row: Mapping[str, Any],
    example: Mapping[str, Any],
    shown: Mapping[str, ShownWording],
    columns: Mapping[str, str],
    styles: Mapping[str, str],
) -> dict[str, Any]:
    """An example as a row of the exported data; prompts are null for wordings that do not fit it."""
    record: dict[str, Any] = {
        "unique_id": str(row[columns.get("unique_id", "unique_id")]),
        _IMAGES: example.get(columns.get(_IMAGES, _IMAGES)) or [],
    }
    for key, wording in shown.items():
        try:
            reference = wording.reference(row)
        except ExampleError:
            record |= {f"prompt_{key}": None, f"reference_{key}": None, f"target_{key}": None}
            continue
        facts = {"target": reference.target, "answers": reference.answers, "options": reference.options, **styles}
        record |= {
            f"prompt_{key}": wording.render(example)["prompt"],
            f"reference_{key}": json.dumps(facts),
            f"target_{key}": reference.target,
        }
    return record


def _write_data(records: Sequence[Mapping[str, Any]], keys: Sequence[str], path: Path) -> None:
    texts = itertools.product(("prompt", "reference", "target"), keys)
    names = ["unique_id", *(f"{kind}_{key}" for kind, key in texts)]
    features = Features({_IMAGES: List(Image()), **{name: Value("string") for name in names}})
    kept = [{name: record[name] for name in features} for record in records]
    table = embed_table_storage(Dataset.from_list(kept, features=features).with_format("arrow")[:])
    table = table.replace_schema_metadata(features.arrow_schema.metadata)
    replace_file(path, lambda partial: pq.write_table(table, partial))


def _write_configs(
    folder: Path, group: str, wordings: Mapping[str, Instruction], max_new_tokens: int, settings: Mapping[str, Any]
) -> None:
    """Write the functions, the YAML file of each wording, and that of the group, in place of earlier ones."""
    for earlier in folder.glob(f"{group}_*.yaml"):
        earlier.unlink()
    write_whole(folder / "utils.py", _functions(wordings, settings["metric"]).encode())
    for key, instruction in wordings.items():
        config = _task_config(f"{group}_{key}", key, instruction, max_new_tokens, settings)
        write_whole(folder / f"{group}_{key}.yaml", _dumped(config).encode())
    write_whole(folder / f"{group}.yaml", _dumped(_group_config(group, wordings, settings)).encode())


def _functions(keys: Iterable[str], metric: str) -> str:
    lines = [
        '"""Functions of the tasks in this folder; replies are scored as by `instraug evaluate`."""',
        "",
        "from instraug_datasets.evaluation.lmms_eval import doc_to_visual, wording_functions  # noqa: F401",
        "",
        *(f'docs_{key}, score_{key} = wording_functions("{key}", "{metric}")' for key in keys),
    ]
    return "\n".join(lines) + "\n"


def _task_config(
    name: str, key: str, instruction: Instruction, max_new_tokens: int, settings: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        "task": name,
        "dataset_path": "parquet",
        "dataset_kwargs": {"data_files": {"test": _DATA}},
        "test_split": "test",
        "output_type": "generate_until",
        "process_docs": _Function(f"utils.docs_{key}"),
        "doc_to_visual": _Function("utils.doc_to_visual"),
        "doc_to_text": f"prompt_{key}",
        "doc_to_target": f"target_{key}",
        "process_results": _Function(f"utils.score_{key}"),
        "generation_kwargs": {"max_new_tokens": max_new_tokens, "do_sample": False, "temperature": 0},
        "metric_list": [{"metric": settings["metric"], "aggregation": "mean", "higher_is_better": True}],
        "metadata": {
            "version": 1.0,
            "instruction_id": instruction.instruction_id,
            "instruction": instruction.text,
            **settings,
        },
    }


def _group_config(group: str, keys: Iterable[str], settings: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "group": group,
        "task": [f"{group}_{key}" for key in keys],
        "aggregate_metric_list": [{"metric": settings["metric"], "aggregation": "mean", "weight_by_size": False}],
        "metadata": {"version": 1.0, **settings},
    }


class _Function(str):
    """The name of a function, which lmms-eval imports from the folder of the YAML file."""

    __slots__ = ()


class _Dumper(yaml.SafeDumper):
    pass


_Dumper.add_representer(_Function, lambda dumper, value: dumper.represent_scalar("!function", str(value)))


def _dumped(config: Mapping[str, Any]) -> str:
    return yaml.dump(dict(config), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)


def doc_to_visual(doc: Mapping[str, Any]) -> list[Any]:
    """The pictures of an example, in RGB."""
    return [picture.convert("RGB") for picture in doc[_IMAGES]]


def wording_functions(key: str, metric: str) -> tuple[Callable[[Any], Any], Callable[..., dict[str, float]]]:
    """The functions of the task for a wording: the examples that it fits, and the score of a reply, 0 to 1.

    Args:
        key: The wording's hash, at the end of its columns' names.
    """

    def docs(dataset: Any) -> Any:
        return dataset.filter(lambda prompt: prompt is not None, input_columns=[f"prompt_{key}"])

    def score(doc: Mapping[str, Any], results: Sequence[str]) -> dict[str, float]:
        return {metric: METRICS[metric].judge(results[0], _reference(json.loads(doc[f"reference_{key}"]))).score}

    return docs, score


def _reference(facts: Mapping[str, Any]) -> Reference:
    return Reference(
        target=facts["target"],
        answers=tuple(facts["answers"]),
        options=tuple(facts["options"]),
        options_style=OPTIONS_STYLES[facts["options_style"]],
        region_style=REGION_STYLES[facts["region_style"]],
    )
