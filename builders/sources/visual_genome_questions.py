"""Visual Genome: questions with one answer each."""

from __future__ import annotations

import msgspec

from ..files.json_tables import NonNegativeInt
from ..files.root import DataRoot
from ..files.tables import IdArray, Table
from .questions import Question
from .spec import Files
from .visual_genome import IndexedGroups, ItemTable, open_items, picture_name

__all__ = ["read_visual_genome_questions"]


def read_visual_genome_questions(root: DataRoot, files: Files) -> Table[Question]:
    """Every question of a split; a full stop at the end of an answer is removed."""
    return open_items(root, files, (_Group, _OtherGroup), ids=_QuestionId, make=_Questions)


class _Group(msgspec.Struct):
    image_id: NonNegativeInt = msgspec.field(name="id")
    items: list[msgspec.Raw] = msgspec.field(name="qas")


class _OtherGroup(_Group):
    image_id: NonNegativeInt = msgspec.field(name="image_id")


class _Question(msgspec.Struct):
    qa_id: NonNegativeInt
    question: str
    answer: str


class _QuestionId(msgspec.Struct):
    qa_id: NonNegativeInt


class _Questions(ItemTable[_Group, _Question, Question]):
    def __init__(self, opened: IndexedGroups[_Group], chosen: IdArray) -> None:
        super().__init__(opened, chosen, kind=_Question, ids=_QuestionId, label="qas")

    def _make(self, key: str, group: int, item: _Question, place: int) -> Question:
        image_id = self._items.group(group).image_id
        answer = item.answer.strip().removesuffix(".")
        return Question(key, image_id, picture_name(image_id), item.question.strip(), answer, (answer,))
