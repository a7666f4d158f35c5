"""Reading replies: the instruction without what models put round it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instraug_datasets.expansion.parsing import MAX_REPLY_CHARACTERS, parse_list, parse_reply

WANTED = "Name the animal.\n\n{A}"


@pytest.mark.parametrize(
    "reply",
    [
        WANTED,
        f"  {WANTED}\n\n",
        f"Sure! Here is the rewritten instruction:\n\n{WANTED}",
        f"Here's a simpler version:\n{WANTED}",
        f"Certainly, here it is: {WANTED}",
        f'"{WANTED}"',
        f"\u201c{WANTED}\u201d",
        f"**{WANTED}**",
        f"```\n{WANTED}\n```",
        f"Here you go:\n\n```text\n{WANTED}\n```\nI hope this helps!",
        f"1. {WANTED}\n2. Say which animal it is.\n\n{{A}}",
        f"- {WANTED}",
        f"Rewritten instruction: {WANTED}",
        f"**New instruction:** {WANTED}",
        f"In other words: {WANTED}",
        f"{WANTED}\n\nNote: I replaced two words.",
        f"{WANTED}\n\nThis version is shorter.",
        f"<think>They want a rewriting.\nSo...</think>\n{WANTED}",
        f"{WANTED}<|im_end|>",
        "Name  the animal.\r\n\r\n\r\n{A}",
        f'Sure! Here is the new instruction:\n\n1. "{WANTED}"\n\nLet me know if you need more.',
    ],
)
def test_the_instruction_is_found_in_a_reply(reply):
    """Chatter, quotes, emphasis, fences, markers, labels, thoughts and special tokens are removed; line breaks stay."""
    assert parse_reply(reply, source="Which animal is it?\n\n{A}") == WANTED


@pytest.mark.parametrize(
    "text",
    [
        'Caption: "{A}"\n\n{B}',
        "Here is a question: {A}",
        "{A}\n\nShort answer:",
        "Sure signs of rain are clouds. Are there any?",
        '"{A}" or "{B}"?',
        "Note: {A}\n\nNote down what you see.",
        "1. Look.\n2. Answer: {A}",
        "Result: {A}",
    ],
)
def test_what_the_source_has_is_no_chatter(text):
    """An instruction that looks like chatter is not changed."""
    assert parse_reply(text, source=text) == text


@pytest.mark.parametrize("reply", ["", "   \n", "``````", "<think>endless", "<|im_end|>"])
def test_a_reply_without_an_instruction_is_empty(reply):
    """A reply without an instruction gives an empty text."""
    assert parse_reply(reply).strip("`") == ""


@given(st.text())
def test_any_reply_is_read_without_an_error(reply):
    """Any reply is parsed without an error."""
    assert isinstance(parse_reply(reply, source="Say {A}."), str)


@pytest.mark.parametrize("flood", ["a", "\n", "1. x\n", '"', "```\n", "<think>", "{", "**", "here is: "])
def test_an_endless_reply_is_cut(flood):
    """Replies of ten megabytes are truncated."""
    assert len(parse_reply(flood * (10_000_000 // len(flood)))) <= MAX_REPLY_CHARACTERS


def test_a_list_gives_its_items():
    """Numbered and bulleted items count, without markers, quotes and emphasis; other lines do not."""
    reply = 'Here are three:\n\n1. Use short words.\n2) "Ask politely."\n- **Begin** with the verb.\n\nGood luck!'
    assert parse_list(reply) == ["Use short words.", "Ask politely.", "Begin with the verb."]
