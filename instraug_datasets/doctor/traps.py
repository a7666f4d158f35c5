"""Known traps of training loops, one row each: where a script steps into it, what happens, and what to change."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from .script import Kind, Script, is_false, is_true, keyword, name_of, unpacks

__all__ = ["TRAPS", "Trap"]

_ARGUMENTS = ("TrainingArguments", "Seq2SeqTrainingArguments")


@dataclass(frozen=True, slots=True)
class Trap:
    """A way to write a loop that runs, and trains on other prompts than was meant.

    Args:
        name: What it is called in output.
        happens: What happens, in one sentence.
        change: What to write instead.
        find: The nodes of a script that step into it; the second argument is the number of processes, if known.
    """

    name: str
    happens: str
    change: str
    find: Callable[[Script, int | None], Iterator[ast.AST]]


def _augmented(script: Script) -> list[ast.Call]:
    """The calls of `augment` whose prompts follow the epoch."""
    return [call for call in script.augments if keyword(call, "epoch") is None]


def _kinds(script: Script) -> set[Kind | None]:
    return {script.kind(call) for call in _augmented(script)}


def _trainers(script: Script) -> list[ast.Call]:
    """The calls that make a Trainer of transformers or TRL, or one derived from it; Lightning's takes no data."""
    return [
        call
        for call in script.calls
        if script.called(call).endswith("Trainer") and keyword(call, "train_dataset") is not None
    ]


def _trainer_kinds(script: Script, trainer: ast.Call) -> set[Kind | None]:
    """What a trainer trains on; where its own argument does not show it, whatever the script augments."""
    data = keyword(trainer, "train_dataset")
    return {script.kind(data)} if data is not None and script.made_by(data, "augment") else _kinds(script)


def _unused_columns(script: Script, processes: int | None) -> Iterator[ast.AST]:
    if _sets(script, "remove_unused_columns"):
        return
    for call in script.calls_of(*_ARGUMENTS):
        value = keyword(call, "remove_unused_columns")
        if is_true(value) or (value is None and not unpacks(call)):
            yield call


def _sets(script: Script, attribute: str) -> bool:
    """Whether an attribute of this name is assigned anywhere."""
    targets = [target for node in script.nodes if isinstance(node, ast.Assign) for target in node.targets]
    return any(isinstance(target, ast.Attribute) and target.attr == attribute for target in targets)


def _dispatch(script: Script, processes: int | None) -> Iterator[ast.AST]:
    if "stream" not in _kinds(script) or _says_dispatch(script):
        return
    accelerators = script.calls_of("Accelerator") if script.calls_of("prepare") else []
    for call in (*script.calls_of(*_ARGUMENTS), *accelerators):
        given = keyword(call, "accelerator_config") or keyword(call, "dataloader_config")
        if not unpacks(call) and (given is None or isinstance(given, (ast.Call, ast.Dict))):
            yield call


def _says_dispatch(script: Script) -> bool:
    """Whether `dispatch_batches` is given anywhere, as an argument, a key or an attribute, and not as True."""
    name = "dispatch_batches"
    given = [each.value for node in script.calls for each in node.keywords if each.arg == name]
    for node in (each for each in script.nodes if isinstance(each, ast.Dict)):
        pairs = zip(node.keys, node.values, strict=True)
        given += [value for key, value in pairs if isinstance(key, ast.Constant) and key.value == name]
    return _sets(script, name) or any(not is_true(value) for value in given)


def _no_callback(script: Script, processes: int | None) -> Iterator[ast.AST]:
    if not script.calls_of("EpochCallback"):
        yield from (call for call in _trainers(script) if "map-style" in _trainer_kinds(script, call))


def _shuffled_first(script: Script, processes: int | None) -> Iterator[ast.AST]:
    for call in script.augments:
        before = [maker for data in call.args[:1] for maker in script.makers(data)]
        if script.kind(call) == "stream":
            yield from [maker for maker in before if script.called(maker) == "shuffle"][:1]


def _uneven_shards(script: Script, processes: int | None) -> Iterator[ast.AST]:
    ranks = processes or _processes(script)
    for call in script.calls_of("to_iterable_dataset"):
        number = script.number(keyword(call, "num_shards")) or 1
        if ranks and number > 1 and number % ranks:
            yield call


def _processes(script: Script) -> int | None:
    """The number of processes that the script itself shows."""
    splits = script.calls_of("split_dataset_by_node")
    numbers = [script.number(keyword(call, "world_size")) for call in splits]
    if _is_lightning(script):
        numbers += [script.number(keyword(call, "devices")) for call in script.calls_of("Trainer", "Fabric")]
    return next((number for number in numbers if number), None)


def _not_split(script: Script, processes: int | None) -> Iterator[ast.AST]:
    several = (processes or _processes(script) or 1) > 1 or script.calls_of("init_process_group")
    if several and script.calls_of("DataLoader", "StatefulDataLoader") and not _is_split(script):
        yield from (call for call in _augmented(script) if script.kind(call) == "stream")


def _is_split(script: Script) -> bool:
    return bool(script.calls_of("split_dataset_by_node", "shard", "prepare") or _trainers(script))


def _split_twice(script: Script, processes: int | None) -> Iterator[ast.AST]:
    if script.calls_of("Accelerator") or _trainers(script):
        yield from script.calls_of("split_dataset_by_node")


def _overwritten(script: Script, processes: int | None) -> Iterator[ast.AST]:
    if not any(script.made_by(argument, "DataLoader") for call in script.calls_of("prepare") for argument in call.args):
        return
    for told in _told(script):
        if script.kind(told) == "stream" and not script.made_by(told, "prepare", "DataLoader"):
            yield told


