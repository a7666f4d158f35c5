"""Files of YAML: declared tasks, recipes, and the cards and recipes of repositories."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import yaml

from instraug_datasets import InstructionPool
from instraug_datasets.hub.card.front_matter import merge_front_matter, split_card
from instraug_datasets.hub.recipe import Recipe
from instraug_datasets.recipe import TrainingRecipe
from instraug_datasets.safe_yaml import parse_yaml
from instraug_datasets.tasks import read_tasks
from tests.fuzz.draws import Draws, Surface

__all__ = ["PUBLISHED_RECIPE", "SURFACES"]

_TASKS = """\
benchmark: mine
category: VQA
tasks:
  my_vqa:
    title: Mine
    aliases: [m]
    fields: [question]
    optional_fields: [context]
    metric: accuracy
    role: train
    version: 2
    instructions: ["Answer: {question}", "{context} {question}"]
  other: {role: excluded, reason: none}
"""
_RECIPE = """\
benchmark: multiinstruct
tasks: [nlvr, ITM]
pool: {name: multiinstruct, digest: "00", instructions: 3}
prompts: {seed: 4, strategy: cycle, options_style: letters, region_style: pixels, max_instructions: 3,
  styles: {form: question, length: [short]}}
epochs: 3
evaluation: {wordings: ["Say: {text}"]}
"""
PUBLISHED_RECIPE = """\
format: 1
benchmark: multiinstruct
pool: {config: instructions, digest: 0123, instructions: 3}
prompts: {seed: 4, strategy: cycle}
versions: {instraug-datasets: 0.1.0}
rights: [a]
configs:
  ITM: {role: train, splits: {train: 3}, sources: {mscoco: whole}}
"""
_CARD = """\
---
license: mit  # mine
configs:
- config_name: ITM
  data_files:
  - {split: train, path: ITM/train-*}
- config_name: own
  data_files: own/*.csv
  default: true
dataset_info: {config_name: ITM, splits: [{name: train}]}
---
# Title
"""
_KEYS = (
    "a",
    "- ",
    ": ",
    "\n",
    "  ",
    "{",
    "}",
    "[",
    "]",
    ", ",
    "1",
    "2024-13-45",
    "0x",
    "!!python/name:x",
    "&a ",
    "*a",
    "|",
)
_DEEP = ("[" * 150, "{a: " * 150, "- " * 150, "1" * 5000, "? " * 150, "&a [*a]", "<<: *a")


def check_yaml(text: str, folder: Path) -> None:
    """A document is read, or refused as YAML is."""
    with suppress(yaml.YAMLError):
        parse_yaml(text)


def check_tasks(text: str, folder: Path) -> None:
    """Tasks that are read make a pool."""
    path = folder / "tasks.yaml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    if tasks := read_tasks(path):
        InstructionPool.from_tasks(tasks)


def check_published(text: str, folder: Path) -> None:
    """A published recipe that is read can be written."""
    Recipe.from_yaml(text).to_yaml()


def check_card(text: str, folder: Path) -> None:
    """A card takes our configs up, and its body stays."""
    front, _ = split_card(text)
    configs = {"default": {"train": "default/train-*"}, "ITM": {"train": "ITM/train-*"}}
    merged, _ = merge_front_matter(front, "license: mit\n", configs, folders=("ITM", "default"))
    again, _ = merge_front_matter(merged, "license: mit\n", configs, folders=("ITM", "default"))
    if again != merged:
        raise AssertionError("merged twice, it is another text")


def _document(draws: Draws) -> str:
    text = draws.line(*_KEYS, most=20)
    return text + draws.pick(_DEEP) + draws.text() if draws.chance(30) else text


SURFACES = {
    "YAML": Surface(_document, check_yaml, 50),
    "task files": Surface(lambda draws: draws.changed_text(_TASKS), check_tasks, 20),
    "recipes": Surface(
        lambda draws: draws.changed_text(_RECIPE), lambda text, folder: TrainingRecipe.from_yaml(text), 30
    ),
    "published recipes": Surface(lambda draws: draws.changed_text(PUBLISHED_RECIPE), check_published, 20),
    "cards": Surface(lambda draws: draws.changed_text(_CARD), check_card, 5),
}
