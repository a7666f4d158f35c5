"""The grammar: every variant of every declared instruction is sound, and any text at all is survived."""

import re
import subprocess
import sys
from collections import Counter
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instraug_datasets.engines.base import Request
from instraug_datasets.engines.grammar import GrammarEngine, normalized, variants
from instraug_datasets.engines.grammar.rules import load_grammar
from instraug_datasets.expansion import make_config, run
from instraug_datasets.tasks import BENCHMARKS
from instraug_datasets.templates import parse
from tests.strategies import SPECIAL

TASKS = [task for tasks in BENCHMARKS.values() for task in tasks.values() if task.role != "excluded"]
TRAINING = [task for task in TASKS if task.role == "train"]
TEXTS = sorted({text for task in TASKS for text in task.instructions})
YES_NO = [task for task in TRAINING if re.search("_match$|^ITM$|legib|if_region|factual", task.name)]
VOWEL = re.compile(r"(?!one\b|uni)[aeiou]|hour", re.IGNORECASE)
ORDERS = [
    "Choose one of the options.",
    "Look at the image.",
    "Describe this image in one sentence.",
    "Which of these regions does {text} describe?",
    "an image and a photo",
]

EXPECTED = {
    "Describe this image in one sentence.": [
        "Please give a one-sentence description of this picture.",
        "Look at this picture and describe it in one sentence.",
        "Could you tell me in one sentence what this image shows?",
        "Write one sentence that describes this picture.",
        "Describe this image in a single sentence.",
        "What does this image show? Answer in one sentence.",
        "Say in one sentence what this picture shows.",
        "In one sentence, what is this image of?",
        "Can you describe this image in one sentence?",
    ],
    "{question}\n\nAnswer with a word or a short phrase.": [
        "{question}\n\nUse a single word or a short phrase.",
        "{question}\n\nKeep the answer to a word or a short phrase.",
        "Reply with a word or a short phrase.\n\n{question}",
        "{question}\n\nAnswer in a word or a short phrase.",
        "{question}\n\nA word or a short phrase is enough.",
    ],
    "Choose one of the options below.\n\n{options}": [
        "{options}\n\nAnswer with one of the options above.",
        "Select one of the options below.\n\n{options}",
        "{options}\n\nChoose one of the options above.",
        "Please answer with one of the options below.\n\n{options}",
        "{options}\n\nSelect one of the options above.",
        "{options}\n\nPick one of the options above.",
        "Pick one of the options below.\n\n{options}",
    ],
    "Box: {region}\n\nLeave the rest of the image aside and say briefly what this box shows.": [
        "Box: {region}\n\nLook only at this box of the picture, and say briefly what it shows.",
        "Box: {region}\n\nWhat does this box show? Answer briefly, and ignore the rest of the image.",
        "Box: {region}\n\nForget the rest of the picture and describe briefly what this box shows.",
        "Box: {region}\n\nIgnore the rest of the image and say briefly what this box shows.",
        "Box: {region}\n\nDescribe briefly what this box shows, and ignore the rest of the image.",
    ],
    "At which of them would you point if you heard {text}?": [
        "Which of them is meant when someone says {text}?",
        "Which of them would you point to if someone said {text}?",
        "Which of them does {text} refer to?",
    ],
    "Which of these captions describes the image?\n\n{options}": [
        "{options}\n\nWhich caption says what the picture shows?",
        "Pick the caption that fits the image.\n\n{options}",
        "{options}\n\nLook at the picture. Which of these captions describes it?",
        "Choose the caption that describes the picture.\n\n{options}",
        "Which of these captions goes with the image?\n\n{options}",
        "Only one of these captions describes the image. Which one is it?\n\n{options}",
        "{options}\n\nWhich of these captions fits the image?",
    ],
}

each_task = pytest.mark.parametrize("task", TASKS, ids=lambda task: f"{task.benchmark}-{task.name}")


# Every declared text is asked for by several tests.
wordings = cache(variants)


