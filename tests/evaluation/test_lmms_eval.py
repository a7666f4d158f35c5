"""The export to lmms-eval: what its loader reads, the prompts that it shows, and the scores that it gets."""

import importlib.util
import io
from pathlib import Path
from typing import Any

import datasets
import pytest
import yaml
from PIL import Image

from instraug_datasets import InstructionPool
from instraug_datasets.cli import main
from instraug_datasets.errors import ExampleError, SettingError
from instraug_datasets.evaluation import evaluate, export_lmms_eval
from instraug_datasets.styles import OptionsStyle
from tests import toy

TASK_KEYS = {
    *("task", "dataset_path", "dataset_kwargs", "test_split", "output_type", "process_docs", "doc_to_visual"),
    *("doc_to_text", "doc_to_target", "process_results", "generation_kwargs", "metric_list", "metadata"),
}
"""The fields of lmms-eval's `TaskConfig` that an export uses."""

WORDINGS = ["Which caption fits?\n\n{options}", "{options}\nIn the context of {context}: which one?"]


class Loader(yaml.SafeLoader):
    """Reads `!function` as lmms-eval does: the function of a module in the file's folder."""


def _function(loader: Loader, node: Any) -> Any:
    module, name = loader.construct_scalar(node).split(".")
    spec: Any = importlib.util.spec_from_file_location(module, Path(loader.name).with_name(f"{module}.py"))
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return getattr(loaded, name)


Loader.add_constructor("!function", _function)


def read(path: Path) -> Any:
    """A YAML file as lmms-eval reads it."""
    with path.open("rb") as file:
        return yaml.load(file, Loader)


def loaded(folder: Path, config: Any) -> datasets.Dataset:
    """The data of a task as lmms-eval loads them."""
    files = {split: str(folder / name) for split, name in config["dataset_kwargs"]["data_files"].items()}
    data: Any = datasets.load_dataset(config["dataset_path"], data_files=files, cache_dir=str(folder / "cache"))
    return config["process_docs"](data[config["test_split"]])


def choices() -> list[dict[str, Any]]:
    """Examples with options, each with a picture of its own; every second one has a context."""
    rows = [row for row in toy.examples(24) if row["task"] == "choice"]
    return [
        {**row, "images": [Image.new("RGB", (3, 2), (10 * n, 0, 0))], "context": "a walk" if n % 2 else None}
        for n, row in enumerate(rows)
    ]


