"""Video question answering; examples show a video as a few frames."""

from __future__ import annotations

from dataclasses import replace

from instraug_datasets.records import Example

from ..sources.msvd_msrvtt_qa import VideoQuestion
from .context import Context, Skip, make_example

__all__ = ["answer_video_question"]


def answer_video_question(record: VideoQuestion, context: Context) -> Example | Skip:
    """Answer in a word or two, given frames of the video in order."""
    if not record.text or not record.answer:
        return Skip("empty_text")
    example = make_example(
        record,
        context,
        picture=record.video,
        question=record.text,
        target=record.answer,
        answers=record.answers,
        meta={"video": record.video} | ({"span": list(record.span)} if record.span else {}),
    )
    return replace(example, images=({"path": record.video, "bytes": None, "span": record.span},))
