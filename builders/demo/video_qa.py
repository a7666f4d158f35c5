"""MSVD-QA, MSRVTT-QA and iVQA in their own layouts; without PyAV their folders of videos are left out."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from instraug_datasets.hashing import fold

from .annotators import answers_of
from .clips import can_write, write_clip
from .files import folder, write_json, write_text
from .numbered import scenes_of
from .questions import Question, questions
from .world import Scene

__all__ = ["write_ivqa", "write_msrvtt", "write_msvd"]

_PARTS = ("val", "test")
_COLUMNS = ("video_id", "start", "end", "question", *(f"answer{number}" for number in range(1, 6)), "type")


def write_msvd(root: Path, *, seed: int, images: int) -> None:
    """Write `MSVD-QA/`."""
    base, clips = folder(root, "MSVD-QA"), []
    for part in _PARTS:
        asked = []
        for number, shown in _scenes("msvd_qa", part, seed, images):
            clip = f"{fold(seed, 'msvd', number):011x}"[:11] + f"_{number % 90}_{number % 90 + 3}"
            clips.append(f"{clip} vid{number}\n")
            _write_video(shown, base / "YouTubeClips" / f"{clip}.avi")
            asked += [{"video_id": number, **each} for each in _asked(shown, number)]
        write_json(base / f"{part}_qa.json", [{"id": i, **each} for i, each in enumerate(asked)])
    write_text(base / "youtube_mapping.txt", "".join(clips))


def write_msrvtt(root: Path, *, seed: int, images: int) -> None:
    """Write `MSRVTT-QA/`."""
    base, first = folder(root, "MSRVTT-QA"), 150_000
    for part, videos in zip(_PARTS, ("TrainValVideo", "TestVideo"), strict=True):
        asked = []
        for number, shown in _scenes("msrvtt_qa", part, seed, images):
            _write_video(shown, base / videos / f"video{number}.mp4")
            asked += [{"category_id": number % 20, "video_id": number, **each} for each in _asked(shown, number)]
        write_json(base / f"{part}_qa.json", [{"id": first + i, **each} for i, each in enumerate(asked)])
        first += len(asked)


def write_ivqa(root: Path, *, seed: int, images: int) -> None:
    """Write `iVQA/`; unlike in the real files, a clip has several questions."""
    base = folder(root, "iVQA")
    for part in _PARTS:
        table = io.StringIO()
        lines = csv.writer(table, lineterminator="\n")
        lines.writerow(_COLUMNS)
        for number, shown in _scenes("ivqa", part, seed, images):
            video = f"{fold(seed, 'ivqa', number):011x}"[:11]
            _write_video(shown, base / "video" / f"{video}.mp4")
            for question in questions(shown, fold("ivqa", number)):
                answers = answers_of(question, fold(number, question.text), people=5)
                lines.writerow([video, 10, 13, question.text, *answers, 0])
        write_text(base / f"{part}.csv", table.getvalue())


def _scenes(source: str, part: str, seed: int, images: int) -> Iterator[tuple[int, Scene]]:
    return scenes_of(source, part, splits=_PARTS, first=1, seed=seed, images=max(2, images // 6))


def _asked(shown: Scene, number: int) -> Iterator[dict[str, Any]]:
    for question in questions(shown, fold("video questions", number)):
        yield {"question": _said(question), "answer": question.answer}


def _said(question: Question) -> str:
    # The questions of the real files were made by a program, and are all in small letters.
    return question.text.lower()


def _write_video(shown: Scene, path: Path) -> None:
    if can_write():
        folder(path.parent)
        write_clip(shown, path)
