"""What replies say: the option that they name, and boxes in every style."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instraug_datasets.evaluation.replies import boxes_in, overlap, read_option
from instraug_datasets.styles import OPTIONS_STYLES, REGION_STYLES, OptionsStyle, boxes_text

ENTAILMENT = ("no", "not sure", "yes")
PETS = ("cat", "dog", "hot dog")


@pytest.mark.parametrize(
    ("style", "options", "reply", "option"),
    [
        ("multiinstruct", ENTAILMENT, "Not sure.", "not sure"),
        ("multiinstruct", ENTAILMENT, "not sure, since it is dark", "not sure"),
        ("multiinstruct", ENTAILMENT, "No, it does not.", "no"),
        ("multiinstruct", ENTAILMENT, "nothing", None),
        ("multiinstruct", ENTAILMENT, "The answer is yes", "yes"),
        ("multiinstruct", ENTAILMENT, "yes or no", "yes"),
        ("multiinstruct", ENTAILMENT, "I say: yes or no", None),
        ("multiinstruct", ENTAILMENT, "", None),
        ("multiinstruct", PETS, "It is a hot dog", "hot dog"),
        ("multiinstruct", PETS, "b", None),
        ("bullets", PETS, "- dog", "dog"),
        ("letters", PETS, "(b)", "dog"),
        ("letters", PETS, "B.", "dog"),
        ("letters", PETS, "(c) hot dog", "hot dog"),
        ("letters", PETS, "The correct answer is B", "dog"),
        ("letters", PETS, "a cat", "cat"),
        ("letters", PETS, "hot dog", "hot dog"),
        ("letters", PETS, "(d)", None),
        ("numbers", PETS, "2", "dog"),
        ("numbers", PETS, "Answer: (3)", "hot dog"),
        ("numbers", PETS, "1.5 metres", None),
    ],
)
def test_a_reply_names_an_option(style, options, reply, option):
    """By key or text as the style says, in whole words, and never by half."""
    assert read_option(reply, options, OPTIONS_STYLES[style]) == option


def test_a_style_of_ones_own_says_how_replies_name_options():
    """A style that takes only keys reads no texts."""
    style = OptionsStyle(before="", marks="*. ", between="\n", letters=True, replies=("key",))
    assert [read_option(reply, PETS, style) for reply in ("B", "b. dog", "dog")] == ["dog", "dog", None]


@given(
    options=st.lists(st.text("abcdefgh ", min_size=2).map(str.strip).filter(bool), min_size=2, unique=True),
    data=st.data(),
    style=st.sampled_from(["multiinstruct", "bullets", "letters", "numbers"]),
)
def test_a_copied_option_is_itself(options, data, style):
    """Whoever copies an option of several characters without double spaces, with its mark, is understood."""
    options = list(dict.fromkeys(text for text in (" ".join(option.split()) for option in options) if len(text) > 2))
    if not options:
        return
    place = data.draw(st.integers(0, len(options) - 1))
    declared = OPTIONS_STYLES[style]
    assert read_option(options[place], options, declared) == options[place]
    if declared.replies[0] == "key":
        assert read_option(declared.mark(place) + options[place], options, declared) == options[place]


@pytest.mark.parametrize("style", REGION_STYLES)
def test_boxes_are_read_as_they_are_written(style):
    """What a style writes is read back, whatever stands around it."""
    declared, boxes = REGION_STYLES[style], [[0, 0, 100, 50], [50, 10, 200, 100]]
    text = boxes_text(boxes, declared, [200, 100])
    read = boxes_in(f"They are {text}.", declared)
    assert len(read) == 2
    assert [boxes_in(boxes_text([box], declared, [200, 100]), declared) for box in boxes] == [[read[0]], [read[1]]]


def test_numbers_that_are_no_coordinates_are_not_read():
    """A number of hundreds of digits would give a box whose area is infinite, and an overlap that is no number."""
    pixels = REGION_STYLES["pixels"]
    assert boxes_in(f"0 0 {'9' * 400} 5", pixels) == []
    assert boxes_in(f"{'9' * 400} 1 2 3 4", pixels) == [(1.0, 2.0, 3.0, 4.0)]


def test_overlap_of_boxes():
    """Intersection over union."""
    assert overlap((0, 0, 2, 2), (0, 0, 2, 2)) == 1
    assert overlap((0, 0, 2, 2), (1, 0, 3, 2)) == pytest.approx(1 / 3)
    assert overlap((0, 0, 1, 1), (1, 1, 2, 2)) == 0
