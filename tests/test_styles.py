"""How options, boxes and earlier turns look in a prompt, written out whole."""

import re
from dataclasses import replace

import pytest
from hypothesis import given

from instraug_datasets.errors import ExampleError, SettingError, UnknownNameError
from instraug_datasets.styles import (
    OPTIONS_STYLES,
    REGION_STYLES,
    RegionStyle,
    SmartResize,
    boxes_text,
    history_text,
    options_text,
    parse_boxes,
    style,
)
from tests import strategies


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("multiinstruct", "[Options]: a cat||||{dog}||||two\nlines"),
        ("letters", "(a) a cat (b) {dog} (c) two\nlines"),
        ("numbers", "(1) a cat (2) {dog} (3) two\nlines"),
        ("bullets", "- a cat\n- {dog}\n- two\nlines"),
    ],
)
def test_options(name, text):
    """Every style, with every character of the options kept."""
    assert options_text(["a cat", "{dog}", "two\nlines"], OPTIONS_STYLES[name]) == text


def test_every_options_style_is_written_out_above():
    """A new style comes with its whole text."""
    assert set(OPTIONS_STYLES) == {"multiinstruct", "letters", "numbers", "bullets"}
    assert set(REGION_STYLES) == {"pixels", "normalized_1000", "ofa_bins", "qwen2.5_vl", "qwen3_vl"}


@pytest.mark.parametrize(
    ("position", "mark"),
    [(0, "(a) "), (25, "(z) "), (26, "(aa) "), (51, "(az) "), (52, "(ba) "), (701, "(zz) "), (702, "(aaa) ")],
)
def test_letters_go_on_past_z(position, mark):
    """After z come aa, ab and so on, as in a spreadsheet."""
    assert OPTIONS_STYLES["letters"].mark(position) == mark


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pixels", "0 2 2 24||||10 20 64 48"),
        ("normalized_1000", "8 31 39 500||||156 417 1000 1000"),
        ("ofa_bins", "<bin_8> <bin_31> <bin_39> <bin_500>||||<bin_156> <bin_416> <bin_999> <bin_999>"),
        # 64 x 48 becomes 56 x 56.
        ("qwen2.5_vl", '[{"bbox_2d": [0, 2, 2, 28]}, {"bbox_2d": [9, 23, 55, 55]}]'),
        ("qwen3_vl", '[{"bbox_2d": [8, 31, 39, 500]}, {"bbox_2d": [156, 417, 1000, 1000]}]'),
    ],
)
def test_boxes(name, text):
    """Every style: halves go to the even number, shares are of width and height."""
    assert boxes_text([[0.5, 1.5, 2.5, 24], [10, 20, 64, 48]], REGION_STYLES[name], [64, 48]) == text


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pixels", "10 20 64 48"),
        ("normalized_1000", "156 417 1000 1000"),
        ("ofa_bins", "<bin_156> <bin_416> <bin_999> <bin_999>"),
        ("qwen2.5_vl", '{"bbox_2d": [9, 23, 55, 55]}'),
        ("qwen3_vl", '{"bbox_2d": [156, 417, 1000, 1000]}'),
    ],
)
def test_one_box(name, text):
    """A box by itself is no list."""
    assert boxes_text([[10, 20, 64, 48]], REGION_STYLES[name], [64, 48]) == text


@pytest.mark.parametrize(
    ("size", "resized"),
    [
        ((28, 28), (56, 56)),
        ((64, 48), (56, 56)),
        ((640, 480), (644, 476)),
        ((1920, 1080), (1932, 1092)),
        ((1600, 9), (756, 28)),
        ((10_000, 10_000), (3556, 3556)),
        ((14, 42), (56, 112)),
    ],
)
def test_pictures_are_resized_as_qwen_resizes_them(size, resized):
    """Values of `smart_resize` of transformers 5.23, with the limits of the published checkpoints."""
    assert SmartResize().size(*size) == resized


def test_a_style_of_ones_own():
    """Whoever gives a processor other limits declares them; the text changes with them."""
    qwen = REGION_STYLES["qwen2.5_vl"]
    small = replace(qwen, resize=SmartResize(max_pixels=256 * 28 * 28))
    assert boxes_text([[0, 0, 320, 240]], qwen, [640, 480]) == '{"bbox_2d": [0, 0, 322, 238]}'
    assert boxes_text([[0, 0, 320, 240]], small, [640, 480]) == '{"bbox_2d": [0, 0, 252, 182]}'
    tagged = RegionStyle(steps=100, number="<*>", between="", box="<box>*</box>", separator="")
    assert boxes_text([[0, 0, 320, 240]] * 2, tagged, [640, 480]) == "<box><0><0><50><50></box>" * 2


def test_boxes_that_leave_the_picture_are_clipped_to_it():
    """Shares stay within the picture; pixels are as the data have them."""
    box = [[-3, -0.2, 70, 48.4]]
    assert boxes_text(box, REGION_STYLES["normalized_1000"], [64, 48]) == "0 0 1000 1000"
    assert boxes_text(box, REGION_STYLES["ofa_bins"], [64, 48]) == "<bin_0> <bin_0> <bin_999> <bin_999>"
    assert boxes_text(box, REGION_STYLES["pixels"]) == "-3 0 70 48"


