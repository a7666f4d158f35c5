"""Which instructions fit which examples: by the fields and labels that an example has."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instraug_datasets.conditions import Kind, Needs, label_pair, task_kinds, used_fields
from instraug_datasets.records import FIELDS
from instraug_datasets.templates import parse


@given(st.lists(st.sampled_from([f"{{{name}}}" for name in FIELDS] + ["{{", "}}", "a", "\n", "{{question}}"])))
def test_used_fields_are_those_of_the_template(parts):
    """The fields of a valid text are found as the parser finds them, among escaped braces too."""
    text = "".join(parts)
    assert used_fields(text) == set(parse(text).names)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["yes", "no"], "yes_no"),
        (["No", "YES"], "yes_no"),
        (["false", "true"], "true_false"),
        (["yes", "no", "maybe"], "phrase"),
        (["legible", "illegible"], "phrase"),
        (["yes"], "phrase"),
        ([], "phrase"),
    ],
)
def test_labels_have_a_kind(options, expected):
    """The kind of labels depends on their set, not on case or order."""
    assert label_pair(options) == expected


def test_a_task_whose_instructions_need_the_same_has_one_kind():
    """Fields that all instructions use do not tell examples apart."""
    needs = [Needs(frozenset({"question", "options"}))] * 3
    assert list(task_kinds(needs)) == [Kind(frozenset(), None, (0, 1, 2))]


def test_examples_without_a_field_draw_what_does_without_it():
    """A field that only some instructions use makes two kinds: with and without it."""
    needs = [Needs(frozenset({"question"})), Needs(frozenset({"question", "context"}))]
    assert list(task_kinds(needs)) == [
        Kind(frozenset(), None, (0,)),
        Kind(frozenset({"context"}), None, (0, 1)),
    ]


def test_labels_that_an_instruction_does_not_take_are_kept_from_it():
    """An instruction with label pairs is a member of those kinds only; one without is in all."""
    options = frozenset({"options"})
    needs = [Needs(options), Needs(options, frozenset({"yes_no"})), Needs(options, frozenset({"true_false", "phrase"}))]
    assert {kind.label_pair: kind.members for kind in task_kinds(needs)} == {
        "yes_no": (0, 1),
        "true_false": (0, 2),
        "phrase": (0, 2),
    }


def test_wordings_without_a_field_are_kept_from_examples_that_must_show_it():
    """An instruction with absent fields is only for examples without them."""
    question = frozenset({"question"})
    needs = [Needs(question, None, frozenset({"context"})), Needs(question | {"context"})]
    assert list(task_kinds(needs)) == [
        Kind(frozenset(), None, (0,)),
        Kind(frozenset({"context"}), None, (1,)),
    ]


def test_a_field_that_no_wording_shows_may_still_matter():
    """If every instruction needs a field to be absent, examples that have it fit none."""
    needs = [Needs(frozenset({"question"}), None, frozenset({"context"}))]
    assert list(task_kinds(needs)) == [Kind(frozenset(), None, (0,)), Kind(frozenset({"context"}), None, ())]
