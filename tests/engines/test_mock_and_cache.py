"""The mock engine, the cache and the table of engines."""

import sqlite3
import sys

import pytest

from instraug_datasets.engines import (
    ENGINES,
    CachedEngine,
    Completion,
    MockEngine,
    Request,
    as_engine,
    load_engine,
)
from instraug_datasets.errors import EngineError, SettingError, UnknownNameError

REQUESTS = [Request("Rewrite.", f"Say {n}.") for n in range(3)]


def texts(engine, requests=REQUESTS):
    """Return completions by request text."""
    by_key = {each.key: each.text for each in engine.complete(requests)}
    return [by_key[request.key] for request in requests]


def test_a_mock_answers_by_a_function_or_in_turn():
    """A function gets the request; an exhausted iterable raises an error."""
    assert texts(MockEngine(lambda request: request.text.upper())) == ["SAY 0.", "SAY 1.", "SAY 2."]
    engine = MockEngine(["a", "b", "c"])
    assert texts(engine) == ["a", "b", "c"]
    with pytest.raises(EngineError, match="no answers left"):
        texts(engine)


def test_a_plain_function_is_an_engine():
    """The function's name is recorded as the model."""

    def shout(request):
        return request.text.upper()

    engine = as_engine(shout)
    assert (engine.name, engine.model, texts(engine)[0]) == ("function", "shout", "SAY 0.")
    assert as_engine(engine) is engine


def test_requests_are_known_by_their_content():
    """Equal requests have equal keys, and every field counts."""
    one = Request("a", "b")
    assert one.key == Request("a", "b").key
    others = [
        Request("b", "a"),
        Request("a", "b", sample=1),
        Request("a", "b", temperature=1.0),
        Request("a", "b", (("c", "d"),)),
    ]
    assert len({one.key, *(each.key for each in others)}) == 5


class Counting(MockEngine):
    """An engine that counts requests."""

    asked = 0

    def complete(self, requests):
        for completion in super().complete(requests):
            self.asked += 1
            yield completion


def test_a_cached_request_is_not_asked_again(tmp_path):
    """A second engine reuses the cache, unless its model differs."""
    first = Counting(lambda request: f"1 {request.text}", model="one")
    cached = CachedEngine(first, tmp_path / "cache.sqlite")
    assert texts(cached) == texts(cached) == ["1 Say 0.", "1 Say 1.", "1 Say 2."]
    cached.close()
    again = Counting(lambda request: "never", model="one")
    cached = CachedEngine(again, tmp_path / "cache.sqlite")
    assert texts(cached)[0] == "1 Say 0."
    cached.close()
    other = CachedEngine(MockEngine(lambda request: "2", model="two"), tmp_path / "cache.sqlite")
    assert texts(other) == ["2", "2", "2"]
    other.close()
    assert (first.asked, again.asked, cached.name, cached.model) == (3, 0, "mock", "one")


def test_what_came_before_a_failure_is_in_the_cache(tmp_path):
    """After an interruption only the remaining requests are sent."""
    broken = CachedEngine(MockEngine(["a", "b"]), tmp_path / "cache.sqlite")
    with pytest.raises(EngineError):
        texts(broken)
    broken.close()
    whole = Counting(["c"])
    cached = CachedEngine(whole, tmp_path / "cache.sqlite")
    assert texts(cached) == ["a", "b", "c"]
    cached.close()


def test_failures_and_broken_text_are_not_cached(tmp_path):
    """Failed requests are sent again."""

    class Failing:
        name, model = "mock", None

        def complete(self, requests):
            for request in requests:
                yield (
                    Completion(request.key, "", error="HTTP 500")
                    if request is REQUESTS[0]
                    else Completion(request.key, "\udc80")
                )

    cached = CachedEngine(Failing(), tmp_path / "cache.sqlite")
    assert [each.error for each in cached.complete(REQUESTS)] == ["HTTP 500", None, None]
    cached.close()
    database = sqlite3.connect(tmp_path / "cache.sqlite")
    assert database.execute("SELECT count(*) FROM completions").fetchone() == (0,)
    database.close()


def test_another_file_is_no_cache(tmp_path):
    """Another file raises an error and is unchanged."""
    file = tmp_path / "pool.parquet"
    file.write_bytes(b"PAR1 and so on, long enough to be looked at by a database" * 9)
    before = file.read_bytes()
    with pytest.raises(EngineError, match=r"Cannot use .*pool\.parquet as a cache"):
        CachedEngine(MockEngine([]), file)
    assert file.read_bytes() == before


def test_a_damaged_cache_is_named(tmp_path):
    """A file that only begins as a cache does raises an error that names it; a value of another type is asked again."""
    file = tmp_path / "cache.sqlite"
    cached = CachedEngine(MockEngine(["a", "b", "c"]), file)
    assert texts(cached) == ["a", "b", "c"]
    cached.close()
    with sqlite3.connect(file) as database:
        database.execute("UPDATE completions SET text = x'ff' WHERE text = 'b'")
    database.close()
    cached = CachedEngine(MockEngine(["B"]), file)
    assert texts(cached) == ["a", "B", "c"]
    cached.close()
    file.write_bytes(file.read_bytes()[:4096] + b"\xff" * 8192)
    cached = CachedEngine(MockEngine(["a", "b", "c"]), file)
    with pytest.raises(EngineError, match=r"Cannot use .*cache\.sqlite as a cache: .*Choose another file"):
        texts(cached)
    cached.close()


def test_engines_are_had_by_name():
    """Unknown names and options show close matches; missing options raise an error."""
    assert list(ENGINES) == ["grammar", "transformers", "inference", "ray"]
    with pytest.raises(UnknownNameError, match="Did you mean 'grammar'"):
        load_engine("gramar")
    with pytest.raises(
        UnknownNameError, match=r"Unknown option of the engine inference 'time_out'\. Did you mean 'timeout'"
    ):
        load_engine("inference", model="m", time_out=3)
    with pytest.raises(SettingError, match="requires the option 'model'"):
        load_engine("transformers")
    with pytest.raises(SettingError, match="needs a model or a base_url"):
        load_engine("inference")


def test_the_table_of_engines_loads_nothing_heavy(monkeypatch):
    """A missing library is reported with its install command, only when its engine is loaded."""
    from instraug_datasets.errors import DependencyError

    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.delitem(sys.modules, "instraug_datasets.engines.transformers", raising=False)
    with pytest.raises(DependencyError, match=r"pip install 'instraug-datasets\[expand\]'"):
        load_engine("transformers", model="x")
