"""Collections of toy examples and of hostile ones, and the app that serves them."""

import io
import re
import socket
import subprocess
import sys
from contextlib import contextmanager

import pytest
from datasets import Dataset
from PIL import Image

from instraug_datasets.explorer import Collection
from instraug_datasets.pool import Instruction, InstructionPool
from instraug_datasets.records import FEATURES, Example

HOSTILE = (
    "<script>document.title='broken'</script><img src=x onerror=\"document.title='broken'\"> \"' ${1+1} {{this}} "
    "\x1b[31mred \u202eright to left\u202c \u05e9\u05dc\u05d5\u05dd "
)
LONG = "long" * 2500


def png(size=(40, 30), color="red"):
    """A picture as `datasets.Image` stores it."""
    content = io.BytesIO()
    Image.new("RGB", size, color).save(content, "PNG")
    return {"path": None, "bytes": content.getvalue()}


def pick_example(number, **changes):
    """An example whose options and target are boxes."""
    values = {
        "unique_id": f"toy/pick/{number}",
        "task": "pick",
        "source": "toy",
        "images": (png(),),
        "text": f"red thing {number}",
        "options": ("1 2 3 4", "10 20 30 25"),
        "region": ((0.5, 1.5, 20.5, 30),),
        "target": "10 20 30 25",
        "meta": {"image_size": [40, 30], "boxes": ["options", "target"]},
    }
    return Example(**{**values, **changes}).to_dict()


def pick_pool(*texts):
    """A meta instruction with two variants in a row, and further meta instructions."""
    meta = Instruction(task="pick", text="{text}\n{options}")
    variant = Instruction(
        task="pick", text="{options}\nPick: {text}", origin=meta.instruction_id, engine="grammar", iteration=1
    )
    second = Instruction(
        task="pick",
        text="{options}\nTake: {text}",
        origin=meta.instruction_id,
        parent=variant.instruction_id,
        engine="transformers",
        iteration=2,
    )
    others = [Instruction(task=task, text=text) for task, text in (("pick", each) for each in texts)]
    return InstructionPool.from_instructions([meta, variant, second, *others])


def collection(pool, *examples, title="toys", **options):
    """A collection of the task `pick`."""
    rows = Dataset.from_list(list(examples), features=FEATURES)
    return Collection(title, ["pick"], pool, lambda task: rows.to_iterable_dataset(), options)


def toy_collection():
    """Two examples under three instructions."""
    return collection(pick_pool(), pick_example(0), pick_example(1), seed=7)


def hostile_collection():
    """Hostile text in a title, an id, a field, and an instruction."""
    example = pick_example(0, unique_id=f"toy/{HOSTILE}{LONG}", text=HOSTILE + LONG)
    text = HOSTILE.replace("{{this}}", "").replace("${1+1}", "") + "{text}\n{options}"
    return collection(pick_pool(text), example, title=HOSTILE)


@contextmanager
def served(shown, folder):
    """The address at which the command serves a collection, in a process of its own until the end."""
    (folder / "pick").mkdir()
    rows = Dataset.from_list(shown.examples("pick", 10), features=FEATURES)
    rows.to_parquet(folder / "pick/train-00000-of-00001.parquet")
    shown.pool.save(folder / "pool.parquet")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    options = ("--pool", folder / "pool.parquet", "--seed", "7", "--port", str(port), "--no-browser")
    command = [sys.executable, "-m", "instraug_datasets.cli", "explore", folder, *options]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            lines = process.stderr
            assert lines is not None
            yield next(found[0] for found in map(re.compile(r"http://\S+").search, lines) if found)
        finally:
            process.kill()


@pytest.fixture
def toys():
    """Two examples under three instructions."""
    return toy_collection()


@pytest.fixture
def hostile():
    """Hostile text wherever there is text."""
    return hostile_collection()


@pytest.fixture(scope="session")
def address(tmp_path_factory):
    """Where the toy examples are served."""
    pytest.importorskip("gradio")
    with served(toy_collection(), tmp_path_factory.mktemp("toys")) as address:
        yield address


@pytest.fixture(scope="session")
def hostile_address(tmp_path_factory):
    """Where the hostile example is served."""
    pytest.importorskip("gradio")
    with served(hostile_collection(), tmp_path_factory.mktemp("hostile")) as address:
        yield address