def _told(script: Script) -> Iterator[ast.expr]:
    """What the script tells an epoch; samplers, which keep it to themselves, do not count."""
    for call in script.calls_of("set_epoch"):
        if isinstance(call.func, ast.Attribute):
            told = call.func.value
            if not (name_of(told).endswith("sampler") or script.made_by(told, "DistributedSampler")):
                yield told


def _left_early(script: Script, processes: int | None) -> Iterator[ast.AST]:
    told = set(map(name_of, _told(script)))
    for loop in (node for node in script.nodes if isinstance(node, ast.For)):
        loaders = [node for node in ast.walk(loop.iter) if isinstance(node, ast.Name)]
        prepared = [each for each in loaders if script.made_by(each, "prepare") and each.id not in told]
        if prepared and _kinds(script) & {"stream"} and any(isinstance(node, ast.Break) for node in ast.walk(loop)):
            yield loop


def _never_told(script: Script, processes: int | None) -> Iterator[ast.AST]:
    if not script.calls_of("DataLoader", "StatefulDataLoader") or _is_lightning(script):
        return
    if not (any(_told(script)) or script.calls_of("prepare", "EpochCallback") or _trainers(script)):
        yield from _augmented(script)


def _lightning(script: Script, processes: int | None) -> Iterator[ast.AST]:
    if _is_lightning(script) and not any(_told(script)):
        yield from _augmented(script)


def _is_lightning(script: Script) -> bool:
    return script.imports("lightning") or script.imports("pytorch_lightning")


def _text_column(script: Script, processes: int | None) -> Iterator[ast.AST]:
    outputs = [keyword(call, "output") for call in script.augments]
    turns = any(isinstance(each, ast.Constant) and each.value == "prompt_completion" for each in outputs)
    if turns and not script.calls_of("select_columns", "remove_columns"):
        yield from (c for c in script.calls_of("SFTConfig") if is_false(keyword(c, "remove_unused_columns")))


TRAPS = (
    Trap(
        name="remove_unused_columns",
        happens="Trainer drops every column that is no argument of the model, the prompts too, before the collator.",
        change="TrainingArguments(remove_unused_columns=False)",
        find=_unused_columns,
    ),
    Trap(
        name="dispatch_batches",
        happens="Of a stream, the first process reads for all and cuts its batches up: columns that are no tensors, "
        "and batches of different lengths, fail.",
        change='TrainingArguments(accelerator_config={"dispatch_batches": False}), or '
        "Accelerator(dataloader_config=DataLoaderConfiguration(dispatch_batches=False))",
        find=_dispatch,
    ),
    Trap(
        name="epoch_callback",
        happens="With two or more processes Trainer does not tell map-style data the epoch: every epoch has the same "
        "prompts. With one process the callback does no harm.",
        change="Trainer(..., callbacks=[EpochCallback()])",
        find=_no_callback,
    ),
    Trap(
        name="shuffle_before_augment",
        happens="A stream that is shuffled before augment() loses some examples and repeats others when it resumes.",
        change="shuffle afterwards: augment(stream, ...).shuffle(seed=...)",
        find=_shuffled_first,
    ),
    Trap(
        name="num_shards",
        happens="The number of shards is no multiple of the number of processes: ranks get unequal parts, or each "
        "reads all of the data.",
        change="num_shards= a multiple of the number of processes, or 1",
        find=_uneven_shards,
    ),
    Trap(
        name="not_split",
        happens="Every process reads the whole stream: each example is trained on once per process.",
        change="split_dataset_by_node(stream, rank=..., world_size=...) after augment()",
        find=_not_split,
    ),
    Trap(
        name="split_before_prepare",
        happens="accelerate, which Trainer uses too, splits the stream between processes once more: examples are lost.",
        change="leave split_dataset_by_node out",
        find=_split_twice,
    ),
    Trap(
        name="set_epoch_overwritten",
        happens="A loader that accelerate has prepared counts its own passes and overwrites what is set on the stream.",
        change="call set_epoch of the prepared loader: loader.set_epoch(epoch)",
        find=_overwritten,
    ),
    Trap(
        name="pass_left_early",
        happens="A prepared loader counts complete passes only: after a break the next pass has the same prompts.",
        change="call loader.set_epoch(epoch) of the prepared loader before each pass",
        find=_left_early,
    ),
    Trap(
        name="epoch_never_set",
        happens="Nothing sets the epoch of the data in a loop of your own (the set_epoch of a sampler does not): every "
        "epoch has the prompts of epoch 0.",
        change="call set_epoch(epoch) on the augmented data before each pass, or augment(..., epoch=0) for evaluation",
        find=_never_told,
    ),
    Trap(
        name="lightning_epoch",
        happens="Lightning tells streams and map-style data no epoch: every epoch has the prompts of epoch 0.",
        change="in on_train_epoch_start: self.stream.set_epoch(self.current_epoch), and when a checkpoint is loaded; "
        "docs/epochs.md has the callback",
        find=_lightning,
    ),
    Trap(
        name="trl_text_column",
        happens="SFTTrainer looks for whole texts in the column text, null where a task has no such field, and "
        "overlooks prompt and completion.",
        change='.select_columns(["images", "prompt", "completion"]) after augment(), or leave out '
        "remove_unused_columns=False",
        find=_text_column,
    ),
)
"""Every trap, in the order in which a script's are reported within a line."""
