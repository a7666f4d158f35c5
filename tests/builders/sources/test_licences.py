"""What may be copied of each source is declared, with what that rests on."""

import pytest

from instraug_datasets.builders.sources import LICENCES, SOURCES, SourceLicence, Terms
from instraug_datasets.errors import SettingError, UnknownNameError


def test_every_source_has_an_entry() -> None:
    """No source is without terms, and no entry without a source."""
    assert set(LICENCES) == set(SOURCES)


@pytest.mark.parametrize("name", ["vcr", "hateful_memes"])
def test_what_is_handed_out_by_registration_may_not_go_out(name: str) -> None:
    """Neither annotations nor pictures of these may be published."""
    licence: SourceLicence = LICENCES[name]
    assert (licence.annotations.may_be_published, licence.pictures.may_be_published) == (False, False)


def test_pictures_of_coco_are_found_at_their_publisher() -> None:
    """Their names say the folder; of others nothing is known."""
    pictures = LICENCES["mscoco_captions"].pictures
    name = "COCO_val2014_000000000042.jpg"
    assert pictures.url_of(name) == f"http://images.cocodataset.org/val2014/{name}"
    assert pictures.url_of("000000000042.jpg") is None
    assert not pictures.may_be_published


def test_terms_that_say_nothing_are_refused() -> None:
    """A word of ours for whether it may be copied, a licence and what that rests on are needed."""
    with pytest.raises(UnknownNameError, match="redistribution 'yes'"):
        Terms(redistribution="yes", licence="CC BY 4.0", basis="a page")
    with pytest.raises(SettingError, match="what they rest on"):
        Terms(redistribution="allowed", licence="CC BY 4.0", basis="")
