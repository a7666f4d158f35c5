"""Writes MSVD-QA, MSRVTT-QA and iVQA in their original layouts; without PyAV, no videos are written."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from instraug_datasets.hashing import fold

from .annotators import annotator_answers
from .clips import can_write, write_clip
from .files import folder, write_json, write_text
from .questions import Question, questions
from .scenes import split_scenes
from .world import Scene

__all__ = ["write_ivqa", "write_msrvtt", "write_msvd"]

_PARTS = ("val", "test")
_COLUMNS = ("video_id", "start", "end", "question", *(f"answer{number}" for number in range(1, 6)), "type")


def write_msvd(root: Path, *, seed: int, images: int) -> None:
    """Write `MSVD-QA/`."""
    base, clips = folder(root, "MSVD-QA"), []
    for part in _PARTS:
        records = []
        for number, scene in _scenes("msvd_qa", part, seed, images):
            clip = f"{fold(seed, 'msvd', number):011x}"[:11] + f"_{number % 90}_{number % 90 + 3}"
            clips.append(f"{clip} vid{number}\n")
            _write_video(scene, base / "YouTubeClips" / f"{clip}.avi")
            records += [{"video_id": number, **each} for each in _records(scene, number)]
        write_json(base / f"{part}_qa.json", [{"id": i, **each} for i, each in enumerate(records)])
    write_text(base / "youtube_mapping.txt", "".join(clips))


def write_msrvtt(root: Path, *, seed: int, images: int) -> None:
    """Write `MSRVTT-QA/`."""
    base, first = folder(root, "MSRVTT-QA"), 150_000
    for part, videos in zip(_PARTS, ("TrainValVideo", "TestVideo"), strict=True):
        records = []
        for number, scene in _scenes("msrvtt_qa", part, seed, images):
            _write_video(scene, base / videos / f"video{number}.mp4")
            records += [{"category_id": number % 20, "video_id": number, **each} for each in _records(scene, number)]
        write_json(base / f"{part}_qa.json", [{"id": first + i, **each} for i, each in enumerate(records)])
        first += len(records)


def write_ivqa(root: Path, *, seed: int, images: int) -> None:
    """Write `iVQA/`; unlike in the real files, clips have several questions."""
    base = folder(root, "iVQA")
    for part in _PARTS:
        table = io.StringIO()
        lines = csv.writer(table, lineterminator="\n")
        lines.writerow(_COLUMNS)
        for number, scene in _scenes("ivqa", part, seed, images):
            video = f"{fold(seed, 'ivqa', number):011x}"[:11]
            _write_video(scene, base / "video" / f"{video}.mp4")
            for question in questions(scene, fold("ivqa", number)):
                answers = annotator_answers(question, fold(number, question.text), annotators=5)
                lines.writerow([video, 10, 13, question.text, *answers, 0])
        write_text(base / f"{part}.csv", table.getvalue())


def _scenes(source: str, part: str, seed: int, images: int) -> Iterator[tuple[int, Scene]]:
    return split_scenes(source, part, splits=_PARTS, first=1, seed=seed, images=max(2, images // 6))


def _records(scene: Scene, number: int) -> Iterator[dict[str, Any]]:
    for question in questions(scene, fold("video questions", number)):
        yield {"question": _wording(question), "answer": question.answer}


def _wording(question: Question) -> str:
    # The questions of the real files were generated, and are in lower case.
    return question.text.lower()


def _write_video(scene: Scene, path: Path) -> None:
    if can_write():
        folder(path.parent)
        write_clip(scene, path)
