"""MSVD-QA and MSRVTT-QA: questions generated from captions of short videos, with one-word answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath

import msgspec

from instraug_datasets.errors import SourceError, shown

from ..files.json_tables import ArrayTable, JsonArray, read_json, read_text
from ..files.root import Archive, DataRoot
from ..files.tables import Table
from .file_names import first_existing
from .ids import NumberId
from .spec import Files, Source

__all__ = ["MSRVTT_QA", "MSVD_QA", "VideoQuestion", "read_msrvtt", "read_msvd"]

_SITE = "https://github.com/xudejing/video-question-answering"
_PARTS = {"validation": "val", "test": "test"}

MSVD_QA = Source(
    name="msvd_qa",
    title="MSVD-QA",
    licence="not stated; videos under the terms of YouTube and of their owners",
    homepage=_SITE,
    downloads=(_SITE, "https://www.cs.utexas.edu/users/ml/clamp/videoDescription/YouTubeClips.tar"),
    splits={
        split: Files(
            (f"MSVD-QA/{part}_qa.json", "MSVD-QA/youtube_mapping.txt"), ("MSVD-QA/YouTubeClips",), are_videos=True
        )
        for split, part in _PARTS.items()
    },
    alternatives={"MSVD-QA/YouTubeClips": ("MSVD-QA/video",)},
    archives=(Archive("MSVD-QA/YouTubeClips.tar", into="MSVD-QA", holds="MSVD-QA/YouTubeClips"),),
    note="Put the questions, youtube_mapping.txt and YouTubeClips.tar, as it is or unpacked, into MSVD-QA/.",
    size="1.8 GB: videos; questions 6 MB",
    verified="<part>_qa.json and youtube_mapping.txt in one folder (antoyang/just-ask: README.md) and clips as "
    "video/vid<number>.avi (xudejing/video-question-answering: preprocess_msvdqa.py).",
    unverified="The archive of questions, whose links are dead in places.",
)

_MSRVTT = ("TestVideo", "TrainValVideo")
_MERGED_MSRVTT = ("video", "videos/all", "MSRVTT/videos/all")
MSRVTT_QA = Source(
    name="msrvtt_qa",
    title="MSRVTT-QA",
    licence="not stated; videos under the terms of YouTube and of their owners",
    homepage=_SITE,
    downloads=(
        _SITE,
        "https://www.microsoft.com/en-us/research/publication/msr-vtt-a-large-video-description-dataset-"
        "for-bridging-video-and-language",
    ),
    splits={
        split: Files(
            (f"MSRVTT-QA/{part}_qa.json",),
            tuple(f"MSRVTT-QA/{folder}" for folder in _MSRVTT),
            are_videos=True,
        )
        for split, part in _PARTS.items()
    },
    archives=tuple(
        Archive(f"MSRVTT-QA/{zipped}.zip", into="MSRVTT-QA", holds=f"MSRVTT-QA/{folder}")
        for zipped, folder in (*zip(("test_videos", "train_val_videos"), _MSRVTT, strict=True), ("MSRVTT", "MSRVTT"))
    ),
    alternatives={f"MSRVTT-QA/{_MSRVTT[0]}": tuple(f"MSRVTT-QA/{folder}" for folder in _MERGED_MSRVTT)},
    note="Put the questions into MSRVTT-QA/, and the zips of videos, which only mirrors have, beside them or unpack "
    "them there.",
    size="6 GB: videos; questions 20 MB",
    verified="<part>_qa.json and video<number>.mp4 in video/ (xudejing/video-question-answering: "
    "preprocess_msrvttqa.py; antoyang/just-ask: README.md), in TrainValVideo/ and TestVideo/ (salesforce/LAVIS: "
    "lavis/datasets/download_scripts/download_msrvtt.py), or all in MSRVTT/videos/all/ (the zip of later work).",
    unverified="The publisher's own archives, which are no longer online.",
)


@dataclass(frozen=True, slots=True)
class VideoQuestion:
    """One question about a video.

    Attributes:
        video: The name of the video's file.
        answer: The answer of most annotators.
        answers: The answers of all annotators.
        span: Start and end of the clip in seconds; None for the whole video.
    """

    key: str
    video: str
    text: str
    answer: str
    answers: tuple[str, ...]
    span: tuple[float, float] | None = None


def read_msvd(root: DataRoot, files: Files) -> Table[VideoQuestion]:
    """Every question of a split of MSVD-QA; a mapping file names the clips."""
    file, mapping_file = files.annotations
    clips = _clips(read_text(root, mapping_file), mapping_file)

    def name(raw: _Question) -> str:
        # The code of the data set numbers the clips; the publisher's archive names them.
        video = int(raw.video_id)
        if video not in clips:
            problem = f"vid{video} is not in {mapping_file}"
            raise SourceError(problem, file=file, record=f"question {raw.id}", field="video_id")
        names = (f"{clips[video]}.avi", f"vid{video}.avi")
        return first_existing(root, files.pictures, names)

    return _table(root, file, name)


def read_msrvtt(root: DataRoot, files: Files) -> Table[VideoQuestion]:
    """Every question of a split of MSRVTT-QA."""
    (file,) = files.annotations
    return _table(root, file, lambda raw: f"video{int(raw.video_id)}.mp4")


def _table(root: DataRoot, file: str, name: Callable[[_Question], str]) -> Table[VideoQuestion]:
    part = PurePosixPath(file).stem.partition("_")[0]

    def make(key: str, raw: _Question) -> VideoQuestion:
        answer = raw.answer.strip()
        return VideoQuestion(key, name(raw), raw.question.strip(), answer, (answer,))

    raws = read_json(root, file, kind=list[msgspec.Raw])
    # Ids are only unique within a file.
    return ArrayTable(
        JsonArray(file, raws, kind=_Question, label="record"), key=lambda raw: f"{part}-{int(raw.id)}", make=make
    )


class _Question(msgspec.Struct):
    id: NumberId
    video_id: NumberId
    question: str
    answer: str


def _clips(text: str, file: str) -> dict[int, str]:
    """The names of clips by number, from lines such as `-4wsuPCjDBc_5_15 vid1`."""
    clips: dict[int, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        clip, _, video = line.strip().rpartition(" ")
        if not line.strip():
            continue
        if not clip or not video.startswith("vid") or not video[3:].isdecimal():
            problem = f"expected `<clip> vid<number>`, but got {shown(line)}"
            raise SourceError(problem, file=file, record=f"line {number}")
        clips[int(video[3:])] = clip
    return clips
