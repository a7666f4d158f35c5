"""IconQA and ScienceQA: multiple-choice school problems in one file, with a file that lists each split."""

from __future__ import annotations

import msgspec

from instraug_datasets.errors import SourceError, shown

from ..files.json_tables import JsonArray, read_json
from ..files.root import Archive, DataRoot
from ..files.tables import Table
from .aokvqa import MultipleChoiceQuestion
from .spec import Download, Files, Published, Source

__all__ = ["ICONQA", "SCIENCEQA", "read_problems"]

_PARTS = {"validation": "val", "test": "test"}

_ICONS = "IconQA/iconqa_data"
_CLONED_ICONS = "IconQA/data/iconqa_data"
"""Where the script of the repository unpacks the zip."""

_ICON_URL = "https://iconqa2021.s3.us-west-1.amazonaws.com/iconqa_data.zip"
ICONQA = Source(
    name="iconqa",
    title="IconQA, multi-text-choice",
    licence="CC BY-NC-SA 4.0",
    homepage="https://iconqa.github.io",
    downloads=(_ICON_URL,),
    splits={
        split: Files(
            (f"{_ICONS}/problems.json", f"{_ICONS}/pid_splits.json"),
            (f"{_ICONS}/iconqa/{part}/choose_txt",),
            part=f"choose_txt_{part}",
        )
        for split, part in _PARTS.items()
    },
    archives=(Archive("IconQA/iconqa_data.zip", into="IconQA", holds=_ICONS),),
    alternatives={
        path: (path.replace(_ICONS, _CLONED_ICONS, 1),)
        for path in (
            *(f"{_ICONS}/{name}.json" for name in ("problems", "pid_splits")),
            *(f"{_ICONS}/iconqa/{part}/choose_txt" for part in _PARTS.values()),
        )
    },
    note="Put iconqa_data.zip into IconQA/, as it is or unpacked.",
    automatic=(Download(_ICON_URL, "IconQA/iconqa_data.zip"),),
    size="0.6 GB, zipped",
    verified="The address, problems.json and pid_splits.json with their fields, and "
    "iconqa/<part>/choose_txt/<problem>/image.png (lupantech/IconQA: tools/download_data_and_models.sh, "
    "run_choose_txt/dataset.py, tools/generate_img_patch_feature.py).",
)

_SCIENCE = "ScienceQA/data/scienceqa"
_SCIENCE_URL = "https://scienceqa.s3.us-west-1.amazonaws.com/images"
_SCIENCE_TEXTS = "https://raw.githubusercontent.com/lupantech/ScienceQA/main/data/scienceqa"
_SCIENCE_FILES = (f"{_SCIENCE}/problems.json", f"{_SCIENCE}/pid_splits.json")
SCIENCEQA = Source(
    name="scienceqa",
    title="ScienceQA, questions with a picture",
    licence="CC BY-NC-SA 4.0",
    homepage="https://scienceqa.github.io",
    downloads=("https://github.com/lupantech/ScienceQA", *(f"{_SCIENCE_URL}/{part}.zip" for part in _PARTS.values())),
    splits={split: Files(_SCIENCE_FILES, (f"{_SCIENCE}/images/{part}",), part=part) for split, part in _PARTS.items()},
    archives=tuple(
        Archive(f"{_SCIENCE}/images/{part}.zip", into=f"{_SCIENCE}/images", holds=f"{_SCIENCE}/images/{part}")
        for part in _PARTS.values()
    ),
    published={split: Published(4_241, "huggingface.co/datasets/derek-thomas/ScienceQA") for split in _PARTS},
    note=f"Clone the repository as ScienceQA/, and put the zips of pictures into {_SCIENCE}/images/.",
    automatic=(
        *(Download(f"{_SCIENCE_TEXTS}/{path.rpartition('/')[2]}", path) for path in _SCIENCE_FILES),
        *(Download(f"{_SCIENCE_URL}/{part}.zip", f"{_SCIENCE}/images/{part}.zip") for part in _PARTS.values()),
    ),
    size="0.3 GB: pictures of validation and test, zipped; questions 30 MB",
    verified="The addresses of the pictures and data/scienceqa/problems.json, pid_splits.json and images/ "
    "(lupantech/ScienceQA: tools/download.sh, models/run_gpt3.py).",
)


def read_problems(root: DataRoot, files: Files) -> Table[MultipleChoiceQuestion]:
    """Every problem of a split, including those without a picture."""
    file, split_file = files.annotations
    raws = read_json(root, file, kind=dict[str, msgspec.Raw])
    listed = read_json(root, split_file, kind=dict[str, list[str | int]])
    if files.part not in listed:
        raise SourceError(f"Object missing required field `{files.part}`", file=split_file, field=files.part)
    return _Problems(file, raws, list(map(str, listed[files.part])), split_file)


class _Problem(msgspec.Struct):
    question: str
    choices: list[str]
    answer: int | str
    hint: str = ""
    # IconQA does not name the pictures of its problems.
    image: str | None = "image.png"


class _Problems(Table[MultipleChoiceQuestion]):
    def __init__(self, file: str, raws: dict[str, msgspec.Raw], keys: list[str], split_file: str) -> None:
        self._problems = JsonArray(file, list(raws.values()), kind=_Problem, label="problem", names=list(raws))
        self._places = {key: place for place, key in enumerate(raws)}
        self._split_file = split_file
        super().__init__(file, keys)

    def _record(self, index: int) -> MultipleChoiceQuestion:
        key = self.key(index)
        if key not in self._places:
            raise SourceError(f"the problem {shown(key)} is not in {self.file}", file=self._split_file, record=key)
        problem = self._problems[self._places[key]]
        options = tuple(choice.strip() for choice in problem.choices)
        return MultipleChoiceQuestion(
            key=key,
            picture=f"{key}/{problem.image}" if problem.image else None,
            text=problem.question.strip(),
            options=options,
            answer=options[self._answer_index(key, problem)],
            context=problem.hint.strip(),
        )

    def _answer_index(self, key: str, problem: _Problem) -> int:
        number = str(problem.answer)
        if not number.isdecimal() or int(number) >= len(problem.choices):
            text = f"the answer {shown(problem.answer)} is not the index of one of {len(problem.choices)} choices"
            raise SourceError(text, file=self.file, record=f"problem[{key}]", field="answer")
        return int(number)
