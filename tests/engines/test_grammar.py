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
from instraug_datasets.engines.grammar.rules import RULE_SETS, load_grammar
from instraug_datasets.errors import UnknownNameError
from instraug_datasets.tasks import BENCHMARKS
from instraug_datasets.templates import parse
from tests.strategies import SPECIAL

TASKS = [task for tasks in BENCHMARKS.values() for task in tasks.values() if task.role != "excluded"]
TRAINING = [task for task in TASKS if task.role == "train"]
TEXTS = sorted({text for task in TASKS for text in task.instructions})
VOWEL = re.compile(r"(?!one\b|uni)[aeiou]|hour", re.IGNORECASE)
ORDERS = [
    "Choose one of the options.",
    "Look at the image.",
    "Describe this image in one sentence.",
    "Which of these regions does {text} describe?",
    "an image and a photo",
]

each_task = pytest.mark.parametrize("task", TASKS, ids=lambda task: f"{task.benchmark}-{task.name}")
each_set = pytest.mark.parametrize("rules", RULE_SETS)


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


@each_set
@each_task
def test_variants_keep_placeholders_and_read_well(task, rules):
    """Variants have exact placeholders, no style problems, and correct references."""
    for text in task.instructions:
        placeholders = Counter(parse(text).names)
        for variant in wordings(text, rules=rules):
            assert Counter(parse(variant).names) == placeholders, variant
            assert list(faults(variant)) == [], variant
            assert all(pointers(variant)), variant


@each_set
@each_task
def test_no_two_variants_are_the_same(task, rules):
    """Variants differ from one another and from the instruction, ignoring case and punctuation."""
    for text in task.instructions:
        seen = [normalized(each) for each in (text, *wordings(text, rules=rules))]
        assert len(set(seen)) == len(seen)


@pytest.mark.parametrize("task", TRAINING, ids=lambda task: f"{task.benchmark}-{task.name}")
def test_each_meta_instruction_has_variants(task):
    """Every meta instruction of a training task has a few distinct variants."""
    seen = {normalized(text) for text in task.instructions}
    for text in task.instructions:
        fresh = {normalized(variant) for variant in wordings(text, rules="train")} - seen
        assert len(fresh) >= 5, text
        seen |= set(sorted(fresh)[:5])


def test_rule_sets_share_no_form():
    """The rule set `heldout` shares no phrase or frame with `train`."""
    grammar = load_grammar()
    rules = {pattern.rule.name: pattern.rule for patterns in grammar.patterns.values() for pattern in patterns}
    train, heldout = (
        {form.strip("^$") for rule in rules.values() for forms in rule.outputs[name] for form in forms}
        | {frame["text"] for frame in grammar.frames[name]}
        for name in RULE_SETS
    )
    assert train & heldout == set()


def test_forms_of_a_rule_hold_the_same_slots():
    """No form loses or doubles a slot."""
    for patterns in load_grammar().patterns.values():
        for rule in (pattern.rule for pattern in patterns):
            forms = [form for forms in (*rule.outputs["train"], *rule.outputs["heldout"]) for form in forms]
            assert len({tuple(sorted(re.findall(r"<\w+>", form))) for form in forms}) == 1, rule.name


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
    found = variants("You see an image. Look at the image and choose one of the options.")
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
    found = variants("{question}\n\nSay whether it can be answered.")
    assert found
    assert all(each.index("{question}") < each.index("whether") for each in found)


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


def test_an_unknown_rule_set_is_refused():
    """The message lists the known rule sets."""
    with pytest.raises(UnknownNameError, match="heldout"):
        variants("Look at the image.", rules="test")


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
    for rules in RULE_SETS:
        for variant in variants(text, rules=rules, limit=10):
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


def test_the_engine_can_use_the_other_rules():
    """The held-out rule set can be selected."""
    text = TEXTS[0]
    [completion] = GrammarEngine(rules="heldout").complete([Request(system="", text=text)])
    assert completion.text == variants(text, rules="heldout")[0]
