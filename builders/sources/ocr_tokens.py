"""The OCR tokens of pictures, in the file format of TextVQA's OCR files."""

from __future__ import annotations

import msgspec

from instraug_datasets.errors import SourceError

from ..files.json_tables import JsonArray, read_json
from ..files.root import DataRoot

__all__ = ["OCRTokens", "read_ocr_tokens"]


class OCRTokens:
    """The OCR tokens of all pictures, decoded on access."""

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
        """The OCR tokens of a picture in the order of the file; empty for a picture without any.

        Raises:
            SourceError: Raised if the picture has no readable record and some record is unreadable.
        """
        if image_id in self._places:
            return tuple(self._records[self._places[image_id]].ocr_tokens)
        if self._bad is not None:
            raise self._bad
        return ()


def read_ocr_tokens(root: DataRoot, file: str) -> OCRTokens:
    """Read the OCR tokens of a file.

    Raises:
        MissingFilesError: Raised if the file does not exist.
        SourceError: Raised if the file is not JSON or lacks the field `data`.
    """
    return OCRTokens(JsonArray(file, read_json(root, file, kind=_File).data, kind=_Record, label="data"))


class _File(msgspec.Struct):
    data: list[msgspec.Raw]


class _Record(msgspec.Struct):
    image_id: str | int
    ocr_tokens: list[str]
