"""The inference engine against a server on this machine that behaves as badly as servers do."""

import json
import logging
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import huggingface_hub
import pytest

from instraug_datasets.engines import Completion, Request
from instraug_datasets.engines.inference import RETRIED, InferenceEngine
from instraug_datasets.errors import EngineError
from instraug_datasets.expansion import expand
from tests.expansion.toy import CAPTION, rewrite


@pytest.fixture(autouse=True)
def _online(monkeypatch):
    """Tests are offline for huggingface_hub, loopback included; here it may reach loopback."""
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)


REQUEST = Request("Rewrite it.", "Say {A}.", temperature=0.8, top_p=0.7, max_tokens=33)


def chat(text, **usage):
    """The body of a chat completion."""
    return json.dumps(
        {
            "id": "1",
            "created": 1,
            "model": "toy",
            "object": "chat.completion",
            "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}],
            "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5, **usage},
        }
    )


@contextmanager
def server(*answers):
    """A server that gives these answers in turn, the last one for ever: a status and a body, or a function.

    Gives its address and the list of what it was asked: headers and payload.
    """
    asked: list[tuple[dict[str, str], dict[str, object]]] = []
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            payload = json.loads(self.rfile.read(int(self.headers["content-length"])))
            with lock:
                number = len(asked)
                asked.append((dict(self.headers.items()), payload))
            answer = answers[min(number, len(answers) - 1)]
            status, body, *headers = answer(self, payload) if callable(answer) else answer
            if status is None:
                self.close_connection = True
                return
            data = body if isinstance(body, bytes) else body.encode()
            self.send_response(status)
            for name, value in headers:
                self.send_header(name, value)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_):
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_):
            pass  # a client that hung up

    running = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{running.server_port}/v1", asked
    finally:
        running.shutdown()
        thread.join()
        running.server_close()


def complete(url, *, waited=None, **options):
    """The completion of one request, and no real waiting between tries."""
    sleep = (waited if waited is not None else []).append
    (completion,) = InferenceEngine("toy", base_url=url, sleep=sleep, **options).complete([REQUEST])
    return completion


def test_a_request_is_put_as_a_chat():
    """Order and instruction are system and user turns; temperature, nucleus, length and a seed travel with them."""
    with server((200, chat("Do it."))) as (url, asked):
        assert complete(url) == Completion(REQUEST.key, "Do it.", None, 3, 2)
    ((_, payload),) = asked
    assert payload["messages"] == [
        {"role": "system", "content": "Rewrite it."},
        {"role": "user", "content": "Say {A}."},
    ]
    facts = {name: payload[name] for name in ("model", "temperature", "top_p", "max_tokens")}
    assert facts == {"model": "toy", "temperature": 0.8, "top_p": 0.7, "max_tokens": 33}
    assert 0 <= payload["seed"] < 2**31


@pytest.mark.parametrize("status", RETRIED)
def test_passing_trouble_is_tried_again(status):
    """After a named status the request is made again, until it succeeds."""
    with server((status, "busy"), (status, "busy"), (200, chat("Done."))) as (url, asked):
        waited: list[float] = []
        assert complete(url, waited=waited).text == "Done."
    assert len(asked) == 3
    assert len(waited) == 2
    assert 0.25 <= waited[0] < 0.5 <= waited[1] < 1


def test_the_time_that_a_server_asks_for_is_waited():
    """Retry-After counts, within reason."""
    with server((429, "", ("retry-after", "7")), (429, "", ("retry-after", "99999")), (200, chat("ok"))) as (url, _):
        waited: list[float] = []
        complete(url, waited=waited)
    assert waited == [7.0, 60.0]


def test_trouble_that_stays_is_a_failure_of_that_request():
    """After the last try the completion says what was wrong."""
    with server((500, "no")) as (url, asked):
        assert complete(url, retries=2) == Completion(REQUEST.key, "", error="HTTP 500")
    assert len(asked) == 3


@pytest.mark.parametrize("status", [400, 413, 422])
def test_a_refused_request_is_not_tried_again(status):
    """What is wrong with the request itself stays wrong."""
    with server((status, "bad")) as (url, asked):
        assert complete(url).error == f"HTTP {status}"
    assert len(asked) == 1


