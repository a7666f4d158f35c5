"""What clients with this package do with the server."""

import contextlib
import hashlib
import io
import pickle
import resource
import tempfile
import warnings
from typing import Any

import datasets
import huggingface_hub

from instraug_datasets import augment, explorer, hub, stream
from instraug_datasets.cli import main
from instraug_datasets.explorer.views import Views
from instraug_datasets.hub import Caller
from instraug_datasets.pool import InstructionPool

FAST = Caller(first_wait=0, longest_wait=0)


def publish(target: str, repo_id: str, options: dict[str, Any] | None = None, **how: Any) -> dict[str, Any]:
    """Publish, without waits; the arguments of `read_publication` and of `publish`."""
    settings = dict(options or {})
    for name in ("revision", "private", "create_pr", "token"):
        if name in settings:
            how[name] = settings.pop(name)
    done = hub.publish(hub.read_publication(target, **settings), repo_id, caller=FAST, **how)
    return {
        "commit": done.commit,
        "pull_request": done.pull_request,
        "uploaded": list(done.uploaded),
        "changed": done.changed,
    }


def plan(target: str, repo_id: str, options: dict[str, Any] | None = None) -> dict[str, Any]:
    """What a publication would do."""
    planned = hub.plan_publication(hub.read_publication(target, **(options or {})), repo_id, caller=FAST)
    return {
        "files": {file.path: file.rows for file in planned.files},
        "deleted": list(planned.deleted),
        "notes": list(planned.notes),
        "card": planned.texts["README.md"],
        "diff": planned.card_diff(),
        "withheld": {each.source: each.outcome for each in planned.withheld},
        "configs": planned.configs,
    }


def prompts(
    repo_id: str, name: str | None, split: str, epochs: int, streaming: bool = True, pool: str | None = None
) -> list[dict[str, str]]:
    """The prompts of a published split in its first epochs, by id."""
    loaded = datasets.load_dataset(repo_id, name, split=split, streaming=streaming)
    augmented = augment(loaded, pool or repo_id)
    shown = []
    for epoch in range(epochs):
        augmented.set_epoch(epoch)
        shown.append({row["unique_id"]: row["prompt"] for row in augmented})
    return shown


def digest(repo_id: str, revision: str | None = None) -> str:
    """The digest of the pool that a reader gets."""
    return hub.load_published_pool(repo_id, revision=revision, caller=FAST)[0].digest


def load_pool(repo_id: str, revision: str | None = None) -> str:
    """The digest of the pool that `InstructionPool.load` gives."""
    return InstructionPool.load(repo_id, revision=revision).digest


def command(*arguments: str) -> dict[str, Any]:
    """What the command prints."""
    out, err, status = io.StringIO(), io.StringIO(), 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main(list(arguments))
        except SystemExit as end:
            status = int(end.code or 0)
    return {"status": status, "out": out.getvalue(), "err": err.getvalue()}


def local_prompts(folder: str, pool: str, epochs: int) -> list[dict[str, str]]:
    """The prompts of a built task, with settings that are not the default ones."""
    loaded = datasets.load_dataset(folder, split="train", streaming=True)
    augmented = stream.augment(loaded, pool, seed=7, strategy="uniform", options_style="letters")
    shown = []
    for epoch in range(epochs):
        augmented.set_epoch(epoch)
        shown.append({row["unique_id"]: row["prompt"] for row in augmented})
    return shown


def attached(repo_id: str, name: str, data_dir: str, streaming: bool) -> dict[str, list[str]]:
    """The digests of the pixels of each example, filled in from raw files, after augmenting."""
    loaded = datasets.load_dataset(repo_id, name, split="train", streaming=streaming)
    filled = augment(hub.attach_images(loaded, data_dir=data_dir), repo_id)
    return {row["unique_id"]: _pixels(row["images"]) for row in filled}


def attached_too_late(repo_id: str, name: str, data_dir: str) -> None:
    """Fill in the pictures of a map-style data set that is augmented already."""
    loaded = datasets.load_dataset(repo_id, name, split="train")
    hub.attach_images(augment(loaded, repo_id), data_dir=data_dir)


def local_pictures(folder: str) -> dict[str, list[str]]:
    """The digests of the pixels of each example of a built task."""
    loaded = datasets.load_dataset(folder, split="train", streaming=True)
    return {row["unique_id"]: _pixels(row["images"]) for row in loaded}


