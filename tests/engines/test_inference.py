"""The inference engine against a local server with the failures of real servers."""

import json
import logging
import threading
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import huggingface_hub
import pytest

from instraug_datasets.engines import Completion, Request, load_engine
from instraug_datasets.engines.inference import InferenceEngine
from instraug_datasets.errors import EngineError, SettingError
from instraug_datasets.expansion import expand
from tests.expansion.toy import CAPTION, rewrite


@pytest.fixture(autouse=True)
def _online(monkeypatch):
    """Lift the offline mode of the tests, which would block loopback connections of huggingface_hub too."""
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)


REQUEST = Request("Rewrite it.", "Say {A}.", temperature=0.8, top_p=0.7, max_tokens=33)


def chat(content, *, finish_reason="stop", message=None, **usage):
    """The body of a chat completion."""
    message = {"role": "assistant", "content": content, **(message or {})}
    return json.dumps(
        {
            "id": "1",
            "created": 1,
            "model": "toy",
            "object": "chat.completion",
            "choices": [{"index": 0, "finish_reason": finish_reason, "message": message}],
            "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5, **usage},
        }
    )


@contextmanager
def server(*answers):
    """Run a server that sends these responses in order and then repeats the last one.

    A response is a status, a body and headers, or a function that returns them. Yields the address and the list of
    received requests (headers and payload).
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
            self.send_response_only(status)
            for name, value in headers:
                self.send_header(name, value)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_):
            pass

    class Server(ThreadingHTTPServer):
        ending = threading.Event()

        def handle_error(self, *_):
            pass  # a client that hung up

    running = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{running.server_port}/v1", asked
    finally:
        running.ending.set()
        running.shutdown()
        thread.join()
        running.server_close()


def complete(url, *, waited=None, **options):
    """Complete one request, without real waits between retries."""
    sleep = (waited if waited is not None else []).append
    (completion,) = InferenceEngine("toy", base_url=url, sleep=sleep, **options).complete([REQUEST])
    return completion


def test_a_request_is_sent_as_a_chat():
    """Meta-prompt and instruction are system and user turns, sent with temperature, top_p, max_tokens and a seed."""
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


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 502, 503, 504, 520, 524, 529, 599])
def test_transient_statuses_are_retried(status):
    """The request is sent again until it succeeds, with exponential backoff."""
    with server((status, "busy"), (status, "busy"), (200, chat("Done."))) as (url, asked):
        waited: list[float] = []
        assert complete(url, waited=waited).text == "Done."
    assert len(asked) == 3
    assert len(waited) == 2
    assert 0.25 <= waited[0] < 0.5 <= waited[1] < 1


DATE = "Wed, 21 Oct 2026 07:28:00 GMT"
IN_30_SECONDS = ("retry-after", "Wed, 21 Oct 2026 07:28:30 GMT")


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ([("retry-after", "7")], 7),
        ([("retry-after", "7.5")], 7.5),
        ([("retry-after", "99999")], 60),
        ([IN_30_SECONDS, ("date", DATE)], 30),
        ([("RateLimit", '"api";r=0;t=9')], 9),
        ([("retry-after", "7"), ("RateLimit", '"api";r=0;t=9')], 7),
    ],
)
def test_the_wait_that_the_server_asks_for(headers, seconds):
    """Retry-After (a number or a date, by the server's clock) and RateLimit are respected, up to a minute."""
    with server((429, "", *headers), (200, chat("ok"))) as (url, _):
        waited: list[float] = []
        complete(url, waited=waited)
    assert waited == [seconds]


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("retry-after", "soon")],
        [("retry-after", "-3")],
        [("retry-after", "nan")],
        [("retry-after", "inf")],
        [("retry-after", DATE), ("date", IN_30_SECONDS[1])],
        [("RateLimit", '"api";r=5;t=9')],
    ],
)
def test_unusable_wait_headers_are_ignored(headers):
    """Without a usable header, the exponential backoff applies."""
    with server((429, "", *headers), (200, chat("ok"))) as (url, _):
        waited: list[float] = []
        complete(url, waited=waited)
    assert len(waited) == 1
    assert 0.25 <= waited[0] < 0.5


@pytest.mark.parametrize("reason", ["length", "max_tokens", "model_length", "LENGTH"])
def test_a_truncated_reply_is_a_failure(reason):
    """Half a sentence never becomes a candidate; its tokens are counted, and the error names the limit."""
    with server((200, chat("Look closely at the image, then describe it and", finish_reason=reason))) as (url, asked):
        assert complete(url) == Completion(REQUEST.key, "", "cut off at max_tokens=33; raise max_tokens", 3, 2)
    assert len(asked) == 1


def test_truncated_replies_enter_no_pool():
    """A run in which every reply is truncated ends with an error that names the cause."""
    with server((200, chat("Look closely at the image, then describe it and", finish_reason="length"))) as (url, _):
        engine = InferenceEngine("toy", base_url=url, sleep=lambda _: None)
        with pytest.raises(EngineError, match="last error: cut off at max_tokens=256; raise max_tokens"):
            expand([CAPTION], engine, target=30, filters=["placeholders", "duplicate"])


