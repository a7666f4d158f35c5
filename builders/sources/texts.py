"""Tables of texts about pictures, and text normalization and comparison."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence, Set
from functools import cached_property, lru_cache
from typing import Protocol, TypeVar

from instraug_datasets.errors import InstrAugError
from instraug_datasets.hashing import hash_text
from instraug_datasets.lazy_numpy import np

from ..files.tables import IdArray, Table, group_by_value

__all__ = ["TextRecord", "TextTable", "leading_words", "long_words", "majority_answer", "mostly_uses", "normalize_text"]

_CACHED_TEXTS = 4096
_LONG_WORD = re.compile(r"\w{4,}")


class TextRecord(Protocol):
    """A text about a picture: a caption, a question."""

    @property
    def key(self) -> str: ...  # noqa: D102
    @property
    def image_id(self) -> int | str: ...  # noqa: D102
    @property
    def picture(self) -> str: ...  # noqa: D102
    @property
    def text(self) -> str: ...  # noqa: D102


T = TypeVar("T", bound=TextRecord)


class TextTable(Table[T]):
    """A table of texts with a look-up by picture and of repeated texts."""

    def __init__(self, file: str, keys: IdArray, *, image_ids: IdArray, orphans: Iterable[InstrAugError] = ()) -> None:
        super().__init__(file, keys, orphans=orphans)
        self.image_ids = image_ids

    def texts_of(self, image_id: int | str) -> list[str]:
        """All texts of a picture in the order of the file."""
        own = (self.get_or_none(int(index)) for index in self._of_image.get(image_id, ()))
        return [record.text for record in own if record is not None]

    def is_repeated(self, text: str) -> bool:
        """Whether the text occurs more than once in the split, so that it could fit other pictures too."""
        return hash_text(normalize_text(text)) in self._repeated_texts

    @cached_property
    def _of_image(self) -> dict[int | str, IdArray]:
        return dict[int | str, IdArray](group_by_value(self.image_ids))

    @cached_property
    def _repeated_texts(self) -> frozenset[int]:
        records = (self.get_or_none(index) for index in range(len(self)))
        hashes = np.array(
            [hash_text(normalize_text(record.text)) for record in records if record is not None], np.uint64
        )
        distinct, counts = np.unique(hashes, return_counts=True)
        return frozenset(distinct[counts > 1].tolist())


def majority_answer(answers: Sequence[str]) -> str:
    """The most frequent answer, the first one if several are equally frequent; empty if there are no answers.

    Example:
        majority_answer(["red", "blue", "blue"])  # "blue"
    """
    counts = Counter(answer for answer in answers if answer)
    return max(counts, key=counts.__getitem__, default="")


# Texts of a picture are compared with each other again and again.
@lru_cache(maxsize=_CACHED_TEXTS)
def normalize_text(text: str) -> str:
    """Lower-case a text, collapse its white space and strip its final punctuation.

    Example:
        normalize_text("A red  Kite.")  # "a red kite"
    """
    return " ".join(text.casefold().split()).rstrip(" .?!")


def leading_words(text: str) -> list[str]:
    """The first three words, two words, one word and no words of a text, in lower case.

    Example:
        leading_words("What color is it?")  # ["what color is", "what color", "what", ""]
    """
    words = text.casefold().split()
    return [" ".join(words[:count]) for count in (3, 2, 1, 0)]


def mostly_uses(text: str, known: Set[str]) -> bool:
    """Whether at least half of a text's `long_words` are known; True for a text without long words."""
    words = long_words(text)
    return 2 * len(words & known) >= len(words)


@lru_cache(maxsize=_CACHED_TEXTS)
def long_words(text: str) -> frozenset[str]:
    """The distinct words of four or more letters, in lower case."""
    return frozenset(_LONG_WORD.findall(text.casefold()))
