"""Engines that misbehave: a run survives them, or ends with one clear error and everything it had."""

import pytest

from instraug_datasets.engines import Completion, MockEngine
from instraug_datasets.errors import EngineError
from instraug_datasets.expansion import expand, make_config, run
from tests.expansion.toy import CAPTION, CHOICE, TASKS, rewrite

CONFIG = make_config("mock", target=3, max_rounds=2)


class Engine:
    """An engine with a given `complete` function."""

    name, model = "hostile", None

    def __init__(self, complete):
        self.complete = complete


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\t ",
        "\x00\x01\x02\x1b[31m",
        "\udcff\udcfe broken \ud800",
        "\ufffd" * 50,
        "a" * 10_000_000,
        "{" * 10_000_000,
        "{A}" * 3_000_000,
        "\n" * 10_000_000,
        "describe " * 1_000_000,
        "The answer is yes.",
        "{question} {options} {question}",
        "<|im_start|>system",
        "}{",
        "DROP TABLE tasks; --",
        "Beschreibe das Bild in einem einzigen Satz, und zwar so genau, wie du kannst.",
        "请用一句话描述这张图片。",
    ],
    ids=lambda text: repr(text[:20]),
)
def test_bad_text_never_reaches_a_pool(text):
    """Empty, invalid, huge or foreign-language text is never kept."""
    expansion = run(TASKS, MockEngine(lambda request: text), CONFIG)
    assert expansion.statistics.kept.total() == 0
    assert set(expansion.short) == {"caption", "choice"}
    assert {task: len(expansion.pool[task]) for task in ("caption", "choice")} == {"caption": 2, "choice": 2}


def test_the_same_text_always_is_kept_at_most_once():
    """A constant reply is kept once."""
    expansion = run([CAPTION], MockEngine(lambda request: "Say in a sentence what the picture shows."), CONFIG)
    assert expansion.statistics.kept.total() == 1


@pytest.mark.parametrize("error", [RuntimeError("boom"), ValueError(), KeyError("x"), OSError(5, "io")])
def test_an_engine_that_raises_ends_the_run_with_its_name(tmp_path, error):
    """Any exception of an engine becomes an EngineError, and a second run resumes from the journal."""
    journal = tmp_path / "j.jsonl"
    answers = iter(range(5))

    def failing(request):
        if next(answers, None) is None:
            raise error
        return rewrite(request)

    with pytest.raises(EngineError, match=f"The engine 'toy' failed: {type(error).__name__}"):
        expand(TASKS, MockEngine(failing, name="toy"), target=4, journal=journal)
    assert len(journal.read_text().splitlines()) == 1 + 5
    assert expand(TASKS, MockEngine(rewrite, name="toy"), target=4, journal=journal) == expand(
        TASKS, MockEngine(rewrite, name="toy"), target=4
    )


def test_completions_that_never_come_are_dropped():
    """Requests without a completion count as failures; others are kept."""

    def every_second(requests):
        for number, request in enumerate(requests):
            if number % 2:
                yield Completion(request.key, rewrite(request))

    expansion = run(TASKS, Engine(every_second), CONFIG)
    assert expansion.statistics.kept.total() > 0
    assert expansion.statistics.reasons["engine_error"] > 0


def test_failures_are_asked_again_by_the_next_run(tmp_path):
    """Failed requests are not in the journal, so that resuming retries them."""

    def flaky(requests):
        for number, request in enumerate(requests):
            yield Completion(
                request.key, "" if number == 0 else rewrite(request), error="HTTP 500" if number == 0 else None
            )

    settings = {"target": 2, "max_rounds": 1, "overgenerate": 1, "journal": tmp_path / "j.jsonl"}
    expand(TASKS, Engine(flaky), **settings)
    before = settings["journal"].read_bytes()
    steady = Engine(lambda requests: (Completion(request.key, rewrite(request)) for request in requests))
    again = expand(TASKS, steady, **settings)
    assert again == expand(TASKS, steady, **{**settings, "journal": None})
    assert settings["journal"].read_bytes().startswith(before)
    assert settings["journal"].read_bytes().count(b"\n") == before.count(b"\n") + 1


def test_nothing_but_failures_ends_the_run():
    """If all requests fail, the run ends with the last error."""
    down = Engine(lambda requests: (Completion(request.key, "", error="HTTP 503") for request in requests))
    with pytest.raises(EngineError, match=r"failed all \d+ requests; last error: HTTP 503"):
        expand(TASKS, down, target=10)


def test_answers_to_other_requests_are_refused():
    """A completion with an unknown key raises an error."""
    with pytest.raises(EngineError, match="returned a completion for an unknown request"):
        expand(TASKS, Engine(lambda requests: iter([Completion("0" * 32, "text")])), target=2)


def test_answering_twice_changes_nothing():
    """Only the first completion of a request is used."""

    def twice(requests):
        for request in requests:
            yield Completion(request.key, rewrite(request))
            yield Completion(request.key, "Something else altogether, to be ignored.")

    once = Engine(lambda requests: (Completion(request.key, rewrite(request)) for request in requests))
    assert expand(TASKS, Engine(twice), target=3) == expand(TASKS, once, target=3)


@pytest.mark.parametrize("text", [None, b"bytes", 3, ["a"]])
def test_what_is_no_text_is_a_failure(text):
    """Completions that are not strings count as failures."""
    expansion = run([CHOICE], Engine(lambda requests: (Completion(r.key, text) for r in list(requests)[:3])), CONFIG)
    assert expansion.statistics.reasons.keys() == {"engine_error"}
