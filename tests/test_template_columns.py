"""Whole columns of instruction texts are parsed as each text alone."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from instraug_datasets.errors import InstrAugError
from instraug_datasets.records import FIELDS
from instraug_datasets.template_columns import field_bits, parse_column
from instraug_datasets.templates import parse

PIECES = st.sampled_from(
    ["{question}", "{options}", "{{", "}}", "{", "}", "{nope}", "{text:}", "word ", "\n", "\u00e9"]
)
TEXTS = st.lists(st.lists(PIECES, max_size=6).map("".join), min_size=1, max_size=8)


@given(texts=TEXTS)
def test_a_column_is_parsed_as_its_texts(texts):
    """Literals, names and their order agree, and a text that is refused alone is refused in a column."""
    try:
        templates = [parse(text) for text in texts]
    except InstrAugError as error:
        with pytest.raises(type(error)):
            parse_column(pa.array(texts))
        return
    column = parse_column(pa.array(texts))
    parts, starts = column.parts.to_pylist(), column.starts.tolist()
    for template, start, end in zip(templates, starts[:-1], starts[1:], strict=True):
        assert tuple(parts[start:end:2]) == template.literals
        assert tuple(parts[start + 1 : end : 2]) == template.names
        assert column.fields[start + 1 : end : 2].tolist() == [FIELDS.index(name) for name in template.names]


def test_the_fields_of_a_sliced_column_are_its_own():
    """A slice of a longer column is read from its own start, in as many parts as it takes."""
    texts = pa.array(["{answer}"] * 3 + ["{question} {options}", "None {{here}}."] * 70_000).slice(3)
    bits = field_bits(texts)
    shown = 1 << FIELDS.index("question") | 1 << FIELDS.index("options")
    assert len(bits) == 140_000
    assert np.array_equal(np.unique(bits[0::2]), [shown])
    assert np.array_equal(np.unique(bits[1::2]), [0])