def test_a_filtered_reply_is_a_failure():
    """A reply that a content filter interrupted is incomplete."""
    with server((200, chat("Descr", finish_reason="content_filter"))) as (url, _):
        assert complete(url).error == "withheld by the server's content filter"


@pytest.mark.parametrize("content", [None, "", " \n", []])
@pytest.mark.parametrize("field", ["reasoning", "reasoning_content"])
def test_an_empty_reply_is_a_failure(content, field):
    """If the model produced reasoning only, the error says how to turn thinking off."""
    hint = "; the model spent its tokens on reasoning: extra_body={'chat_template_kwargs': {'enable_thinking': False}}"
    with server((200, chat(content))) as (url, _):
        assert complete(url).error == "empty reply"
    with server((200, chat(content, message={field: "The user wants ..."}))) as (url, _):
        assert complete(url).error == f"empty reply{hint} turns thinking off for many models"
    with server((200, chat(content, finish_reason="length", message={field: "The user"}))) as (url, _):
        assert complete(url).error.startswith(f"cut off at max_tokens=33; raise max_tokens{hint}")


def test_reasoning_beside_a_reply_is_ignored():
    """The reply is the content alone."""
    with server((200, chat("Do it.", message={"reasoning_content": "Hm."}))) as (url, _):
        assert complete(url) == Completion(REQUEST.key, "Do it.", None, 3, 2)


def test_a_reply_in_parts_is_joined():
    """Of content sent as a list of parts, the text parts are joined and others, such as thinking, skipped."""
    parts = [{"type": "thinking", "thinking": []}, {"type": "text", "text": "Do "}, {"type": "text", "text": "it."}]
    with server((200, chat(parts))) as (url, _):
        assert complete(url).text == "Do it."


def test_extra_fields_are_sent():
    """`extra_body` is merged into the payload and overrides the usual fields."""
    extra = {"chat_template_kwargs": {"enable_thinking": False}, "top_p": 0.1}
    with server((200, chat("ok"))) as (url, asked):
        complete(url, extra_body=extra)
        list(load_engine("inference", model="toy", base_url=url, extra_body=extra).complete([REQUEST]))
    for _, payload in asked:
        assert {name: payload[name] for name in extra} == extra
        assert payload["temperature"] == 0.8


def test_retries_end_in_a_failed_request():
    """After the last retry, the completion carries the error."""
    with server((500, "no")) as (url, asked):
        assert complete(url, retries=2) == Completion(REQUEST.key, "", error="HTTP 500")
    assert len(asked) == 3


@pytest.mark.parametrize("status", [400, 413, 422, 501, 505])
def test_permanent_statuses_are_not_retried(status):
    """A request that the server rejects is sent once."""
    with server((status, "bad")) as (url, asked):
        assert complete(url).error == f"HTTP {status}"
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("status", "advice"), [(401, "key is missing"), (402, "no credit"), (403, "may not use"), (404, "does not exist")]
)
def test_no_access_ends_the_run_at_once(status, advice):
    """The first denied request ends the run, with the reason and the fix, instead of thousands of failures."""
    with server((status, "no")) as (url, asked):
        engine = InferenceEngine("toy", base_url=url, concurrency=2)
        with pytest.raises(EngineError, match=f"HTTP {status}: .*{advice}"):
            list(engine.complete([Request("a", str(n)) for n in range(200)]))
    assert len(asked) < 20


def test_timeouts_are_retried_and_then_fail():
    """A server that does not respond within the timeout fails the request after the last retry."""
    release = threading.Event()

    def hang(*_):
        release.wait(30)
        return 200, chat("late")

    with server(hang) as (url, asked):
        assert complete(url, timeout=0.05, retries=1).error == "timeout"
        release.set()
    assert len(asked) == 2


OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


def written(start, repeated=b"", *, pause=0.0):
    """A response that writes bytes, and then others again and again, until the client hangs up."""

    def write(handler, _):
        with suppress(OSError):
            handler.wfile.write(start)
            while repeated and not handler.server.ending.wait(pause):
                handler.wfile.write(repeated)
        return None, ""

    return write


