"""VisDial 1.0: dialogues of ten questions and answers about a picture."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from instraug_datasets.errors import InstrAugError, SourceError

from ..files.json_tables import JsonArray, NonNegativeInt, read_json
from ..files.root import Archive, DataRoot
from ..files.tables import Table
from .ids import NumberId
from .spec import Download, Files, Published, Source

__all__ = ["VISDIAL", "DialogueTurn", "read_dialogue_turns"]

FOLDER = "visdial"
_PICTURES = f"{FOLDER}/VisualDialog_val2018"
_DIALOGS = f"{FOLDER}/visdial_1.0_val"
_DROPBOX = "https://www.dropbox.com/s"

VISDIAL = Source(
    name="visdial",
    title="VisDial 1.0",
    licence="annotations CC BY 4.0; pictures under the Flickr terms of their owners",
    homepage="https://visualdialog.org",
    downloads=("https://visualdialog.org/data",),
    # The test split has no answers.
    splits={"test": Files((f"{_DIALOGS}.json",), (_PICTURES,))},
    archives=(
        Archive(f"{_DIALOGS}.zip", into=FOLDER, holds=f"{_DIALOGS}.json"),
        Archive(f"{_PICTURES}.zip", into=FOLDER, holds=_PICTURES),
    ),
    note=f"Put visdial_1.0_val.zip and VisualDialog_val2018.zip into {FOLDER}/ as they are, or unpack them there.",
    automatic=(
        Download(f"{_DROPBOX}/ibs3a0zhw74zisc/visdial_1.0_val.zip?dl=1", f"{_DIALOGS}.zip"),
        Download(f"{_DROPBOX}/twmtutniktom7tu/VisualDialog_val2018.zip?dl=1", f"{_PICTURES}.zip"),
    ),
    size="2,064 pictures with a dialogue each",
    # The publisher counts dialogues, of ten turns each.
    published={"test": Published(20_640, "huggingface.co/datasets/HuggingFaceM4/VisDial")},
    verified="The addresses, visdial_1.0_val.json with its fields, and VisualDialog_val2018/ with the names of its "
    "pictures, after unpacking both zips in one folder (VT-NLP/MultiInstruct: download_scripts/visdial.sh, "
    "data_preprocessor/visdial.py; batra-mlp-lab/visdial-challenge-starter-pytorch: visdialch/data/readers.py).",
)


@dataclass(frozen=True, slots=True)
class DialogueTurn:
    """One question of a dialogue with its answer.

    Attributes:
        history: The earlier questions and answers, in order.
        candidates: Candidate answers to rank, including the right one; empty if the file has none.
    """

    key: str
    image_id: int
    picture: str
    caption: str
    question: str
    answer: str
    history: tuple[tuple[str, str], ...]
    candidates: tuple[str, ...] = ()


def read_dialogue_turns(root: DataRoot, files: Files) -> Table[DialogueTurn]:
    """Every turn of every dialogue."""
    (file,) = files.annotations
    data = read_json(root, file, kind=_File).data
    return _Turns(JsonArray(file, data.dialogs, kind=_Dialog, label="data.dialogs"), data)


class _Turn(msgspec.Struct):
    question: NonNegativeInt
    answer: NonNegativeInt
    answer_options: list[NonNegativeInt] = []


class _Dialog(msgspec.Struct):
    image_id: NumberId
    dialog: list[_Turn]
    caption: str = ""


class _Data(msgspec.Struct):
    questions: list[str]
    answers: list[str]
    dialogs: list[msgspec.Raw]


class _File(msgspec.Struct):
    data: _Data


class _Turns(Table[DialogueTurn]):
    def __init__(self, dialogs: JsonArray[_Dialog], data: _Data) -> None:
        self._dialogs, self._data = dialogs, data
        self._places: list[tuple[int, int]] = []
        keys: list[str] = []
        orphans: list[InstrAugError] = []
        for number in range(len(dialogs)):
            try:
                dialog = dialogs[number]
            except SourceError as error:
                orphans.append(error)
                continue
            self._places += [(number, turn) for turn in range(len(dialog.dialog))]
            keys += [f"{int(dialog.image_id)}-{turn}" for turn in range(len(dialog.dialog))]
        super().__init__(dialogs.file, keys, orphans=orphans)

    def _record(self, index: int) -> DialogueTurn:
        number, turn = self._places[index]
        dialog = self._dialogs[number]
        *history, (question, answer) = [self._question_and_answer(number, place, dialog) for place in range(turn + 1)]
        image_id = int(dialog.image_id)
        name = f"VisualDialog_val2018_{image_id:012d}.jpg"
        caption, candidates = dialog.caption.strip(), self._candidates(number, turn, dialog)
        return DialogueTurn(self.key(index), image_id, name, caption, question, answer, tuple(history), candidates)

    def _candidates(self, number: int, turn: int, dialog: _Dialog) -> tuple[str, ...]:
        where = f"data.dialogs[{number}].dialog[{turn}]"
        places = dialog.dialog[turn].answer_options
        return tuple(self._text(self._data.answers, place, record=where, field="answer_option") for place in places)

    def _question_and_answer(self, number: int, turn: int, dialog: _Dialog) -> tuple[str, str]:
        raw, where = dialog.dialog[turn], f"data.dialogs[{number}].dialog[{turn}]"
        return (
            self._text(self._data.questions, raw.question, record=where, field="question"),
            self._text(self._data.answers, raw.answer, record=where, field="answer"),
        )

    def _text(self, texts: list[str], place: int, *, record: str, field: str) -> str:
        if place >= len(texts):
            problem = f"the index {place} is out of range for the file's {len(texts)} {field}s"
            raise SourceError(problem, file=self.file, record=record, field=field)
        return texts[place].strip()
