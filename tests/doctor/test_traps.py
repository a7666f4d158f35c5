"""Scripts that step into each known trap, and the same scripts as they should be."""

import re
from pathlib import Path

import pytest

from instraug_datasets.doctor import TRAPS, calls_augment, examine
from instraug_datasets.errors import SettingError

ROOT = Path(__file__).parents[2]
STREAM = """\
from datasets import load_dataset
from instraug_datasets import augment
stream = load_dataset("parquet", data_files="a.parquet", split="train", streaming=True)
stream = augment(stream, "multiinstruct")
"""
TABLE = STREAM.replace(", streaming=True", "")
TRAINER = """\
from transformers import Trainer, TrainingArguments as Arguments
args = Arguments("out", remove_unused_columns=False, accelerator_config={"dispatch_batches": False})
trainer = Trainer(model, args, train_dataset=stream)
"""
PLAIN = """\
from torch.utils.data import DataLoader
loader = DataLoader(stream, batch_size=4)
for epoch in range(3):
    stream.set_epoch(epoch)
    for batch in loader:
        step(batch)
"""
PREPARED = """\
from accelerate import Accelerator
from accelerate.utils import DataLoaderConfiguration
from torch.utils.data import DataLoader
accelerator = Accelerator(dataloader_config=DataLoaderConfiguration(dispatch_batches=False))
model, loader = accelerator.prepare(model, DataLoader(stream, batch_size=4))
for epoch in range(3):
    loader.set_epoch(epoch)
    for batch in loader:
        if done(batch):
            break
"""
SHARDS = TABLE.replace('"train")', '"train").to_iterable_dataset(num_shards=4)')
LIGHTNING = STREAM + "import lightning\nclass Data(lightning.LightningDataModule):\n"
TURNS = STREAM.replace('"multiinstruct")', '"multiinstruct", output="prompt_completion")')
SFT = """\
from trl import SFTConfig, SFTTrainer
args = SFTConfig("out", remove_unused_columns=False)
SFTTrainer(model, args, train_dataset=stream).train()
"""
HOOK = "    def on_train_epoch_start(self):\n        stream.set_epoch(self.current_epoch)\n"

RANKS = "from torch import distributed\ndistributed.init_process_group()\n"
SAMPLED = """\
from torch.utils.data import DataLoader, DistributedSampler
sampler = DistributedSampler(stream, num_replicas=3, rank=rank)
loader = DataLoader(stream, batch_size=4, sampler=sampler)
for epoch in range(3):
    sampler.set_epoch(epoch)
    for batch in loader:
        step(batch)
"""
REUSED = PREPARED.replace(
    "model, loader = accelerator.prepare(model, DataLoader(stream, batch_size=4))",
    "loader = DataLoader(dataset=stream)\nmodel, loader = accelerator.prepare(\n    model,\n    loader,\n)",
)
# Traps that depend on the number of processes.
PROCESSES = {"num_shards": 3, "not_split": 3}

# The name of a trap, a script that steps into it, the text of the line at fault, and the script without it.
CASES = [
    (
        "remove_unused_columns",
        STREAM + TRAINER.replace(" remove_unused_columns=False,", ""),
        "args = Arguments(",
        STREAM + TRAINER,
    ),
    (
        "remove_unused_columns",
        STREAM + TRAINER.replace("remove_unused_columns=False", "remove_unused_columns=True"),
        "args = Arguments(",
        STREAM + TRAINER.replace('"out", ', '"out", **options, '),
    ),
    (
        "dispatch_batches",
        STREAM + TRAINER.replace(', accelerator_config={"dispatch_batches": False}', ""),
        "args = Arguments(",
        TABLE
        + TRAINER.replace(', accelerator_config={"dispatch_batches": False}', ", **options")
        + "EpochCallback()\n",
    ),
    (
        "dispatch_batches",
        STREAM + PREPARED.replace("dispatch_batches=False", "split_batches=True"),
        "accelerator = Accelerator(",
        STREAM + PREPARED,
    ),
    (
        "epoch_callback",
        TABLE + TRAINER,
        "trainer = Trainer(",
        TABLE + TRAINER.replace("=stream)", "=stream, callbacks=[EpochCallback()])"),
    ),
    (
        "epoch_callback",
        TABLE + TRAINER.replace("trainer = Trainer(", "trainer = VisionTrainer("),
        "trainer = VisionTrainer(",
        STREAM + TRAINER.replace("trainer = Trainer(", "trainer = VisionTrainer("),
    ),
    (
        "shuffle_before_augment",
        STREAM.replace("streaming=True)", "streaming=True).shuffle(seed=1)") + TRAINER,
        "stream = load_dataset(",
        STREAM + "stream = stream.shuffle(seed=1)\n" + TRAINER,
    ),
    (
        "num_shards",
        SHARDS + TRAINER,
        "stream = load_dataset(",
        SHARDS.replace("num_shards=4", "num_shards=6") + TRAINER,
    ),
    (
        "num_shards",
        "SHARDS = 4\n" + SHARDS.replace("num_shards=4", "num_shards=SHARDS") + TRAINER,
        "stream = load_dataset(",
        "SHARDS = 6\n" + SHARDS.replace("num_shards=4", "num_shards=SHARDS") + TRAINER,
    ),
    (
        "split_before_prepare",
        STREAM + "stream = split_dataset_by_node(stream, rank=rank, world_size=ranks)\n" + PREPARED,
        "stream = split_dataset_by_node(",
        STREAM + PREPARED,
    ),
    (
        "set_epoch_overwritten",
        STREAM + PREPARED.replace("    loader.set_epoch", "    stream.set_epoch").replace("break", "pass"),
        "    stream.set_epoch",
        STREAM + PREPARED,
    ),
    (
        "set_epoch_overwritten",
        STREAM + REUSED.replace("    loader.set_epoch", "    stream.set_epoch").replace("break", "pass"),
        "    stream.set_epoch",
        STREAM + REUSED,
    ),
    (
        "pass_left_early",
        STREAM + PREPARED.replace("    loader.set_epoch(epoch)\n", ""),
        "    for batch in loader",
        STREAM + PREPARED.replace("    loader.set_epoch(epoch)\n", "").replace("break", "pass"),
    ),
    (
        "epoch_never_set",
        STREAM + PLAIN.replace("    stream.set_epoch(epoch)\n", ""),
        "stream = augment(",
        STREAM + PLAIN,
    ),
    (
        "epoch_never_set",
        TABLE + PLAIN.replace("    stream.set_epoch(epoch)\n", ""),
        "stream = augment(",
        TABLE.replace('"multiinstruct")', '"multiinstruct", epoch=0)')
        + PLAIN.replace("    stream.set_epoch(epoch)\n", ""),
    ),
    (
        "epoch_never_set",
        TABLE + SAMPLED,
        "stream = augment(",
        TABLE + SAMPLED.replace("    sampler.set_epoch", "    stream.set_epoch(epoch)\n    sampler.set_epoch"),
    ),
    (
        "not_split",
        STREAM + RANKS + PLAIN,
        "stream = augment(",
        STREAM + "stream = split_dataset_by_node(stream, rank=rank, world_size=ranks)\n" + RANKS + PLAIN,
    ),
    ("lightning_epoch", LIGHTNING + "    pass\n", "stream = augment(", LIGHTNING + HOOK),
    (
        "trl_text_column",
        TURNS + SFT,
        "args = SFTConfig(",
        TURNS + 'stream = stream.select_columns(["images", "prompt", "completion"])\n' + SFT,
    ),
]