def faults(text):
    """Return style problems of an English text with placeholders."""
    filled = re.sub(r"\{\w+\}", "X", re.sub(r'"[^"\n{}]*"', '"X"', text))
    yield from re.findall(r"(?i)\b(\w+) \1\b", filled)
    yield from re.findall(r"  | [.,;:?!]|[.?!]{2}", filled)
    yield from re.findall(r"(?:\A|\n|[.?!] )[a-z]", filled)
    yield from (found[0] for found in re.finditer(r"\ba (\w+)", filled) if VOWEL.match(found[1]))
    yield from (found[0] for found in re.finditer(r"\ban (\w+)", filled) if not VOWEL.match(found[1]))
    if filled.count('"') % 2 or filled.count("(") != filled.count(")"):
        yield "unbalanced"


def pointers(text):
    """Words such as "boxes below" with whether the options, or else some field, stand on that side."""
    for found in re.finditer(r"\b(options|boxes|captions|answers) (?:are \w+ )?(below|above)\b", text):
        options = text.find("{options}")
        yield (options > found.start()) == (found[2] == "below")
    for found in re.finditer(r"\b(question|caption|statement|step|report) (below|above)\b", text):
        after = re.search(r"\{(question|text|context)\}", text[found.end() :])
        before = re.search(r"\{(question|text|context)\}", text[: found.start()])
        yield bool(after if found[2] == "below" else before)


@each_task
def test_variants_keep_placeholders_and_read_well(task):
    """Variants have exact placeholders, no style problems, and correct references."""
    for text in task.instructions:
        placeholders = Counter(parse(text).names)
        for variant in wordings(text):
            assert Counter(parse(variant).names) == placeholders, variant
            assert list(faults(variant)) == [], variant
            assert all(pointers(variant)), variant


@each_task
def test_no_two_variants_have_the_same_words(task):
    """Variants differ from one another and from the instruction in more than case, punctuation, order or "please"."""
    for text in task.instructions:
        seen = [tuple(sorted(normalized(each).replace("please ", "").split())) for each in (text, *wordings(text))]
        assert len(set(seen)) == len(seen)


@pytest.mark.parametrize("task", TRAINING, ids=lambda task: f"{task.benchmark}-{task.name}")
def test_each_meta_instruction_has_variants(task):
    """Every meta instruction of a training task has a few variants, and none so many that they repeat one another."""
    for text in task.instructions:
        assert 3 <= len(wordings(text)) <= 15, text


@pytest.mark.parametrize("benchmark", list(BENCHMARKS))
def test_every_training_task_can_be_tripled(benchmark):
    """After all filters, enough variants of every training task are left to triple its instructions."""
    expansion = run(list(BENCHMARKS[benchmark].values()), GrammarEngine(), make_config("grammar", target=3))
    assert expansion.short == {}


@pytest.mark.parametrize("task", YES_NO, ids=lambda task: task.name)
def test_variants_of_yes_no_tasks_ask_something(task):
    """No variant states a fact or a claim and then offers labels without a question."""
    for text in task.instructions:
        for variant in wordings(text):
            assert re.search(r"\?|\bwhether\b|\bif\b|\byour verdict\b", variant), variant


def test_forms_are_plain_and_american():
    """No form that is produced has a British spelling or a phrase that a reader found stiff."""
    stiff = re.compile(
        r"colour|recognis|catalogu|labell|neighbour|judgement|summaris|analys|afterwards|\bround\b"
        r"|to be seen|write a quiz|[Ss]omebody|At which|speaks of|bear out|the answer is one of|[Gg]ive the one"
    )
    rules = {pattern.rule.name: pattern.rule for patterns in load_grammar().patterns.values() for pattern in patterns}
    produced = [form for rule in rules.values() for forms in rule.outputs for form in forms]
    assert len(produced) > 1000
    assert [form for form in produced if stiff.search(form)] == []


def test_forms_of_a_rule_hold_the_same_slots():
    """No form loses or doubles a slot."""
    for patterns in load_grammar().patterns.values():
        for rule in (pattern.rule for pattern in patterns):
            forms = [form for forms in (*rule.found, *rule.outputs) for form in forms]
            assert len({tuple(sorted(re.findall(r"<\w+>", form))) for form in forms}) == 1, rule.name


@pytest.mark.parametrize(("text", "expected"), EXPECTED.items(), ids=range(len(EXPECTED)))
def test_whole_variants(text, expected):
    """These instructions have exactly these variants, in this order."""
    assert variants(text) == expected


