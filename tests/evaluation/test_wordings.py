"""How different wordings are: figures of small pools, by hand."""

from instraug_datasets.evaluation.wordings import difference
from instraug_datasets.pool import Instruction


def instructions(*texts):
    """Return instructions with these texts."""
    return [Instruction(task="t", text=text) for text in texts]


def test_figures_of_three_instructions():
    """Nearest neighbors, repeated sentences and openings are counted as defined."""
    found = difference(
        instructions(
            "Name the animal. Answer in a word.",
            "Answer in a word. Which animal is it?",
            "What do you see? {question}",
        )
    )
    # {name the animal answer in a word} and {answer in a word which animal is it}: 5 of 10.
    assert (found.instructions, found.nearest_max, found.openings) == (3, 0.5, 3)
    assert found.nearest_mean == (0.5 + 0.5 + 0.0) / 3
    assert found.repeated == 0


def test_an_instruction_made_of_known_sentences_is_repeated():
    """An instruction is repeated if each of its sentences also stands in another one."""
    found = difference(instructions("Look here. Name it now.", "Look here.", "Name it now! Please do.", "Caption:"))
    assert found.repeated == 2 / 4