@pytest.mark.parametrize(
    ("start", "repeated"),
    [
        (b"", b"H"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (OK, b"x"),
        (OK + b"\r\n", b"x"),
        (OK + b"Content-Length: 100000\r\n\r\n", b"x"),
        (CHUNKED, b"1\r\nx\r\n"),
        (b"HTTP/1.1 500 Oh\r\n\r\n", b"x"),
    ],
)
def test_a_trickle_of_bytes_is_a_timeout(start, repeated):
    """The timeout is that of the whole response: a byte now and then does not keep a request waiting for ever."""
    with server(written(start, repeated, pause=0.02)) as (url, asked):
        assert complete(url, timeout=0.2, retries=1).error == "timeout"
    assert len(asked) == 2


@pytest.mark.parametrize("start", [OK + b"\r\n", b"HTTP/1.1 404 No\r\n\r\n", CHUNKED])
def test_a_reply_without_an_end_is_cut_off(start):
    """Sixteen megabytes are read, and the request fails without a retry."""
    repeated = b"10000\r\n" + b"x" * 0x10000 + b"\r\n" if start == CHUNKED else b"x" * 0x10000
    with server(written(start, repeated)) as (url, asked):
        error = complete(url).error
    assert error == "invalid response: ValueError: the reply has more than 16,777,216 bytes"
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("location", "error"),
    [
        ("", "invalid response: ValueError: HTTP 307 with 0 bytes is no chat completion"),
        ("/loop", "connection failed: TooManyRedirects"),
        ("file:///etc/hostname", "connection failed: UnsupportedProtocol"),
        ("http://[", "connection failed: "),
        ("http://" + "x" * 50_000, "invalid response: UnicodeError"),
    ],
)
def test_malformed_redirects_are_failures(location, error):
    """A redirect to nowhere, to itself, or to a file fails the request."""
    header = f"Location: {location}\r\n" if location else ""
    start = f"HTTP/1.1 307 Moved\r\n{header}Content-Length: 0\r\n\r\n".encode()
    with server(written(start)) as (url, _):
        assert complete(url, retries=0).error.startswith(error)


def test_an_empty_reply_of_another_status_is_a_failure():
    """A 204 has no completion."""
    with server(written(b"HTTP/1.1 204 No Content\r\n\r\n")) as (url, asked):
        assert complete(url).error == "invalid response: ValueError: HTTP 204 with 0 bytes is no chat completion"
    assert len(asked) == 1


def test_closed_connections_are_retried():
    """A connection that the server closes without a response is retried."""
    with server(lambda *_: (None, ""), (200, chat("Done."))) as (url, _):
        assert complete(url).text == "Done."
    with server(lambda *_: (None, "")) as (url, asked):
        assert complete(url, retries=1).error.startswith("connection failed")
    assert len(asked) == 2


def test_offline_mode_is_reported(monkeypatch):
    """HF_HUB_OFFLINE blocks every connection, so the run ends with an error that names the variable."""
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    with server((200, chat("a"))) as (url, asked), pytest.raises(EngineError, match="HF_HUB_OFFLINE"):
        complete(url)
    assert asked == []


def test_a_server_that_is_not_there_ends_the_run_at_once():
    """The error names the URL, and no request is tried."""
    with server((200, "")) as (url, _):
        pass
    waited: list[float] = []
    with pytest.raises(EngineError, match=f"No server answers at {url}: Connection refused"):
        complete(url, waited=waited)
    assert waited == []


@pytest.mark.parametrize("url", ["127.0.0.1:8000/v1", "http://", "http://127.0.0.1:port/v1"])
def test_a_malformed_url_is_refused(url):
    """The error shows what a URL looks like."""
    with pytest.raises(EngineError, match="The URL of a server must look like"):
        complete(url)


def test_a_server_that_goes_away_is_a_failure():
    """Once a server has answered, later requests are retried and then carry the connection error."""
    with server((200, chat("Done."))) as (url, _):
        engine = InferenceEngine("toy", base_url=url, sleep=lambda _: None, retries=1)
        (first,) = engine.complete([REQUEST])
    (second,) = engine.complete([REQUEST])
    assert (first.text, second.error) == ("Done.", "connection failed: ConnectError")


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
def test_malformed_responses_are_failures(body):
    """HTML, JSON of another shape and binary data fail the request without a traceback or a retry."""
    with server((200, body)) as (url, asked):
        assert complete(url).error.startswith("invalid response: ")
    assert len(asked) == 1


def test_very_long_replies_are_cut():
    """Of a reply of ten megabytes, the first 100,000 characters are kept."""
    with server((200, chat("word " * 2_000_000))) as (url, _):
        assert len(complete(url).text) == 100_000


def test_the_key_is_sent_and_never_logged(caplog):
    """The API key goes to the server and to no log; without one, a placeholder is sent."""
    with caplog.at_level(logging.DEBUG), server((200, chat("a"))) as (url, asked):
        complete(url, api_key="secret-key")
        complete(url)
    assert [headers.get("authorization", headers.get("Authorization")) for headers, _ in asked] == [
        "Bearer secret-key",
        "Bearer none",
    ]
    assert "secret-key" not in caplog.text


def test_the_hub_token_is_not_sent_to_other_servers(monkeypatch):
    """A Hub token in the environment never reaches a server given by base_url."""
    monkeypatch.setenv("HF_TOKEN", "hf_private")
    with server((200, chat("a"))) as (url, asked):
        complete(url)
    assert "hf_private" not in json.dumps(asked)


def test_concurrency_does_not_change_the_pool():
    """One connection and eight give the same pool, even if one request in five fails at first."""

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


@pytest.mark.parametrize("name", ["model", "base_url", "api_key"])
def test_names_and_keys_are_text(name):
    """Another type raises an error that names the argument."""
    with pytest.raises(SettingError, match=f"{name} must be text, but got 5"):
        InferenceEngine(**{"model": "m", name: 5})  # type: ignore[arg-type]