def test_stiff_wordings_are_rewritten_in_every_variant():
    """A sentence that asks nothing is replaced by one that does, whatever else changes."""
    text = (
        'You are proofreading. The writing at the coordinates {region} of the photo was typed out as "{text}", and '
        "that may be right or wrong.\n\n{options}\n\nReply with one of the options, copied exactly."
    )
    assert len(variants(text)) == 15
    assert not any("right or wrong" in each for each in variants(text))


def test_the_order_is_the_same_in_every_process():
    """Variants do not depend on the process, its hash seed, or the limit."""
    text = TEXTS[0]
    script = f"from instraug_datasets.engines.grammar import variants; print(ascii(variants({text!r})))"
    runs = {
        subprocess.run([sys.executable, "-c", script], env={"PYTHONHASHSEED": seed}, capture_output=True, check=True)
        .stdout.decode()
        .strip()
        for seed in ("1", "2")
    }
    assert runs == {ascii(variants(text))}
    assert variants(text, limit=5) == variants(text)[:5]


def test_articles_follow_the_word_for_a_picture():
    """The article matches the word for an image, which is the same throughout a variant."""
    found = variants("Here is an image. Describe this image in one sentence.")
    assert {("an image" in each, "a picture" in each) for each in found} == {(True, False), (False, True)}
    assert all(("image" in each) != ("picture" in each) for each in found)


def test_what_was_below_is_above_once_it_stands_first():
    """References to blocks are corrected when blocks are reordered."""
    text = "Choose one of the options below.\n\n{options}"
    found = variants(text)
    assert [each for each in found if each.startswith("{options}")] != []
    assert all(("above" in each) == each.startswith("{options}") for each in found)


def test_blocks_that_words_tie_together_stay_together():
    """Text that introduces the options stays before them, and text that refers to the question stays after it."""
    assert not any(each.startswith("{options}") for each in variants("Choose one of the following.\n\n{options}"))
    assert variants("{question}\n\nAnswer it with one of the options.") == [
        "{question}\n\nChoose the answer from the options.",
        "{question}\n\nWhich of the options answers it?",
    ]


def test_literal_braces_and_quotations_come_through():
    """Text in double braces or quotation marks is unchanged."""
    text = 'Describe this image in one sentence, as JSON: {{"image": "..."}}. Say "photo" first.\n\n{text}'
    found = variants(text)
    assert found
    assert all('{{"image": "..."}}' in each and '"photo"' in each for each in found)


@pytest.mark.parametrize("mask", ["{A}", "{question}"])
def test_masks_of_any_name_are_kept(mask):
    """Letter masks are protected like placeholders."""
    found = variants(f"{mask}\n\nChoose one of the options.")
    assert len(found) >= 10
    assert all(each.count(mask) == 1 for each in found)


@pytest.mark.parametrize(
    "text",
    ["", " ", "\n\n", "Xyzzy.", "{question}?", "{", "}}{{", "\ue000 Look at the image.", "Look at the image. " * 600],
)
def test_no_rule_applies(text):
    """Empty, unusual and huge texts have no variants and raise no error."""
    assert variants(text) == []


@given(
    st.lists(
        st.sampled_from([*SPECIAL, *ORDERS, "{text}", "{A}", "\n\n"])
        | st.text(st.characters(exclude_categories=["Cs"]), max_size=5),
        max_size=8,
    ).map(" ".join)
)
def test_any_text_keeps_its_braces(text):
    """Variants of any text preserve placeholders and braces with their numbers of occurrences."""
    braces = Counter(re.findall(r"\{\w+\}|[{}]+", text))
    for variant in variants(text, limit=10):
        assert Counter(re.findall(r"\{\w+\}|[{}]+", variant)) == braces


def test_the_engine_gives_one_variant_a_sample():
    """Sample n is variant n; further samples give an empty text."""
    text = TEXTS[0]
    expected = variants(text)
    requests = [Request(system="", text=text, sample=sample) for sample in (0, 1, len(expected))]
    completions = list(GrammarEngine().complete(requests))
    assert [completion.text for completion in completions] == [*expected[:2], ""]
    assert [completion.key for completion in completions] == [request.key for request in requests]
    assert [completion.error for completion in completions] == [None, None, None]
