"""The options of `augment` and `InstructionAugmenter`: stated once, shown everywhere."""

import inspect
from dataclasses import fields
from functools import partial
from typing import get_type_hints

import pytest

from instraug_datasets import InstructionAugmenter, augment
from instraug_datasets.errors import UnknownNameError
from instraug_datasets.stream import AugmenterOptions, Settings
from tests import toy

OPTIONS = {field.name: field.default for field in fields(Settings)}


def test_type_checkers_see_the_options_that_there_are():
    """Names and types of the keyword arguments are those of the settings."""
    hints = get_type_hints(Settings)
    assert get_type_hints(AugmenterOptions) == {name: hints[name] for name in OPTIONS}


@pytest.mark.parametrize("called", [augment, InstructionAugmenter, InstructionAugmenter.__init__])
def test_a_signature_shows_every_option_with_its_default(called):
    """What `help()` and editors show, in place of `**options`."""
    parameters = inspect.signature(called).parameters.values()
    shown = {each.name: each.default for each in parameters if each.kind is inspect.Parameter.KEYWORD_ONLY}
    assert {name: shown[name] for name in OPTIONS} == OPTIONS
    assert not any(each.kind is inspect.Parameter.VAR_KEYWORD for each in parameters)


@pytest.mark.parametrize("called", [partial(augment, toy.dataset(2)), InstructionAugmenter])
def test_an_unknown_option_is_refused(called):
    """With the one that was probably meant."""
    with pytest.raises(UnknownNameError, match=r"Unknown option 'sed'\. Did you mean 'seed'\?"):
        called(toy.pool(), sed=1)


def test_every_attribute_is_explained():
    """The docstring of the settings is the one place that says what an option does."""
    described = inspect.getdoc(Settings)
    assert described is not None
    assert [name for name in OPTIONS if f"    {name}: " not in described] == []
