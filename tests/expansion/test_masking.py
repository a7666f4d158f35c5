"""Masks: what an engine sees instead of placeholders, and the way back."""

import string

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from instraug_datasets.errors import TemplateError, UnknownNameError
from instraug_datasets.expansion.masking import MASK_STYLES, MaskProblem, RestoredInstruction, mask, restore
from instraug_datasets.records import FIELDS
from instraug_datasets.templates import Template, parse

literals = st.text(string.ascii_letters + string.digits + " {}\n\"'.,:?-é中", max_size=20)


@st.composite
def templates(draw):
    """Generate texts with placeholders and literal braces."""
    names = draw(st.lists(st.sampled_from(FIELDS), max_size=6))
    parts = draw(st.lists(literals, min_size=len(names) + 1, max_size=len(names) + 1))
    return Template(tuple(parts), tuple(names)).text


@given(templates(), st.sampled_from(MASK_STYLES))
def test_restoring_what_was_masked_gives_the_text_back(text, kind):
    """restore(mask(text)) is the text, for every text and mask style."""
    masked = mask(text, kind)
    assert restore(masked.text, masked).text == text


@given(templates(), st.sampled_from(MASK_STYLES), st.data())
def test_a_lost_mask_is_always_noticed(text, kind, data):
    """Removing any mask gives no text and a problem with that mask."""
    template, masked = parse(text), mask(text, kind)
    assume(template.names)
    lost = data.draw(st.integers(0, len(template.names) - 1))
    literals = (*template.literals[:lost], "".join(template.literals[lost : lost + 2]), *template.literals[lost + 2 :])
    masks = {name: short for short, name in masked.names.items()}
    left = tuple(masks[name] for number, name in enumerate(template.names) if number != lost)
    restored = restore(Template(literals, left).text, masked)
    assert restored == RestoredInstruction(None, (MaskProblem("lost", f"{{{masks[template.names[lost]]}}}"),))


def test_letters_stand_in_the_order_of_appearance_and_repeat_with_the_placeholder():
    """A repeated placeholder has a repeated mask and is restored twice."""
    masked = mask("{options} {question} {options}", "letters")
    assert masked.text == "{A} {B} {A}"
    assert masked.names == {"A": "options", "B": "question"}
    assert restore("{B}: {A} or {A}", masked).text == "{question}: {options} or {options}"


def test_names_are_masks_that_carry_meaning():
    """Masks of the style `names` are the placeholders themselves."""
    assert mask("Q: {question}", "names").text == "Q: {question}"


@pytest.mark.parametrize(
    ("reply", "problems"),
    [
        ("{A} and", [MaskProblem("lost", "{B}")]),
        ("{A} {B} {B}", [MaskProblem("doubled", "{B}")]),
        ("{A} {B} {C}", [MaskProblem("unknown", "{C}")]),
        ("{A} {B} }", [MaskProblem("extra", "}")]),
        ("{A} {A} {x}", [MaskProblem("doubled", "{A}"), MaskProblem("lost", "{B}"), MaskProblem("unknown", "{x}")]),
        ("{question} {B}", [MaskProblem("lost", "{A}"), MaskProblem("unknown", "{question}")]),
        ("", [MaskProblem("lost", "{A}"), MaskProblem("lost", "{B}")]),
    ],
)
def test_every_mistake_with_masks_is_named(reply, problems):
    """Lost, doubled and unknown masks and stray braces give no text, and each is reported."""
    restored = restore(reply, mask("{text} {options}", "letters"))
    assert (restored.text, list(restored.problems)) == (None, problems)


def test_a_repeated_placeholder_that_comes_back_once_is_lost():
    """The number of occurrences is checked, not only the set of masks."""
    assert restore("{A}", mask("{text} {text}", "letters")).problems == (MaskProblem("lost", "{A}"),)


def test_case_and_spaces_inside_a_mask_are_forgiven():
    """`{ a }` is the mask `{A}`."""
    assert restore("say { a }", mask("{text}", "letters")).text == "say {text}"


def test_a_restored_placeholder_is_not_taken_for_a_mask():
    """A restored placeholder that looks like another mask is not restored again."""
    assert restore("{A} {B}", mask("{text} {answer}", "letters")).text == "{text} {answer}"


def test_unknown_kinds_and_broken_templates_are_refused():
    """An unknown mask style and a malformed template raise an error."""
    with pytest.raises(UnknownNameError, match="mask style 'numbers'"):
        mask("{text}", "numbers")
    with pytest.raises(TemplateError):
        mask("{text", "letters")
