"""Which order options may be shown in, and what a target says under it, written out."""

from collections import Counter

import pytest

from instraug_datasets.option_order import is_key, keeps_order, shown_order, shown_target

OPTIONS = ["cat", "dog", "cow", "All of the above"]
ORDER = [2, 0, 1, 3]


@pytest.mark.parametrize(
    "anchor",
    [
        *(
            "All of the above",
            "None of the above",
            "none of these",
            "All of these.",
            "Neither of them",
            "Both are correct",
        ),
        *("None of the other options", "Either of the above", "All the above", "Two of the above", "Neither is true"),
    ],
)
def test_an_option_about_all_others_comes_last(anchor):
    """Wherever it stands in the data; the others take every order."""
    orders = Counter(tuple(shown_order(["cat", anchor, "dog", "cow"], word)) for word in range(600))
    assert {order[-1] for order in orders} == {1}
    assert len(orders) == 6
    assert min(orders.values()) > 60


def test_several_about_all_others_keep_their_order():
    """As tests print them: "all" before "none"."""
    options = ["All of the above", "cat", "None of the above", "dog"]
    assert {tuple(shown_order(options, word)) for word in range(50)} == {(1, 3, 0, 2), (3, 1, 0, 2)}


@pytest.mark.parametrize(
    "options",
    [
        ["cat", "dog", "cow", "Both A and B"],
        ["cat", "dog", "cow", "A and C"],
        ["cat", "dog", "cow", "Neither (a) nor (b)"],
        ["cat", "dog", "cow", "A, B, and C are correct"],
        ["cat", "1 or 2 only", "cow"],
        ["A. cat", "B. dog", "C. cow"],
        ["(a) cat", "(b) dog"],
        ["(A. cat", "(B. dog"],
        ["1) cat", "2) dog\nor two"],
        [],
    ],
)
def test_lists_with_keys_in_them_keep_their_order(options):
    """An option that names others by key means those of its list; shuffling would make it mean others."""
    assert keeps_order(options)
    assert {tuple(shown_order(options, word)) for word in range(50)} == {tuple(range(len(options)))}


@pytest.mark.parametrize(
    "options",
    [
        ["None", "All", "Both", "Neither"],
        ["A dog and a cat", "All dogs", "None of the dogs"],
        ["A. cat", "C. dog"],
        ["B. cat", "dog"],
        ["A", "B", "C"],
        ["black and white", "A or an"],
    ],
)
def test_other_options_are_shuffled(options):
    """Words such as "None" say nothing of other options, and a sentence may begin with a letter."""
    assert len({tuple(shown_order(options, word)) for word in range(50)}) > 1


@pytest.mark.parametrize(
    ("target", "shown"),
    [
        ("dog", "dog"),
        ("All of the above", "All of the above"),
        ("A", "B"),
        ("B", "C"),
        ("C", "A"),
        ("D", "D"),
        ("b", "c"),
        ("(B)", "(C)"),
        ("B.", "C."),
        ("B)", "C)"),
        ("2", "3"),
        ("(2)", "(3)"),
        ("The answer is B.", "The answer is C."),
        ("Answer: (b)", "Answer: (c)"),
        ("option 3", "option 1"),
        ("B. dog", "C. dog"),
        ("(B) dog", "(C) dog"),
        ("A, B", "B, C"),
        ("A and C", "A and B"),
        ("(b) & (c)", "(a) & (c)"),
        ("cat, dog", "cat, dog"),
        ("cow and cat", "cow and cat"),
        ("cat||||dog", "cat||||dog"),
    ],
)
def test_a_target_means_the_same_option_in_another_order(target, shown):
    """A text stays; a key becomes that of the place where its option is shown, in the same form."""
    assert shown_target(target, OPTIONS, ORDER) == shown
    assert shown_target(target, OPTIONS, [0, 1, 2, 3]) == target
    assert is_key(target, OPTIONS) == (
        not any(option in target for option in OPTIONS) or target[1:] == ". dog" or ")" in target
    )


@pytest.mark.parametrize("target", ["bird", "E", "0", "5", "B. cat", "A dog", "catdog", "cats", "", "A, E", "Dog"])
def test_a_target_that_is_none_of_the_options(target):
    """Keys beyond the list, keys with the text of another option, and other texts."""
    assert shown_target(target, OPTIONS, ORDER) is None
    assert not is_key(target, OPTIONS)


@pytest.mark.parametrize(("target", "options"), [("3", ["1", "2", "4", "7"]), ("C", ["A", "B", "D"])])
def test_options_that_look_like_keys_leave_no_keys(target, options):
    """Of numbers to choose from, one that is not offered is no place in the list."""
    assert shown_target(target, options, range(len(options))) is None


def test_keys_go_on_past_z():
    """As marks of the style `letters` do."""
    options = [f"option {number}" for number in range(30)]
    assert shown_target("B", options, [*range(2, 30), 0, 1]) == "AD"