@pytest.mark.parametrize(("status", "advice"), [(401, "key is missing"), (403, "no right"), (404, "no such model")])
def test_no_access_ends_the_run_at_once(status, advice):
    """Nobody waits for thousands of requests to fail: the first says why, and what to do."""
    with server((status, "no")) as (url, asked):
        engine = InferenceEngine("toy", base_url=url, concurrency=2)
        with pytest.raises(EngineError, match=f"HTTP {status}: .*{advice}"):
            list(engine.complete([Request("a", str(n)) for n in range(200)]))
    assert len(asked) < 20


def test_a_server_that_hangs_is_given_up():
    """Silence longer than the timeout is a reason to try again, then a failure."""
    release = threading.Event()

    def hang(*_):
        release.wait(30)
        return 200, chat("late")

    with server(hang) as (url, asked):
        assert complete(url, timeout=0.05, retries=1).error == "timeout"
        release.set()
    assert len(asked) == 2


def test_a_closed_connection_is_tried_again():
    """A server that hangs up without a word gets another chance."""
    with server(lambda *_: (None, ""), (200, chat("Done."))) as (url, _):
        assert complete(url).text == "Done."
    with server(lambda *_: (None, "")) as (url, asked):
        assert complete(url, retries=1).error.startswith("connection failed")
    assert len(asked) == 2


def test_offline_mode_is_said(monkeypatch):
    """With HF_HUB_OFFLINE set no server is reached, not even one's own; the message says so at once."""
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    with server((200, chat("a"))) as (url, asked), pytest.raises(EngineError, match="HF_HUB_OFFLINE"):
        complete(url)
    assert asked == []


def test_nobody_at_the_address_is_a_failure():
    """A refused connection is said after the last try."""
    with server((200, "")) as (url, _):
        pass
    assert complete(url, retries=1).error == "connection failed: ConnectError"


@pytest.mark.parametrize(
    "body",
    [
        "<html>hello</html>",
        "",
        "[]",
        "null",
        '{"choices": []}',
        '{"choices": [{"message": {"content": 3}}]}',
        b"\xff\xfe\x00",
    ],
)
def test_what_is_no_chat_completion_is_a_failure(body):
    """A page in HTML, JSON of another shape, bytes: one failure, not a traceback, and not for ever."""
    with server((200, body)) as (url, asked):
        assert complete(url).error.startswith("no usable answer: ")
    assert len(asked) == 1


def test_an_endless_answer_is_cut():
    """Ten megabytes of text are not handed on."""
    with server((200, chat("word " * 2_000_000))) as (url, _):
        assert len(complete(url).text) == 100_000


def test_the_key_reaches_its_server_and_no_log(caplog):
    """A given key is sent; without one, the stored token for the Hub is not."""
    with caplog.at_level(logging.DEBUG), server((200, chat("a"))) as (url, asked):
        complete(url, api_key="secret-key")
        complete(url)
    assert [headers.get("authorization", headers.get("Authorization")) for headers, _ in asked] == [
        "Bearer secret-key",
        "Bearer none",
    ]
    assert "secret-key" not in caplog.text


def test_the_stored_token_stays_at_home(monkeypatch):
    """A token in the environment is for the Hub, not for the user's own server."""
    monkeypatch.setenv("HF_TOKEN", "hf_private")
    with server((200, chat("a"))) as (url, asked):
        complete(url)
    assert "hf_private" not in json.dumps(asked)


def test_the_same_pool_comes_from_many_connections_as_from_one():
    """Concurrency changes speed, not the result; one failing request in five is made up for."""

    def flaky(_, payload):
        if len(asked) % 5 == 0:
            return 503, "busy"
        system, user = (message["content"] for message in payload["messages"])
        return 200, chat(f"Sure! Here it is:\n\n{rewrite(Request(system, user, sample=payload['seed']))}")

    pools = []
    for concurrency in (1, 8):
        with server(flaky) as (url, asked):
            engine = InferenceEngine("toy", base_url=url, concurrency=concurrency, sleep=lambda _: None)
            pools.append(expand([CAPTION], engine, target=6, filters=["placeholders", "duplicate"]))
    assert pools[0] == pools[1]
    assert pools[0].stats()[0].expansion >= 6
