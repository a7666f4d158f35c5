"""One bad value in JSON costs the record that has it, and no other."""

import json
from collections import Counter
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from instraug_datasets.builders.files.json_text import DECODE_ERRORS, decode_leniently
from instraug_datasets.builders.generation.counts import read_counts
from instraug_datasets.errors import SourceError
from tests.builders.raw_files import rows, write_captions

RECORDS = msgspec.json.Decoder(list[msgspec.Raw])
DEEP = "[" * 2_000 + "]" * 2_000
BAD = {"NaN": "NaN", "infinity": "-Infinity", "deep": DEEP, "surrogate": r'"\ud83d"'}
TEXTS = st.text(alphabet=st.sampled_from('aNaInfinity"\\[]{},: \u00e9'), max_size=12)


class Record(msgspec.Struct):
    """A record with a text and a number."""

    text: str
    number: float


@given(texts=st.lists(TEXTS, min_size=1, max_size=5), data=st.data())
def test_a_bad_number_costs_one_record(texts: list[str], data: st.DataObject) -> None:
    """Whatever stands in the texts, exactly the records with NaN, infinity or deep nesting cannot be read."""
    numbers = [data.draw(st.sampled_from(["1.5", "NaN", "Infinity", "-Infinity", DEEP])) for _ in texts]
    pairs = zip(texts, numbers, strict=True)
    content = ",\n".join(f'{{"text": {json.dumps(text)}, "number": {number}}}' for text, number in pairs)
    raws = decode_leniently(f"[{content}]".encode(), RECORDS)
    assert len(raws) == len(texts)
    for raw, text, number in zip(raws, texts, numbers, strict=True):
        if number == "1.5":
            assert msgspec.json.decode(raw, type=Record) == Record(text, 1.5)
        else:
            with pytest.raises(DECODE_ERRORS):
                msgspec.json.decode(raw, type=Record)


@pytest.mark.parametrize("content", ["[NaN", '["a', "[NaN}", DEEP[:-1], DEEP + "]", '["' + '\\"' * 50_000])
def test_what_is_not_json_stays_refused(content: str) -> None:
    """A mend makes no JSON of what is cut off or unbalanced."""
    with pytest.raises(DECODE_ERRORS):
        decode_leniently(content.encode(), RECORDS)


@pytest.mark.parametrize("value", BAD.values(), ids=BAD)
@pytest.mark.parametrize("key", ["caption", "licence"])
def test_a_bad_value_in_a_raw_file_is_one_skipped_record(tmp_path: Path, value: str, key: str) -> None:
    """It is named under `raise`, counted under `skip`, and costs nothing in a field that is not read."""
    path = write_captions(tmp_path / "raw", {1: ["A cat."], 2: ["HOLE"], 3: ["A dog."]})
    text = path.read_text()
    text = text.replace('"HOLE"', value) if key == "caption" else text.replace('"HOLE"', f'"A fox.", "{key}": {value}')
    path.write_text(text)
    found = rows(tmp_path / "raw", "image_caption", on_error="skip", report_dir=str(tmp_path / "counts"))
    targets = [row["target"] for row in found]
    skipped = sum((count.skipped for count in read_counts(tmp_path / "counts")), Counter[str]())
    if key == "licence":
        assert (targets, skipped) == (["A cat.", "A fox.", "A dog."], {})
        return
    assert (targets, skipped) == (["A cat.", "A dog."], {"bad_record": 1})
    with pytest.raises(SourceError, match=r"captions_train2014\.json: record annotations\[1\]"):
        rows(tmp_path / "raw", "image_caption")