@pytest.mark.parametrize(("trap", "script", "line", "mended"), CASES, ids=[case[0] for case in CASES])
def test_a_trap_and_its_mending(trap, script, line, mended):
    """A script has exactly one finding, with its line, and none once it is mended."""
    (found,) = examine(script, file="train.py", num_processes=PROCESSES.get(trap))
    assert (found.trap, found.file) == (trap, "train.py")
    assert script.splitlines()[found.line - 1].startswith(line)
    assert examine(mended, file="train.py", num_processes=PROCESSES.get(trap)) == []


def test_every_trap_has_a_case():
    """A new one joins the table above."""
    assert {trap.name for trap in TRAPS} == {case[0] for case in CASES}


@pytest.mark.parametrize("path", sorted((ROOT / "examples").glob("*.py")), ids=lambda path: path.name)
def test_the_examples_step_into_none(path):
    """With the number of processes that their first lines name."""
    source = path.read_text(encoding="utf-8")
    assert examine(source, file=path.name, num_processes=2 if "--nproc-per-node 2" in source else 1) == []


def test_the_loops_of_the_documents_step_into_none():
    """What README.md and docs/ write in Python is as good as a script."""
    for document in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))):
        for code in re.findall(r"```python\n(.*?)```", document.read_text(encoding="utf-8"), re.DOTALL):
            assert examine(code, file=document.name) == []


def test_what_a_script_does_not_show_is_not_judged():
    """Data from a function's argument, streaming from an option, and scripts without augment."""
    hidden = STREAM.replace("streaming=True", "streaming=options.streaming") + TRAINER
    assert examine(hidden, file="train.py") == []
    assert (
        examine(
            "def train(stream):\n    stream = augment(stream, pool)\n    Trainer(m, train_dataset=stream)", file="a"
        )
        == []
    )
    assert examine(TRAINER.replace("remove_unused_columns=False", "seed=1"), file="train.py") == []


def test_functions_of_other_libraries_are_not_judged():
    """An augment of pictures, as a method or imported, is not ours."""
    trained = STREAM + TRAINER.replace("remove_unused_columns=False, ", "")
    for ours, other in (("instraug_datasets import", "pictures import"), ("= augment(", "= pictures.augment(")):
        script = trained.replace(ours, other)
        assert not calls_augment(script, file="train.py")
        assert examine(script, file="train.py") == []
    assert calls_augment(trained, file="train.py")
    assert calls_augment("import instraug_datasets as pictures\npictures.augment(data, pool)\n", file="train.py")


def test_lightning_has_traps_of_its_own():
    """Its Trainer is not that of transformers, and leaves a stream unsplit."""
    loop = "from lightning import Trainer\nTrainer(devices=2).fit(model, DataLoader(stream))\n"
    assert [each.trap for each in examine(TABLE + loop, file="train.py")] == ["lightning_epoch"]
    assert {each.trap for each in examine(STREAM + loop, file="train.py")} == {"lightning_epoch", "not_split"}


def test_the_number_of_processes_may_stand_in_the_script():
    """Then it need not be given."""
    script = SHARDS + "stream = split_dataset_by_node(stream, rank=rank, world_size=3)\n"
    assert [(each.trap, each.line) for each in examine(script, file="train.py")] == [("num_shards", 3)]


def test_a_script_that_is_no_python_is_refused():
    """The message names the file."""
    with pytest.raises(SettingError, match=r"^train\.py is not valid Python 3\.\d+\.\d+"):
        examine("for x in\n", file="train.py")
