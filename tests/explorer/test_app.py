"""The app over HTTP: its answers, its policy, and what it does not serve."""

import json
import re
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from instraug_datasets.explorer.policy import POLICY
from instraug_datasets.explorer.views import Views


def call(address, name, *data):
    """The answer of an endpoint of the app."""
    body = json.dumps({"data": data}).encode()
    request = Request(f"{address}gradio_api/call/{name}", body, {"Content-Type": "application/json"})
    with urlopen(request) as answer:
        event = json.load(answer)["event_id"]
    with urlopen(f"{address}gradio_api/call/{name}/{event}") as answer:
        stream = answer.read().decode()
    kind, shown = re.findall(r"event: (\w+)\ndata: (.*)", stream)[-1]
    assert kind == "complete", stream
    return json.loads(shown)


def status(address, path, body=None, **headers):
    """The status of an answer."""
    try:
        with urlopen(Request(address + path, body, headers)) as answer:
            return answer.status
    except HTTPError as error:
        with error:
            return error.code


def test_the_app_answers_with_the_views(address, toys):
    """What the page asks for when the slider moves, a task is chosen or a word is typed is what the views render."""
    views = Views(toys)
    assert call(address, "show", "pick", 1, 2, "cycle", 7) == [views.example("pick", 1, 2, strategy="cycle", seed=7)]
    assert call(address, "search", "take", "all tasks") == [views.found("take", None)]
    places, epoch = call(address, "choose", "pick")
    assert places["choices"] == [["1. 0", 0], ["2. 1", 1]]
    assert (epoch["maximum"], epoch["value"]) == (29, 0)


def test_every_answer_forbids_content_from_elsewhere(address):
    """The page may load its own files only, whatever the data or the library would fetch."""
    with urlopen(address) as answer:
        assert answer.headers["content-security-policy"] == POLICY
    assert "http" not in POLICY


@pytest.mark.parametrize("path", ["/etc/passwd", "{here}", "http://127.0.0.1:9/x", "../../etc/passwd"])
def test_no_file_of_the_machine_is_served(address, path):
    """The app has no files to give: not from outside its folder, not from inside, and it fetches no address."""
    assert status(address, f"gradio_api/file={path.format(here=__file__)}") in (403, 404)


def test_nothing_can_be_uploaded(address):
    """A file of more than a byte is refused."""
    body = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\nhello\r\n--x--\r\n'
    assert status(address, "gradio_api/upload", body, **{"Content-Type": "multipart/form-data; boundary=x"}) == 413
