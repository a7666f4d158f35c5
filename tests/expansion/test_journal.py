"""The journal: nothing that was paid for is lost, and no other run's work is taken for this one's."""

import dataclasses
import json

import numpy as np
import pytest

from instraug_datasets.engines import Completion
from instraug_datasets.errors import OutputError, SettingError
from instraug_datasets.expansion.journal import Journal

SETTINGS = {"engine": "mock", "temperatures": (0.6, 0.7), "seed": 0}
COMPLETIONS = [Completion(f"key{n}", f"tëxt {n}\n\udc80", prompt_tokens=n) for n in range(3)]


def written(path, completions=COMPLETIONS):
    """Write a journal with these completions."""
    journal = Journal(path, SETTINGS)
    journal.append(completions)
    journal.close()
    return path


def read(path):
    """Return the completions of a journal."""
    journal = Journal(path, SETTINGS)
    journal.close()
    return list(journal.completions.values())


def test_what_was_appended_is_there_again(tmp_path):
    """Texts are restored exactly, including invalid Unicode."""
    assert read(written(tmp_path / "j.jsonl")) == COMPLETIONS


def test_a_torn_last_line_is_cut_off_at_every_byte(tmp_path):
    """Truncated at any byte of the last line, the journal keeps the complete lines and can be appended to."""
    whole = written(tmp_path / "whole.jsonl").read_bytes()
    start = whole[:-1].rfind(b"\n") + 1
    for end in range(start, len(whole)):
        path = tmp_path / "torn.jsonl"
        path.write_bytes(whole[:end])
        assert read(path) == COMPLETIONS[:2]
        journal = Journal(path, SETTINGS)
        journal.append(COMPLETIONS[2:])
        journal.close()
        assert path.read_bytes() == whole


def test_a_torn_header_begins_anew(tmp_path):
    """A journal with an incomplete first line can still be used."""
    path = tmp_path / "j.jsonl"
    path.write_bytes(b'{"journal": 1, "eng')
    assert read(path) == []
    assert read(path) == []


def test_a_journal_of_other_settings_is_refused_with_the_difference(tmp_path):
    """The message names every differing setting with both values, and the file is unchanged."""
    path = written(tmp_path / "j.jsonl")
    before = path.read_bytes()
    with pytest.raises(SettingError) as caught:
        Journal(path, {"engine": "mock", "temperatures": (0.6,), "top_p": 0.9, "seed": 0})
    message = str(caught.value)
    assert "temperatures was [0.6, 0.7] and is now [0.6]" in message
    assert "top_p was None and is now 0.9" in message
    assert "seed" not in message
    assert path.read_bytes() == before


def test_changed_instructions_are_named_by_their_tasks(tmp_path):
    """Not by digests: tasks whose instructions changed, new ones, and those that are left out."""
    path = tmp_path / "j.jsonl"
    Journal(path, {"tasks": {"dots": "ef69", "lines": "0a1b", "same": "77aa"}}).close()
    with pytest.raises(SettingError) as caught:
        Journal(path, {"tasks": {"dots": "1234", "same": "77aa", "boxes": "5678"}})
    assert str(caught.value) == (
        f"The journal {path} belongs to a run with other settings: the instructions of dots have changed; "
        "tasks added: boxes; tasks left out: lines. "
        "Start a new run with `--fresh` or another journal, or use the same settings to resume."
    )


@pytest.mark.parametrize("content", [b'{"task": "a"}\n', b"PAR1\n", b"[]\n", b"\xff\xfe\n"])
def test_another_file_is_no_journal(tmp_path, content):
    """Another file raises an error and is unchanged."""
    path = tmp_path / "other"
    path.write_bytes(content)
    with pytest.raises(SettingError, match="other"):
        Journal(path, SETTINGS)
    assert path.read_bytes() == content


def test_a_damaged_line_in_the_middle_is_named(tmp_path):
    """A line that is not a completion raises an error."""
    path = written(tmp_path / "j.jsonl")
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([lines[0], b'{"half": 1}\n', *lines[2:]]))
    with pytest.raises(SettingError, match="line 2"):
        Journal(path, SETTINGS)


def test_a_changed_byte_is_noticed(tmp_path):
    """A journal with one changed byte is refused or gives the same completions; only the last line may be lost."""
    whole = written(tmp_path / "whole.jsonl").read_bytes()
    path = tmp_path / "changed.jsonl"
    random, refused = np.random.default_rng(0), 0
    for position in range(len(whole)):
        for byte in {whole[position] ^ 1, 0, *random.integers(32, 127, 2).tolist()} - {whole[position]}:
            path.write_bytes(whole[:position] + bytes([byte]) + whole[position + 1 :])
            try:
                assert read(path) in (COMPLETIONS, COMPLETIONS[:2])
            except SettingError:
                refused += 1
    assert refused > 3 * len(whole)


def test_a_journal_without_checksums_is_resumed(tmp_path):
    """A journal of format 1 keeps its completions, and those appended to it are checked."""
    path = tmp_path / "j.jsonl"
    header = {"journal": 1, "engine": "mock", "temperatures": [0.6, 0.7], "seed": 0}
    rows = [header, *map(dataclasses.asdict, COMPLETIONS[:2])]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="ascii")
    assert read(path) == COMPLETIONS[:2]
    assert read(written(path, COMPLETIONS[2:])) == COMPLETIONS
    path.write_text(path.read_text().replace("xt 2", "xt 7"), encoding="ascii")
    with pytest.raises(SettingError, match="line 4 is damaged: its content does not match its checksum"):
        read(path)


def test_a_full_disk_is_an_error_that_says_how_to_go_on():
    """The message names the file and says how to resume."""
    with pytest.raises(OutputError, match=r"/dev/full.*No space left.*run the same command again"):
        Journal("/dev/full", SETTINGS)


def test_a_place_that_cannot_be_written_is_an_error(tmp_path):
    """A folder in place of the file raises an error."""
    with pytest.raises(OutputError, match="Cannot write the journal"):
        Journal(tmp_path, SETTINGS)
