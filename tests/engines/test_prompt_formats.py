"""How a request is put to a model of one's own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instraug_datasets.engines import Request
from instraug_datasets.engines.prompt_formats import chat_messages, completion_prompt, split_paragraph

TEXT = 'Decide whether it fits.\n\nCaption: "{A}"\n\n{B}\n\nReply with one option, please.'


def test_a_chat_has_the_order_and_the_instruction():
    """The messages are the system prompt, the examples as turns, and the instruction."""
    assert chat_messages(Request("Rewrite.", "Say it.", (("Go.", "Please go."),))) == [
        {"role": "system", "content": "Rewrite."},
        {"role": "user", "content": "Go."},
        {"role": "assistant", "content": "Please go."},
        {"role": "user", "content": "Say it."},
    ]


def test_examples_are_continued_a_line_each():
    """The prompt has one paragraph to complete, and no examples with different masks on both sides."""
    request = Request(
        "order", TEXT, (("Pick {A}.\n\n{B}", "Choose {A}.\n\n{B}"), ("Pick one.\n\n{A}", "Of {A}, pick one."))
    )
    assert completion_prompt(request) == (
        "Instruction: Pick {A}.\nIn other words: Choose {A}.\n\n",
        "Instruction: Decide whether it fits.\nIn other words:",
    )


@pytest.mark.parametrize(
    ("turn", "line"),
    [(0, "Decide whether it fits."), (1, "Reply with one option, please."), (2, "Decide whether it fits.")],
)
def test_paragraphs_take_turns(turn, line):
    """Paragraphs with words of their own are rewritten round-robin; labels and options stay."""
    piece = split_paragraph(TEXT, turn)
    assert piece.line == line
    assert piece.replace("X") == TEXT.replace(line, "X")


@pytest.mark.parametrize("text", ["{A}", "{A}\n\n{B}", "Question: {A}\n\n{B}", "One line with {A}."])
def test_a_text_without_free_paragraphs_is_taken_from_its_start(text):
    """The first paragraph is used if none has words of its own."""
    assert split_paragraph(text).line == text.split("\n\n")[0]


@given(st.text("ab {}A:\n.", max_size=40), st.integers(0, 9))
def test_putting_the_line_back_gives_the_text_back(text, turn):
    """Splitting changes only white space inside the paragraph."""
    piece = split_paragraph(text, turn)
    assert piece.replace(piece.line).split() == text.split()
