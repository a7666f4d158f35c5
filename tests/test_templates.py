"""Templates: what parses to what, what is refused, and that filling changes no character."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instraug_datasets.errors import ExampleError, TemplateError, UnknownNameError
from instraug_datasets.records import FIELDS
from instraug_datasets.templates import Template, fill, parse
from tests import strategies


@pytest.mark.parametrize(
    ("text", "literals", "names"),
    [
        ("", ("",), ()),
        ("Describe the picture.", ("Describe the picture.",), ()),
        ("{question}", ("", ""), ("question",)),
        ("Q: {question}", ("Q: ", ""), ("question",)),
        ("{text}{text}", ("", "", ""), ("text", "text")),
        ("Is {premise} so?\n\n{options}.", ("Is ", " so?\n\n", "."), ("premise", "options")),
        ("{{}}", ("{}",), ()),
        ("like {{thing}}", ("like {thing}",), ()),
        ("{{{answer}}}", ("{", "}"), ("answer",)),
        ("{{{{", ("{{",), ()),
        ("é {region} 🙂", ("é ", " 🙂"), ("region",)),
    ],
)
def test_a_text_has_literals_and_names(text, literals, names):
    """Placeholders are found in order, and doubled braces are literal ones."""
    assert parse(text) == Template(literals, names)
    assert parse(text).text == text


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "{0}",
        "{question.upper}",
        "{question[0]}",
        "{question!r}",
        "{question:>9}",
        "{question:}",
        "{question!r:>9}",
        "{ question }",
        "{question }",
        "{question-1}",
        "{question()}",
        "{question:{text}}",
        "{question{text}}",
        "{{question}",
        "{question}}",
        "{question",
        "question}",
        "{",
        "}",
        "}{",
        "{!r}",
        "{:}",
        "{question.__class__.__mro__}",
        "{__import__('os').getcwd()}",
        "{question\n}",
    ],
)
def test_anything_but_a_plain_name_is_refused(text):
    """Attributes, indices, conversions, specifications, code and unbalanced braces are errors that show the text."""
    with pytest.raises(TemplateError, match=re.escape(repr(text))):
        parse(text)


@pytest.mark.parametrize("text", ["Say {__class__}.", "Say {quesion}.", "Say {Question}.", "Say {unique_id}."])
def test_an_unknown_placeholder_is_refused(text):
    """An unknown placeholder raises an error with the name and the text."""
    with pytest.raises(UnknownNameError) as caught:
        parse(text)
    assert str(caught.value).startswith(f"Unknown placeholder {re.findall(r'{(.*)}', text)[0]!r}. ")
    assert str(caught.value).endswith(f"Found in the instruction {text!r}.")


@pytest.mark.parametrize(("wrong", "right"), [("quesion", "question"), ("OPTION", "options"), ("regions", "region")])
def test_a_near_miss_is_corrected(wrong, right):
    """A misspelled placeholder raises an error with close matches."""
    with pytest.raises(UnknownNameError, match=f"Did you mean .*'{right}'"):
        parse(f"{{{wrong}}}")


@pytest.mark.parametrize("name", ["image", "images", "Picture"])
def test_pictures_need_no_placeholder(name):
    """Whatever they are called, and also where a task has no fields."""
    hint = f"Pictures need no placeholder. Found in the instruction '{{{name}}}'."
    with pytest.raises(UnknownNameError, match=rf"^Unknown placeholder '{name}'\. .* {re.escape(hint)}$"):
        parse(f"{{{name}}}")
    with pytest.raises(UnknownNameError) as caught:
        parse(f"{{{name}}}", fields=[])
    assert str(caught.value) == f"Unknown placeholder {name!r}. No placeholder is declared. {hint}"


def test_the_fields_can_be_narrowed():
    """A field that the task does not have is an unknown placeholder."""
    assert parse("{text}", fields=["text"]).names == ("text",)
    with pytest.raises(UnknownNameError, match=r"Unknown placeholder 'question'\. Known: text\."):
        parse("{question}", fields=["text"])


@pytest.mark.parametrize("wrong", [None, 3, b"{text}", ["{text}"]])
def test_only_text_is_a_template(wrong):
    """A value that is not a string raises an error with its type."""
    with pytest.raises(TemplateError, match=f"must be a string, but got {type(wrong).__name__}"):
        parse(wrong)


@given(strategies.templates())
def test_a_template_is_written_back_and_read_again(template):
    """The text of any template parses to that template."""
    assert parse(template.text) == template


@given(st.text())
def test_a_text_is_refused_or_comes_back_unchanged(text):
    """Any text that parses is restored unchanged."""
    try:
        template = parse(text)
    except (TemplateError, UnknownNameError):
        return
    assert template.text == text


@given(strategies.templates(), st.data())
def test_values_stand_in_the_filled_text_unchanged(template, data):
    """Braces, quotes, line breaks and placeholders inside a value are inserted unchanged."""
    filled_in = {name: data.draw(strategies.values) for name in FIELDS}
    pieces = [template.literals[0]]
    for name, after in zip(template.names, template.literals[1:], strict=True):
        pieces += [filled_in[name], after]
    assert fill(template, filled_in) == "".join(pieces)


def test_a_filled_text_is_what_one_expects():
    """A complete filled text."""
    template = parse("Q: {question}\n{{sic}} {options}")
    assert fill(template, {"question": "{text} {0}?", "options": "a}", "text": "no"}) == "Q: {text} {0}?\n{sic} a}"


@pytest.mark.parametrize("given_values", [{}, {"question": None}])
def test_a_missing_value_is_an_error(given_values):
    """The message names the instruction and the field."""
    message = "The instruction 'Q: {question}' needs the field 'question', which is null or missing."
    with pytest.raises(ExampleError, match=re.escape(message)):
        fill(parse("Q: {question}"), given_values)
