"""From a video's name to a few of its pictures, spread evenly over its length."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, TypeAlias

from instraug_datasets.errors import DependencyError, PictureError

from .images import find_image
from .root import DataRoot, Location

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

__all__ = ["Span", "load_frames"]

Span: TypeAlias = tuple[float, float]
"""Where a clip begins and ends in its video, in seconds."""

SLACK = 1.0
"""By so many seconds a video may end before its clip does and still count as the whole video."""

QUALITY = 90


def load_frames(
    root: DataRoot, folders: tuple[str, ...], name: str, *, count: int, span: Span | None = None
) -> list[dict[str, Any]]:
    """Frames of a video in order, as JPEG: those in the middle of each of `count` parts of equal length.

    Args:
        span: The clip that matters; a video too short to hold it counts as the clip itself.

    Raises:
        PictureError: The video is missing, empty, or no video.
        UnsafePathError: The name leads out of the folder.
        DependencyError: PyAV is not installed.
    """
    location = find_image(root, folders, name)
    stem = PurePosixPath(name).stem
    frames = _frames(location, _age(location), count, span, name)
    return [{"path": f"{stem}-{number}.jpg", "bytes": content} for number, content in enumerate(frames)]


def _age(location: Location) -> int:
    return os.stat(location.file).st_mtime_ns if location.local else 0  # noqa: PTH116 - the path is a text already


@lru_cache(maxsize=8)  # the questions about one video follow each other
def _frames(location: Location, age: int, count: int, span: Span | None, name: str) -> tuple[bytes, ...]:
    av = _library()
    try:
        content: Any = location.file if location.local and location.member is None else io.BytesIO(location.read())
        with av.open(content, metadata_errors="ignore") as video:
            shown = _shown(video, count, span)
            return tuple(map(_jpeg, shown))
    except (av.error.FFmpegError, ValueError) as error:
        raise PictureError(f"the video cannot be read: {error}", file=name) from error


def _library() -> Any:
    try:
        import av
    except ImportError as error:
        raise DependencyError(
            "Frames of videos are read with PyAV, which is not installed: pip install 'instraug-datasets[video]'."
        ) from error
    return av


def _shown(video: InputContainer, count: int, span: Span | None) -> list[VideoFrame]:
    """The frames on screen at the middles of `count` equal parts."""
    if not video.streams.video:
        raise ValueError("it has no pictures")
    stream = video.streams.video[0]
    start, end = _bounds(_seconds(video, stream), span)
    if start > 0:
        video.seek(int(start * 1_000_000))
    moments = [start + (end - start) * (number + 0.5) / count for number in range(count)]
    return _at(_timed(video, stream), moments)


def _bounds(seconds: float, span: Span | None) -> Span:
    if span is None or seconds < span[1] - SLACK:
        return 0.0, seconds
    return span[0], min(span[1], seconds)


def _seconds(video: InputContainer, stream: VideoStream) -> float:
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    return (video.duration or 0) / 1_000_000


def _timed(video: InputContainer, stream: VideoStream) -> Iterator[tuple[float, VideoFrame]]:
    """Frames with the second at which each comes on screen, from 0."""
    first = float((stream.start_time or 0) * (stream.time_base or 0))
    for frame in video.decode(stream):
        yield (frame.time or 0.0) - first, frame


def _at(frames: Iterator[tuple[float, VideoFrame]], moments: Sequence[float]) -> list[VideoFrame]:
    """For each moment, in order, the last frame that has come on screen by then; where none has, the first."""
    found: list[VideoFrame] = []
    last: VideoFrame | None = None
    for second, frame in frames:
        while last is not None and len(found) < len(moments) and moments[len(found)] < second:
            found.append(last)
        if len(found) == len(moments):
            return found
        last = frame
    if last is None:
        raise ValueError("it has no pictures")
    return found + [last] * (len(moments) - len(found))


def _jpeg(frame: VideoFrame) -> bytes:
    buffer = io.BytesIO()
    frame.to_image().save(buffer, "JPEG", quality=QUALITY)  # type: ignore[no-untyped-call]
    return buffer.getvalue()
