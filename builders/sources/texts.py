"""Tables whose records are texts about pictures, and what makes two texts alike."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence, Set
from functools import cached_property
from typing import Protocol, TypeVar

import numpy as np

from instraug_datasets.errors import InstrAugError
from instraug_datasets.hashing import hash_text

from ..files.json_tables import IdArray, Table, group_by_value

__all__ = ["TextRecord", "TextTable", "beginnings", "long_words", "most_common", "plain", "shares_words"]

_LONG_WORD = re.compile(r"\w{4,}")


class TextRecord(Protocol):
    """A text about a picture: a caption, a question."""

    @property
    def key(self) -> str: ...  # noqa: D102
    @property
    def image_id(self) -> int: ...  # noqa: D102
    @property
    def picture(self) -> str: ...  # noqa: D102
    @property
    def text(self) -> str: ...  # noqa: D102


T = TypeVar("T", bound=TextRecord)


class TextTable(Table[T]):
    """A table that also knows which texts belong to one picture, and which are said of several."""

    def __init__(self, file: str, keys: IdArray, *, image_ids: IdArray, orphans: Iterable[InstrAugError] = ()) -> None:
        super().__init__(file, keys, orphans=orphans)
        self.image_ids = image_ids

    def texts_of(self, image_id: int) -> list[str]:
        """Every text of a picture, in the order of the file."""
        own = (self.get_or_none(int(index)) for index in self._of_image.get(image_id, ()))
        return [record.text for record in own if record is not None]

    def is_common(self, text: str) -> bool:
        """Whether the split has the text more than once, so that it may well fit yet another picture."""
        return hash_text(plain(text)) in self._common

    @cached_property
    def _of_image(self) -> dict[int, IdArray]:
        return dict(group_by_value(self.image_ids))

    @cached_property
    def _common(self) -> frozenset[int]:
        records = (self.get_or_none(index) for index in range(len(self)))
        hashes = np.array([hash_text(plain(record.text)) for record in records if record is not None], np.uint64)
        distinct, counts = np.unique(hashes, return_counts=True)
        return frozenset(distinct[counts > 1].tolist())


def most_common(answers: Sequence[str]) -> str:
    """What most annotators say; of several such answers the one that stands first, and nothing if there are none."""
    counts = Counter(answer for answer in answers if answer)
    return max(counts, key=counts.__getitem__, default="")


def plain(text: str) -> str:
    """What is left of a text when case, spaces and the final mark do not count."""
    return " ".join(text.casefold().split()).rstrip(" .?!")


def beginnings(text: str) -> list[str]:
    """The first three words of a text, the first two, the first, and none, without regard to case."""
    words = text.casefold().split()
    return [" ".join(words[:count]) for count in (3, 2, 1, 0)]


def shares_words(text: str, known: Set[str]) -> bool:
    """Whether at least half of a text's `long_words` are among those given; true of a text without any."""
    words = long_words(text)
    return 2 * len(words & known) >= len(words)


def long_words(text: str) -> set[str]:
    """The words of four letters or more, without regard to case."""
    return set(_LONG_WORD.findall(text.casefold()))
