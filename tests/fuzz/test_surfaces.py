"""A short slice of `make fuzz`, steered by hypothesis: damaged input gives an error of this package, or a result."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from instraug_datasets.errors import InstrAugError
from tests.fuzz.draws import Draws
from tests.fuzz.surfaces import SURFACES


@pytest.mark.filterwarnings("ignore")  # of Pillow, about damaged metadata
@pytest.mark.parametrize("name", SURFACES)
@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_damaged_input_is_refused_or_read(name: str, tmp_path: Path, data: Any) -> None:
    """Whatever is damaged, no other exception comes out."""
    case = SURFACES[name].make(Draws(lambda bound: data.draw(st.integers(0, bound - 1))))
    with suppress(InstrAugError):
        SURFACES[name].check(case, tmp_path)
