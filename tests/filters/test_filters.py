"""Filters: what each keeps and drops, with which reason; all of them under one contract."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from instraug_datasets.errors import UnknownNameError
from instraug_datasets.filters import (
    FILTERS,
    Candidate,
    Context,
    apply_filters,
    content_words,
    likeness,
    most_different,
    normalize,
)
from instraug_datasets.tasks import BENCHMARKS, Task

CAPTION = "Describe the picture in one sentence for somebody who cannot see it."
CHOICE = 'Does the caption "{text}" fit the image? Answer yes or no.\n\n{options}'


def task(*fields, instructions=(CAPTION,)):
    """Create a task with these fields."""
    return (
        Task(name="toy", benchmark="toy", category="Toy", role="excluded", reason="x", fields=fields, instructions=())
        if fields
        else Task(name="toy", benchmark="toy", category="Toy", metric="cider", instructions=instructions)
    )


def reason(name, text, *, origin=CAPTION, fields=(), **context):
    """Return the reason for which a filter drops a text."""
    candidate = Candidate(text, task(*fields), origin, origin)
    return FILTERS[name].check(candidate, Context(**context)).reason


def accepted_texts(*texts):
    """Return texts as the instructions that a task has so far."""
    return {normalize(text): content_words(text) for text in texts}


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("readable", "Say what you see.", ""),
        ("readable", "Describe it — “naïvely”, 中文.\n\nNow!", ""),
        ("readable", "Say \x07 what you see.", "unreadable"),
        ("readable", "Say \ufffd what you see.", "unreadable"),
        ("readable", "Say " + "a" * 50, "unreadable"),
        ("readable", "Say it. " * 600, "too_long"),
        ("empty", "  ", "empty"),
        ("empty", "...", "empty"),
        ("echo", "describe the picture, in ONE sentence for somebody who cannot see it", "echo"),
        ("echo", "Describe the photo in one sentence for somebody who cannot see it.", ""),
        ("leak", "Here is a shorter version of it: describe the picture.", "leak"),
        ("leak", "Rephrase this: describe the picture.", "leak"),
        ("leak", "Replace the words with synonyms.", "leak"),
        ("leak", "Keep the curly braces.", "leak"),
        ("leak", "Put into one sentence what the picture shows.", ""),
        ("answer", "Sure, I can help with that.", "answer"),
        ("answer", "I'm sorry, but I cannot see the picture.", "answer"),
        ("answer", "The image depicts a dog on a sofa.", "answer"),
        ("answer", "In the picture, there is a dog on a sofa.", "answer"),
        ("answer", "Yes, it does.", "answer"),
        ("answer", "Please provide the picture.", "answer"),
        ("answer", "A dog on a sofa.", "no_instruction"),
        ("answer", "Which things does the picture show?", ""),
        ("answer", "Your task is a caption of one sentence.", ""),
        (
            "language",
            "Beschreibe das Bild in einem Satz für eine Person, die es nicht sehen kann, und der Rest.",
            "language",
        ),
        ("language", "Décris cette image avec une phrase pour que les autres la voient.", "language"),
        ("language", "用一句话描述图片。", "language"),
        ("language", "Describe the café in one sentence, à la carte.", ""),
        ("repetition", "Describe describe describe the picture.", "repetition"),
        ("repetition", "Say what you see, say what you see, say what you see, now.", "repetition"),
        ("repetition", "It is a picture of a man who is a man who is a man who is a man.", "repetition"),
        ("repetition", "Describe what the picture shows, and what you see in it, in one sentence.", ""),
        ("length", "Describe it.", "too_short"),
        ("length", "Describe the picture " + "very carefully indeed " * 11, "too_long"),
        ("length", "In one sentence, say what is in this picture.", ""),
    ],
)
def test_what_a_filter_says(name, text, expected):
    """Each filter keeps a valid rewriting and drops an invalid one with its reason."""
    assert reason(name, text) == expected


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("placeholders", '{options}\n\nYes or no: does "{text}" fit?', ""),
        ("placeholders", 'Does "{text}" fit, yes or no?', "placeholders"),
        ("placeholders", "{text} {text} {options}", "placeholders"),
        ("placeholders", "{text} {options", "placeholders"),
        ("unanswerable", "Yes or no?\n\n{options}", "unanswerable"),
        ("unanswerable", "{text}: yes or no?\n\n{options}", ""),
        ("option_words", 'Is "{text}" a fitting caption? Say whether it fits.\n\n{options}', "option_words"),
        ("option_words", 'Yes or no: is "{text}" a fitting caption?\n\n{options}', ""),
        ("polarity", 'Is it false that "{text}" fits? Answer yes or no.\n\n{options}', ""),
        ("polarity", 'Does "{text}" fit or not? Yes?\n\n{options}', "polarity"),
    ],
)
def test_what_a_filter_says_about_a_choice(name, text, expected):
    """Rewritings that preserve placeholders, fields, answer words and polarity are kept."""
    assert reason(name, text, origin=CHOICE, fields=("text", "options")) == expected


def test_marks_that_an_answer_must_use_are_kept():
    """Quoted words and None must be preserved."""
    origin = 'List the boxes as "x1 y1 x2 y2" with "||||" between them, or reply None.'
    assert (
        reason("option_words", 'Write "x1 y1 x2 y2" for each box, "||||" after each, else None.', origin=origin) == ""
    )
    assert reason("option_words", 'Write "x1 y1 x2 y2" for each box, else None.', origin=origin) == "option_words"
    assert reason("option_words", 'Write "x1 y1 x2 y2" for each, with "||||".', origin=origin) == "option_words"


def test_a_lost_negation_is_a_change_of_polarity():
    """`which is not there` does not become `which is there`."""
    origin = "Which object is not in the picture?\n\n{options}"
    assert (
        reason("polarity", "Which object is in the picture?\n\n{options}", origin=origin, fields=("options",))
        == "polarity"
    )
    assert reason("polarity", "Which object isn't in it?\n\n{options}", origin=origin, fields=("options",)) == ""
    assert reason("polarity", "Which object is in the picture?", origin="Which is not there?") == ""


def test_length_counts_words_outside_slots_or_whole_templates():
    """With `count_placeholders`, the length bounds equal those of the research code, exclusive on both sides."""
    origin = "{question} Answer now please."
    long = "Please look, and then answer now: {question}"
    assert reason("length", long, origin=origin, length_ratio=(0.5, 1.5)) == "too_long"
    assert (
        reason(
            "length",
            "{question} Do answer me now please.",
            origin=origin,
            length_ratio=(0.5, 1.5),
            count_placeholders=True,
        )
        == "too_long"
    )
    assert (
        reason(
            "length",
            "{question} Do answer now please.",
            origin=origin,
            length_ratio=(0.5, 1.5),
            count_placeholders=True,
        )
        == ""
    )
    assert (
        reason("length", "{question} Answer", origin=origin, length_ratio=(0.5, 1.5), count_placeholders=True)
        == "too_short"
    )
    assert reason("length", long, origin=origin, length_ratio=(0.5, 1.5), length_slack=4) == ""
    assert reason("length", long, origin="{question}") == ""


def test_length_may_be_compared_with_the_parent():
    """The length reference is the origin or the parent, as configured."""
    candidate = Candidate("one two three four five six", task(), "one two", "one two three four five")
    check = FILTERS["length"].check
    assert check(candidate, Context()).reason == "too_long"
    assert check(candidate, Context(length_reference="parent")).reason == ""


def test_duplicates_are_found_after_normalization_and_near_ones_by_distance():
    """Duplicates ignore case, punctuation and spaces; near duplicates depend on the threshold."""
    accepted = accepted_texts("Say what the picture shows in one sentence.")
    assert reason("duplicate", "SAY what the picture shows,\nin one sentence", accepted=accepted) == "duplicate"
    assert (
        reason("near_duplicate", "Say what the pictures shows in one sentence.", accepted=accepted) == "near_duplicate"
    )
    assert reason("near_duplicate", "Say what the photo shows in one line.", accepted=accepted) == ""
    assert (
        reason("near_duplicate", "Say what the pictures shows in one sentence.", accepted=accepted, near_duplicate=1)
        == ""
    )


def test_placeholders_are_not_words_when_wordings_are_compared():
    """`{question}` differs from `question`, and the position of placeholders matters."""
    assert normalize("Answer {question}!") != normalize("Answer question")
    assert normalize("{a} or {b}") != normalize("{b} or {a}")
    assert normalize("\uff33\uff41\uff59 it.") == normalize("say  IT")


def test_examples_shown_to_an_engine_are_echoes():
    """A copy of a few-shot example is dropped."""
    candidate = Candidate("Count the {text} now.", task(), CAPTION, CAPTION, ("Count the {A} now!",))
    assert FILTERS["echo"].check(candidate, Context()).reason == "echo"


class Angles:
    """A sentence encoder that compares texts by length."""

    def encode(self, texts):
        angles = [len(text) / 100 for text in texts]
        return np.array([[np.cos(angle), np.sin(angle)] for angle in angles])


def test_the_meaning_is_measured_and_becomes_the_score():
    """The cosine similarity is recorded, and dissimilar candidates are dropped."""
    near, far = "x" * (len(CAPTION) + 10), "x" * (len(CAPTION) + 100)
    context = Context(encoder=Angles(), similarity=0.6)
    verdicts = [FILTERS["meaning"].check(Candidate(text, task(), CAPTION, CAPTION), context) for text in (near, far)]
    assert [tuple(verdict) for verdict in verdicts] == [(True, "", 0.995), (False, "meaning", 0.54)]


def test_filters_are_asked_in_order_and_the_first_drop_counts():
    """The reason is that of the first failing filter; the score is kept."""
    candidate = Candidate("", task(), CAPTION, CAPTION)
    assert apply_filters(candidate, Context(), ["length", "empty"]).reason == "too_short"
    assert apply_filters(candidate, Context(), ["empty", "length"]).reason == "empty"
    kept = Candidate("Put the picture into a sentence for a person who is blind.", task(), CAPTION, CAPTION)
    assert apply_filters(kept, Context(encoder=Angles())).score is not None
    with pytest.raises(UnknownNameError, match=r"Unknown filter 'lengths'\. Did you mean 'length'"):
        apply_filters(candidate, Context(), ["lengths"])


@pytest.mark.parametrize("name", FILTERS)
@given(text=st.text(), origin=st.text())
def test_every_filter_gives_a_declared_reason_for_any_text(name, text, origin):
    """For any text, a filter keeps it or gives one of its reasons, deterministically."""
    candidate = Candidate(text, task("text"), origin, origin)
    context = Context(accepted=accepted_texts(origin), encoder=Angles())
    verdict = FILTERS[name].check(candidate, context)
    assert verdict.keep == (verdict.reason == "")
    assert verdict.reason in {"", *FILTERS[name].reasons}
    assert FILTERS[name].check(candidate, context) == verdict


@given(st.text())
def test_normalizing_twice_changes_nothing(text):
    """Normalization is idempotent."""
    assert normalize(normalize(text)) == normalize(text)


EVERY = [task for tasks in BENCHMARKS.values() for task in tasks.values() if task.instructions]


@pytest.mark.parametrize("name", ["readable", "unanswerable", "leak", "answer", "language", "repetition"])
def test_no_filter_drops_what_people_wrote(name):
    """Each declared meta instruction passes the filters as a rewriting of another one of its task."""
    wrong = [
        (origin, text)
        for declared in EVERY
        for origin in declared.instructions
        for text in declared.instructions
        if not FILTERS[name].check(Candidate(text, declared, origin, origin), Context()).keep
    ]
    assert wrong == []


ACCEPTED = "Question: {question}\n\nPick the answer that fits this image best.\n\n{options}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{options}\n\npick the answer that fits this photo best\n\nQ: {question}", "alike"),
        ("Best fits this picture: pick the answer that!\n\n{question}\n\n{options}", "alike"),
        ("Now pick the answer that fits this image best.\n\n{question}\n\n{options}", "alike"),
        ("Somebody who cannot see the image wants to know:\n\n{question}\n\n{options}", ""),
        ("{question}\n\n{options}", ""),
    ],
)
def test_labels_order_and_the_word_for_the_picture_do_not_make_a_wording(text, expected):
    """Instructions are alike when their words are, whatever the labels, the order and the word for the picture."""
    accepted = accepted_texts(ACCEPTED)
    assert reason("alike", text, origin=ACCEPTED, fields=("question", "options"), accepted=accepted) == expected


def test_the_limit_of_likeness_is_a_setting():
    """Nine of ten words are alike at 0.8 and different enough at 0.95."""
    text = "Now pick the answer that fits this image best.\n\n{question}\n\n{options}"
    given = {"origin": ACCEPTED, "fields": ("question", "options"), "accepted": accepted_texts(ACCEPTED)}
    assert reason("alike", text, **given, max_likeness=0.95) == ""
    assert reason("alike", text, **given, max_likeness=0.8) == "alike"


WORDS = st.sampled_from(["red", "blue", "what", "is", "there", "name", "it"])
TEXTS = st.lists(st.lists(WORDS, max_size=6).map(" ".join))


@given(TEXTS, st.sampled_from([0.3, 0.6, 0.8]))
def test_no_two_chosen_texts_are_alike(texts, limit):
    """Chosen texts are within the limit of each other, and every other text is beyond it of one of them."""
    chosen = most_different(texts, max_likeness=limit)
    words = [content_words(text) for text in texts]
    assert all(likeness(words[i], words[j]) <= limit for i in chosen for j in chosen if i < j)
    rest = set(range(len(texts))) - set(chosen)
    assert all(any(likeness(words[i], words[j]) > limit for j in chosen) for i in rest)
    assert chosen == most_different(texts, max_likeness=limit)


def test_the_most_different_text_is_chosen_first():
    """With a limited number, the text least like those given and chosen comes before nearer ones."""
    texts = ["Name the animal in it.", "Name the animal here.", "Which dog breed might that be?"]
    assert most_different(texts, given=["Name the animal."], count=1) == [2]
    assert most_different(texts, count=2) == [0, 2]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('Is "{question}" answered here?', "punctuation"),
        ('"{question}".', "punctuation"),
        ("{question}. Choose one.", "punctuation"),
        ("{question} is what they ask.", "punctuation"),
        ('They ask: "{question}"\nReply in a word.', ""),
        ("{question} Reply in a word.", ""),
        ("({question})", ""),
    ],
)
def test_a_sentence_does_not_go_on_after_a_field(text, expected):
    """Text fields bring their own final mark, so nothing may continue their sentence or end it again."""
    assert reason("punctuation", text, origin="{question}", fields=("question",)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Name the {text} in {region}.", ""),
        ("Name what is in {region}.", ""),
        ("Name the {text}.", "placeholders"),
        ("Name the {text} in {region}, the {text}.", "placeholders"),
        ("Name the {context} in {region}.", "placeholders"),
    ],
)
def test_only_optional_fields_may_be_left_out(text, expected):
    """A rewriting may leave out or add the task's optional fields, and no others."""
    origin = "Say what the {text} in {region} is."
    task = Task(
        name="t", benchmark="", category="", role="excluded", reason="-", fields=("region",), optional_fields=("text",)
    )
    assert apply_filters(Candidate(text, task, origin, origin), Context(), ["placeholders"]).reason == expected
