"""Files of predictions: what is kept, what is cut off, and what is refused."""

import json

import pytest

from instraug_datasets.errors import OutputError, SettingError
from instraug_datasets.evaluation.predictions import Predictions

SETTINGS = {"model": "m", "seed": 0}
LINE = '{"unique_id": "a", "instruction_id": "t/1", "prediction": "yes"}\n'


def reopened(path, **settings):
    """Return the texts in a file."""
    with Predictions(path, {**SETTINGS, **settings}) as predictions:
        return predictions.texts


def test_predictions_are_kept(tmp_path):
    """They are read again, lone surrogates and line separators too."""
    path = tmp_path / "new" / "predictions.jsonl"
    with Predictions(path, SETTINGS) as predictions:
        predictions.append([(("a", "t/1"), "yes\n\u2028no \ud800")])
        predictions.append([(("b", "t/1"), "")])
    assert reopened(path) == {("a", "t/1"): "yes\n\u2028no \ud800", ("b", "t/1"): ""}
    assert json.loads(path.read_text(encoding="utf-8").splitlines()[0]) == {"predictions": 1, **SETTINGS}


def test_a_line_cut_off_by_a_kill_is_removed(tmp_path):
    """At every byte: complete lines stay, and appending goes on after them."""
    path = tmp_path / "predictions.jsonl"
    with Predictions(path, SETTINGS) as predictions:
        predictions.append([(("a", "t/1"), "yes"), (("b", "t/1"), "no")])
    whole = path.read_bytes()
    for length in range(len(whole) + 1):
        path.write_bytes(whole[:length])
        with Predictions(path, SETTINGS) as predictions:
            left = dict(predictions.texts)
            predictions.append([(("c", "t/1"), "maybe")])
        assert left.items() <= {("a", "t/1"): "yes", ("b", "t/1"): "no"}.items()
        assert reopened(path) == {**left, ("c", "t/1"): "maybe"}


def test_a_file_from_elsewhere_needs_no_settings(tmp_path):
    """Other keys are ignored, numbers are ids too, and a last line without a line break counts."""
    path = tmp_path / "theirs.jsonl"
    path.write_text(LINE + '{"unique_id": 7, "instruction_id": "t/1", "prediction": "no", "logprob": -1}', "utf-8")
    with Predictions(path, SETTINGS) as predictions:
        predictions.append([(("b", "t/1"), "maybe")])
    assert reopened(path) == {("a", "t/1"): "yes", ("7", "t/1"): "no", ("b", "t/1"): "maybe"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (LINE + LINE, "line 2: the prediction for 'a' with 't/1' is there twice, first in line 1"),
        (LINE + "{}\n", "line 2: expected an object with unique_id"),
        (LINE.replace('"yes"', "null"), "line 1: expected an object"),
        ("not JSON\n", "line 1: expected an object"),
        ("a report", "line 1: expected an object"),
        (json.dumps({"predictions": 1, "model": "n", "seed": 0}) + "\n", "model was 'n' and is now 'm'"),
    ],
)
def test_other_files_are_refused_and_left_alone(tmp_path, content, message):
    """The line is named, and not a byte is changed."""
    path = tmp_path / "predictions.jsonl"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(SettingError, match=message):
        Predictions(path, SETTINGS)
    assert path.read_text(encoding="utf-8") == content


def test_unknown_ids_are_named(tmp_path):
    """Examples and wordings that this evaluation does not have are refused with their line."""
    path = tmp_path / "predictions.jsonl"
    path.write_text(LINE, encoding="utf-8")
    with Predictions(path, SETTINGS) as predictions:
        predictions.check({"a"}, {"t/1"})
        with pytest.raises(SettingError, match="line 1: unknown unique_id 'a': this evaluation has 1 others"):
            predictions.check({"b"}, {"t/1"})
        with pytest.raises(SettingError, match="line 1: unknown instruction_id 't/1'"):
            predictions.check({"a"}, {"t/2"})


def test_a_file_that_cannot_be_written_is_an_error(tmp_path):
    """A folder in its place is named."""
    with pytest.raises(OutputError, match="Cannot write the predictions"):
        Predictions(tmp_path, SETTINGS)