@pytest.mark.parametrize("style", ["multiinstruct", "letters"])
def test_prompts_and_scores_are_those_of_our_evaluation(tmp_path, style):
    """Same prompts, pictures and scores, also where a wording does not fit every example."""
    rows, prompts = choices(), dict[tuple[str, str], str]()

    def generate(examples: Any) -> list[str]:
        prompts.update({(each["unique_id"], each["instruction_id"]): each["prompt"] for each in examples})
        return ["(a)" if style == "letters" else each["options"][0] for each in examples]

    options: Any = {"metric": "accuracy", "options_style": style, "wordings": WORDINGS}
    expected = evaluate(generate, rows, toy.pool(), **options)
    export_lmms_eval(rows, toy.pool(), tmp_path, metric="accuracy", wordings=1)
    export = export_lmms_eval(rows, toy.pool(), tmp_path, **options)
    folder = tmp_path / export.group
    assert {path.stem for path in folder.glob("*.yaml")} == {export.group, *export.tasks}
    group = read(folder / f"{export.group}.yaml")
    assert (group["group"], group["task"]) == (export.group, list(export.tasks))
    assert group["aggregate_metric_list"] == [{"metric": "accuracy", "aggregation": "mean", "weight_by_size": False}]
    shown: dict[tuple[str, str], str] = {}
    for (name, instruction), wording in zip(export.tasks.items(), expected.tasks[0].wordings, strict=True):
        config = read(folder / f"{name}.yaml")
        assert config.keys() == TASK_KEYS
        assert (config["task"], config["metadata"]["instruction"]) == (name, instruction.text)
        docs = loaded(folder, config)
        scores = []
        for doc in docs:
            shown[doc["unique_id"], instruction.instruction_id] = doc[config["doc_to_text"]]
            (picture,) = config["doc_to_visual"](doc)
            row = next(row for row in rows if row["unique_id"] == doc["unique_id"])
            assert (picture.mode, picture.tobytes()) == ("RGB", row["images"][0].tobytes())
            reply = "(a)" if style == "letters" else row["options"][0]
            scores.append(config["process_results"](doc, [reply])["accuracy"])
            assert config["process_results"](doc, [doc[config["doc_to_target"]]]) == {"accuracy": 1.0}
        assert len(docs) == export.examples[name] == wording.examples
        assert 100 * sum(scores) / len(scores) == pytest.approx(wording.score)
    assert shown == prompts
    assert sorted(export.examples.values()) == [len(rows) // 2, len(rows)]


def test_pictures_are_stored_as_they_are(tmp_path):
    """The bytes of a file are not encoded again, and the folder needs no other file."""
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8), (200, 30, 30)).save(buffer, "JPEG")
    (tmp_path / "picture.jpg").write_bytes(buffer.getvalue())
    row = {**choices()[0], "images": [str(tmp_path / "picture.jpg")]}
    data = datasets.Dataset.from_list([row], features=toy.dataset(1).features)
    export_lmms_eval(data, toy.pool(), tmp_path / "out", wordings=1, metric="accuracy")
    (tmp_path / "picture.jpg").unlink()
    exported: Any = datasets.Dataset.from_parquet(
        str(tmp_path / "out" / "instraug_choice" / "data.parquet"), cache_dir=str(tmp_path)
    )
    stored = exported.cast_column("images", datasets.List(datasets.Image(decode=False)))[0]["images"]
    assert [each["bytes"] for each in stored] == [buffer.getvalue()]


def test_what_cannot_be_exported_is_named(tmp_path):
    """Several tasks, a style of one's own, wordings that fit nothing."""
    with pytest.raises(SettingError, match=r"one task at a time; the examples are of caption, choice"):
        export_lmms_eval(toy.examples(8), toy.pool(), tmp_path, metric="accuracy")
    with pytest.raises(SettingError, match="options_style must be a name"):
        export_lmms_eval(choices(), toy.pool(), tmp_path, metric="accuracy", options_style=OptionsStyle("", "", "; "))
    with pytest.raises(ExampleError, match="No example of 'choice' fits any of the 1 wordings"):
        export_lmms_eval(choices(), toy.pool(), tmp_path, metric="accuracy", wordings=["{premise}"])
    assert list(tmp_path.iterdir()) == []


def test_the_command_writes_a_task_of_a_benchmark(capsys, tmp_path):
    """From raw files to a folder for lmms-eval, with the command to run there."""
    from instraug_datasets.builders.demo import write_demo

    raw, out = write_demo(tmp_path / "demo", images=8), tmp_path / "lmms"
    folder = out / "instraug_natural_language_visual_reasoning"
    arguments = ["--data-dir", str(raw), "--split", "validation", "--limit", "4", "--wordings", "2", "-o", str(out)]
    with pytest.raises(SystemExit) as stop:
        main(["lmms-eval", "multiinstruct", "nlvr", *arguments])
    assert not stop.value.code
    group = "instraug_natural_language_visual_reasoning"
    assert capsys.readouterr().out == f"lmms-eval --include_path {out} --tasks {group} --model ...\n"
    metas = InstructionPool.load("multiinstruct")["natural_language_visual_reasoning"][:2]
    assert [
        read(folder / f"{name}.yaml")["metadata"]["instruction_id"] for name in read(folder / f"{group}.yaml")["task"]
    ] == [each.instruction_id for each in metas]
