"""Every script under examples/ as a process: the text that each example gave the model, per rank, in order."""

from datasets.distributed import split_dataset_by_node

from examples.toy_task import POOL, questions
from instraug_datasets import InstructionAugmenter, augment
from tests.examples.running import by_rank, ids, plain_stream, python, shown, texts, torchrun

EPOCHS = range(3)
EVALUATED = [text for _ in EPOCHS for text in texts([f"dots/{number}" for number in range(4)], 0)]
STEPS = 4  # of an epoch


def test_plain_pytorch():
    """Persistent workers show the prompts of epochs 0, 1 and 2; the validation between them those of epoch 0."""
    lines = python("plain_pytorch.py")
    order = [ids(plain_stream(2), epoch, workers=2) for epoch in EPOCHS]
    assert shown(lines) == [text for epoch in EPOCHS for text in texts(order[epoch], epoch)]
    assert shown(lines, training=False) == EVALUATED


def test_plain_pytorch_on_two_ranks():
    """Each rank its part, in the wording of the epoch."""
    parts = [split_dataset_by_node(plain_stream(2), rank=rank, world_size=2) for rank in range(2)]
    expected = [[text for epoch in EPOCHS for text in texts(ids(part, epoch), epoch)] for part in parts]
    assert by_rank(torchrun(2, "torchrun_2_ranks.py"), 2) == expected


def test_accelerate_on_two_ranks_from_a_later_epoch():
    """The prepared loader deals whole shards to the ranks, and shows the epochs that it is told."""
    parts = [plain_stream(4).shard(num_shards=2, index=rank) for rank in range(2)]
    expected = [[text for epoch in (2, 3) for text in texts(ids(part, epoch), epoch)] for part in parts]
    assert by_rank(torchrun(2, "accelerate_loop.py", "--first-epoch", 2, "--epochs", 2), 2) == expected


def test_stateful_dataloader_resumed_twice(tmp_path):
    """Three processes that each go on where the one before has stopped read what one would have read."""
    state = tmp_path / "state.json"
    runs = [python("stateful_dataloader.py", "--state", state, *stop) for stop in (["--batches", 6], ["--batches", 3])]
    runs.append(python("stateful_dataloader.py", "--state", state))
    stream = augment(plain_stream(2), POOL, seed=42).shuffle(seed=1, buffer_size=4)
    order = [ids(stream, epoch, workers=2) for epoch in EPOCHS]
    assert [text for run in runs for text in shown(run)] == [
        text for epoch in EPOCHS for text in texts(order[epoch], epoch)
    ]
    assert list(map(len, runs)) == [6 * STEPS, 3 * STEPS, 3 * STEPS]


def test_trainer_evaluates_and_resumes_in_a_later_epoch(tmp_path):
    """Evaluation shows epoch 0 every time, and a second process goes on in the middle of epoch 1."""
    whole = python("hf_trainer.py", "--output-dir", tmp_path)
    stream = augment(plain_stream(1), POOL, seed=42).shuffle(seed=1, buffer_size=8)
    expected = [text for epoch in EPOCHS for text in texts(ids(stream, epoch), epoch)]
    assert shown(whole) == expected
    assert shown(whole, training=False) == EVALUATED
    resumed = python("hf_trainer.py", "--output-dir", tmp_path, "--resume", tmp_path / "checkpoint-6")
    assert shown(resumed) == expected[6 * 4 :]
    assert shown(resumed, training=False) == EVALUATED[4:]


def test_messages_to_a_processor():
    """One picture, two, none, and one in the middle of the text: four image tokens for each, where its turn says."""
    picture = "<image>" * 4
    assert shown(python("messages_to_processor.py")) == [
        f"USER: {picture}Which color? In a word.\nASSISTANT: black\n</s>",
        f"USER: {picture}{picture}Look first. Same color?\nASSISTANT: no\n</s>",
        "USER: Look first. Is red a color?\nASSISTANT: yes\n</s>",
        f"USER: Look first. Here: {picture} Is it blue?\nASSISTANT: no\n</s>",
        f"USER: {picture}Look first. Which color?\nASSISTANT: black\n</s>",
        f"USER: {picture}{picture}Same color? In a word.\nASSISTANT: no\n</s>",
        "USER: Is red a color?\nASSISTANT: yes\n</s>",
        f"USER: Here: {picture} Is it blue? In a word.\nASSISTANT: no\n</s>",
    ]


def test_instructblip():
    """The language model reads the prompt and the answer, the Q-Former the prompt, and the loss is of the answer."""
    rows = [row for epoch in range(2) for row in map(InstructionAugmenter(POOL, seed=42, epoch=epoch), questions(8))]
    expected = [f"{row['prompt']} {row['target']} | {row['prompt']} | {row['target']}" for row in rows]
    assert shown(python("instructblip.py")) == expected
