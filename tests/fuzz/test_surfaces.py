"""A short slice of `make fuzz`: damaged input gives an error of this package, or a result."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from instraug_datasets.errors import InstrAugError
from tests.fuzz.surfaces import SURFACES


@pytest.mark.filterwarnings("ignore")  # of Pillow, about damaged metadata
@pytest.mark.parametrize("name", SURFACES)
@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_damaged_input_is_refused_or_read(name: str, data: Any) -> None:
    """Whatever is damaged, no other exception comes out."""
    with suppress(InstrAugError):
        SURFACES[name].check(data.draw(SURFACES[name].cases))