def test_boxes_round_as_they_do_once_they_are_stored():
    """Data hold boxes in single precision: the nearest double below a half is a half there."""
    assert boxes_text([[0.49999999999, 1.50000000001, 3, 4]], REGION_STYLES["pixels"]) == "0 2 3 4"
    assert boxes_text([[2.50000000001, 1, 3, 4]], REGION_STYLES["pixels"]) == "2 1 3 4"


@given(strategies.region_lists)
def test_boxes_in_pixels_are_read_back(region):
    """What is written in pixels is read as the same whole numbers."""
    assert parse_boxes(boxes_text(region, REGION_STYLES["pixels"])) == [[round(v) for v in box] for box in region]


@pytest.mark.parametrize("text", ["", "a cat", "1 2 3", "1 2 3 4 5", "1 2 3 4||5 6 7 8", "1 2 3 x", "1  2 3 4"])
def test_text_that_is_no_box_is_refused(text):
    """The message shows the form that is expected and the text."""
    with pytest.raises(ExampleError, match=re.escape(f"'x1 y1 x2 y2', joined with '||||', but got {text!r}.")):
        parse_boxes(text)


@pytest.mark.parametrize(
    "box",
    [
        [1, 2, 3],
        [1, 2, 3, 4, 5],
        [],
        [1, 2, 3, None],
        ["1", "2", "3", "4"],
        "1 2 3 4",
        None,
        7,
        [1, 2, 3, float("nan")],
    ],
)
def test_what_is_no_box_is_refused(box):
    """The message shows the box."""
    message = f"A box must have four finite numbers [x1, y1, x2, y2], but got {box!r}."
    with pytest.raises(ExampleError, match=re.escape(message)):
        boxes_text([box], REGION_STYLES["pixels"])


@pytest.mark.parametrize(
    "box", [[100, 200, 30, 40], [10, 20, 10, 40], [10, 20, 30, 20], [10, 40, 30, 20], [1, 1, 1.00000001, 2]]
)
@pytest.mark.parametrize("name", REGION_STYLES)
def test_a_box_without_area_is_refused(name, box):
    """Most are x, y, width and height; the message says what is expected instead."""
    message = f"with x2 > x1 and y2 > y1, but got {box!r}. If this is x, y, width, height, write [x, y, x + width"
    with pytest.raises(ExampleError, match=re.escape(message)):
        boxes_text([[0, 0, 9, 9], box], REGION_STYLES[name], [640, 480])


@pytest.mark.parametrize(
    ("name", "option", "separator"), [("multiinstruct", "a||||b", "||||"), ("bullets", "a\n- b", "\n- ")]
)
def test_an_option_that_would_read_as_two_is_refused(name, option, separator):
    """The message names both; where options have keys, nothing is misread."""
    message = f"The option {option!r} contains {separator!r}, which separates options in this style"
    with pytest.raises(ExampleError, match=re.escape(message)):
        options_text(["c", option], OPTIONS_STYLES[name])
    assert options_text(["c", option], OPTIONS_STYLES["letters"]) == f"(a) c (b) {option}"


@pytest.mark.parametrize("size", [[0, 48], [64], [64, 48, 3], [64, None], ["64", "48"], 64, "64"])
@pytest.mark.parametrize("name", ["normalized_1000", "ofa_bins", "qwen2.5_vl", "qwen3_vl"])
def test_a_size_that_is_none_is_refused(name, size):
    """The message shows the size."""
    with pytest.raises(ExampleError, match=re.escape(f"[width, height] in pixels, both above 0, but got {size!r}.")):
        boxes_text([[1, 2, 3, 4]], REGION_STYLES[name], size)


@pytest.mark.parametrize("name", ["normalized_1000", "ofa_bins", "qwen2.5_vl", "qwen3_vl"])
def test_shares_need_the_size_of_the_picture(name):
    """The message says where to put it."""
    with pytest.raises(ExampleError, match=re.escape("put image_size = [width, height] into meta")):
        boxes_text([[1, 2, 3, 4]], REGION_STYLES[name])


def test_earlier_turns():
    """One question or answer a line; no turns yet is said in words."""
    turns = [{"question": "Who?", "answer": "A man."}, {"question": "{Where}?", "answer": ""}]
    assert history_text(turns) == "Q: Who?\nA: A man.\nQ: {Where}?\nA: "
    assert history_text([]) == "(none so far)"


@pytest.mark.parametrize(
    "turn", [None, "Who?", {}, {"question": "Who?"}, {"question": None, "answer": "I."}, {"question": "?", "answer": 3}]
)
def test_a_turn_without_its_texts_is_refused(turn):
    """A null is not written as a word of the dialogue."""
    with pytest.raises(ExampleError, match=re.escape(f"but got {turn!r}.")):
        history_text([turn])


def test_an_unknown_style_names_the_near_ones():
    """The name is checked against the right table."""
    assert style("region style", "ofa_bins", REGION_STYLES) is REGION_STYLES["ofa_bins"]
    own = RegionStyle(steps=100)
    assert style("region style", own, REGION_STYLES) is own
    with pytest.raises(UnknownNameError, match=r"^Unknown region style 'ofa_bin'\. Did you mean 'ofa_bins'\?$"):
        style("region style", "ofa_bin", REGION_STYLES)
    with pytest.raises(UnknownNameError, match=r"^Unknown options style 'letter'\. Did you mean 'letters'"):
        style("options style", "letter", OPTIONS_STYLES)
    with pytest.raises(SettingError, match=r"^The options style must be a name or a declared style, but got 3\.$"):
        style("options style", 3, OPTIONS_STYLES)  # type: ignore[type-var]
