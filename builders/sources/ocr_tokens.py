"""What machines have read in pictures, in the layout of the OCR files of TextVQA."""

from __future__ import annotations

import msgspec

from instraug_datasets.errors import SourceError

from ..files.json_tables import JsonArray, read_json
from ..files.root import DataRoot

__all__ = ["Words", "read_words"]


class Words:
    """The words of every picture, decoded when they are asked for."""

    def __init__(self, records: JsonArray[_Record]) -> None:
        self._records = records
        self._places: dict[str, int] = {}
        self._bad: SourceError | None = None
        for place in range(len(records)):
            try:
                self._places.setdefault(str(records[place].image_id), place)
            except SourceError as error:
                self._bad = self._bad or error

    def of(self, image_id: str) -> tuple[str, ...]:
        """The words of a picture in the order of the file; none for a picture in which nothing was read.

        Raises:
            SourceError: The picture has no record, and one that cannot be read may be it.
        """
        if image_id in self._places:
            return tuple(self._records[self._places[image_id]].ocr_tokens)
        if self._bad is not None:
            raise self._bad
        return ()


def read_words(root: DataRoot, file: str) -> Words:
    """The words of a file.

    Raises:
        MissingFilesError: The file is not there.
        SourceError: It is not JSON, or lacks the field `data`.
    """
    return Words(JsonArray(file, read_json(root, file, kind=_File).data, kind=_Record, label="data"))


class _File(msgspec.Struct):
    data: list[msgspec.Raw]


class _Record(msgspec.Struct):
    image_id: str | int
    ocr_tokens: list[str]