def _pixels(images: list[Any]) -> list[str]:
    decoder = datasets.Image()
    decoded = [decoder.decode_example(each) if isinstance(each, dict) else each for each in images]
    return [hashlib.sha256(each.convert("RGB").tobytes()).hexdigest() for each in decoded]


def publish_with_little_room(target: str, repo_id: str, options: dict[str, Any]) -> dict[str, Any]:
    """Publish where no file can grow beyond a few bytes."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
    return publish(target, repo_id, options)


def pickled_with_token(repo_id: str, token: str | None) -> dict[str, bool]:
    """Whether a user is warned of the token in a stream's pickle, and whether it is in there."""
    loaded = datasets.load_dataset(repo_id, "image_quality", split="train", streaming=True, token=token)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        augmented = augment(loaded, repo_id)
    warned = any("every pickle of it holds" in str(each.message) for each in caught)
    return {"warned": warned, "in_pickle": b"hf_write" in pickle.dumps(augmented)}


def features(repo_id: str, name: str, split: str, streaming: bool) -> dict[str, Any]:
    """The features of a split, after its first example was read."""
    loaded = datasets.load_dataset(repo_id, name, split=split, streaming=streaming)
    next(iter(loaded))
    return dict(loaded.features.to_dict())


def publish_with_xet(target: str, repo_id: str, options: dict[str, Any]) -> dict[str, Any]:
    """Publish by Xet."""
    huggingface_hub.constants.HF_HUB_DISABLE_XET = False
    return publish(target, repo_id, options)


def trained(repo_id: str, name: str, epochs: int) -> list[dict[str, str]]:
    """The prompts that a `Trainer` with two workers was given in each epoch."""
    import torch
    import transformers

    loaded = datasets.load_dataset(repo_id, name, split="train", streaming=True)
    augmented = augment(loaded, repo_id)
    batches: list[list[tuple[str, str]]] = []

    class Model(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = torch.nn.Parameter(torch.zeros(1))

        def forward(self, rows: list[tuple[str, str]]) -> dict[str, torch.Tensor]:
            batches.append(rows)
            return {"loss": self.weight.sum()}

    with tempfile.TemporaryDirectory() as folder:
        arguments = transformers.TrainingArguments(
            folder,
            max_steps=epochs * 3,
            per_device_train_batch_size=2,
            dataloader_num_workers=1,
            remove_unused_columns=False,
            report_to=[],
            save_strategy="no",
            use_cpu=True,
            accelerator_config={"dispatch_batches": False},
        )
        collate = _ids_and_prompts
        transformers.Trainer(Model(), arguments, train_dataset=augmented, data_collator=collate).train()
    return [dict(pair for batch in batches[3 * epoch : 3 * epoch + 3] for pair in batch) for epoch in range(epochs)]


def _ids_and_prompts(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {"rows": [(row["unique_id"], row["prompt"]) for row in rows]}


def bundled_prompts(folder: str, pool: str, epochs: int) -> list[dict[str, str]]:
    """The prompts of a built task."""
    loaded = datasets.load_dataset(folder, split="train", streaming=True)
    augmented = stream.augment(loaded, pool)
    shown = []
    for epoch in range(epochs):
        augmented.set_epoch(epoch)
        shown.append({row["unique_id"]: row["prompt"] for row in augmented})
    return shown


def push_epoch(folder: str, pool: str, repo_id: str, epoch: int, streaming: bool) -> dict[str, str]:
    """Push what is shown at an epoch; returns it."""
    augmented = stream.augment(datasets.load_dataset(folder, split="train", streaming=streaming), pool)
    augmented.set_epoch(epoch)
    augmented.push_to_hub(repo_id)
    return {row["unique_id"]: row["prompt"] for row in augmented}


def push_baked(folder: str, pool: str, repo_id: str, epochs: int) -> None:
    """Push several epochs."""
    augmented = stream.augment(datasets.load_dataset(folder, split="train"), pool)
    stream.bake(augmented, epochs=epochs).push_to_hub(repo_id)


def explored(repo_id: str, epochs: int, pool: str | None = None) -> dict[str, Any]:
    """What the explorer offers of a repository, and the page of each task's first example in its first epochs."""
    shown = explorer.open_published(repo_id, pool=pool)
    views = Views(shown)
    settings = {"strategy": shown.options.get("strategy", "cycle"), "seed": shown.options.get("seed", 0)}
    return {
        "title": shown.title,
        "ids": {task: views.unique_ids(task) for task in shown.tasks},
        "pages": {task: [views.example(task, 0, epoch, **settings) for epoch in range(epochs)] for task in shown.tasks},
        "statistics": views.statistics(),
    }
