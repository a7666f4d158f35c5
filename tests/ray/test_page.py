"""The page on engines: its code runs as it stands, and gives the prompts of the local stream."""

import importlib.util
import json
import logging
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from datasets import load_dataset

from instraug_datasets import augment
from instraug_datasets.builders import build
from instraug_datasets.builders.demo import write_demo
from tests.ray.running import ROOT, environment

PAGE = (ROOT / "docs" / "engines.md").read_text(encoding="utf-8")
SECTION = re.compile(r"^## ([^\n]+)\n.*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CODE = {found[1]: block[1] for found in SECTION.finditer(PAGE) if (block := BLOCK.search(found[0]))}
# How the result of each section becomes a list of rows, after it and before what follows.
ENGINES = {
    "Ray Data": ("ray", "rows = prompts.take_all()"),
    "Spark": ("pyspark", "rows = [row.asDict() for row in prompts.collect()]; spark.stop()"),
    "Polars": ("polars", "rows = prompts.to_dicts(); assert same.equals(prompts)"),
}
END = """
import json
assert all(image["bytes"] for row in rows for image in row["images"])
json.dump({row["unique_id"]: [row["prompt"], row["instruction_id"]] for row in rows}, open("prompts.json", "w"))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a built task in `out`."""
    folder = tmp_path_factory.mktemp("engines")
    raw = write_demo(folder / "raw", seed=0, images=12)
    logging.getLogger("instraug_datasets.builders").setLevel(logging.ERROR)
    build("multiinstruct", ["ITM"], data_dir=raw, output=folder / "out", num_examples=8, progress=False)
    return folder


@pytest.mark.parametrize("section", ENGINES)
def test_each_engine_gives_the_local_prompts(folder: Path, section: str) -> None:
    """The code of the page, in a process of its own, beside the stream in epoch 1."""
    library, rows = ENGINES[section]
    if importlib.util.find_spec(library) is None or (library == "pyspark" and shutil.which("java") is None):
        pytest.skip(f"{library} is not installed")
    stream = augment(load_dataset(str(folder / "out/ITM"), split="train", streaming=True), "multiinstruct", seed=42)
    stream.set_epoch(1)
    expected = {row["unique_id"]: [row["prompt"], row["instruction_id"]] for row in stream.decode(False)}
    script = folder / "snippet.py"
    script.write_text(f"{CODE[section]}\n{rows}\n{END}", encoding="utf-8")
    names = {"PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"}
    command = [sys.executable, str(script)]
    done = subprocess.run(command, cwd=folder, env={**environment(), **names}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-4000:]
    assert json.loads((folder / "prompts.json").read_text(encoding="utf-8")) == expected
    (folder / "prompts.json").unlink()
    assert len(expected) == 8


def test_every_section_with_code_is_run() -> None:
    """The engines above are those of the page."""
    assert set(CODE) == set(ENGINES)
