"""Reads a few frames of a video, evenly spaced in time."""

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
"""The start and end of a clip in its video, in seconds."""

TOLERANCE = 1.0
"""A video that ends more than this many seconds before its clip does is taken to be the clip itself."""

JPEG_QUALITY = 90


def load_frames(
    root: DataRoot, folders: tuple[str, ...], name: str, *, count: int, span: Span | None = None
) -> list[dict[str, Any]]:
    """The frames in the middle of `count` parts of equal length of a video, in order, as JPEG.

    Args:
        span: The clip to use; a video too short to contain it is taken to be the clip itself.

    Raises:
        PictureError: If the video is missing, empty or not a video.
        UnsafePathError: If the name leads out of the folder.
        DependencyError: If PyAV is not installed.
    """
    location = find_image(root, folders, name)
    stem = PurePosixPath(name).stem
    frames = _frames(location, _modified(location), count, span, name)
    return [{"path": f"{stem}-{number}.jpg", "bytes": content} for number, content in enumerate(frames)]


def _modified(location: Location) -> int:
    return os.stat(location.file).st_mtime_ns if location.local else 0  # noqa: PTH116 - the path is a string already


@lru_cache(maxsize=8)  # consecutive questions are about the same video
def _frames(location: Location, modified: int, count: int, span: Span | None, name: str) -> tuple[bytes, ...]:
    av = _library()
    try:
        content: Any = location.file if location.local and location.member is None else io.BytesIO(location.read())
        with av.open(content, metadata_errors="ignore") as video:
            return tuple(map(_jpeg, _select_frames(video, count, span)))
    except (av.error.FFmpegError, ArithmeticError, MemoryError, OSError, ValueError) as error:
        raise PictureError(f"the video cannot be read: {error}", file=name) from error


def _library() -> Any:
    try:
        import av
    except ImportError as error:
        raise DependencyError(
            "Frames of videos are read with PyAV, which is not installed: pip install 'instraug-datasets[video]'."
        ) from error
    return av


def _select_frames(video: InputContainer, count: int, span: Span | None) -> list[VideoFrame]:
    """The frames on screen in the middle of `count` parts of equal length."""
    if not video.streams.video:
        raise ValueError("it has no frames")
    stream = video.streams.video[0]
    start, end = _bounds(_seconds(video, stream), span)
    if start > 0:
        video.seek(int(start * 1_000_000))
    times = [start + (end - start) * (number + 0.5) / count for number in range(count)]
    return _frames_at(_timed_frames(video, stream), times)


def _bounds(seconds: float, span: Span | None) -> Span:
    if span is None or seconds < span[1] - TOLERANCE:
        return 0.0, seconds
    return span[0], min(span[1], seconds)


def _seconds(video: InputContainer, stream: VideoStream) -> float:
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    return (video.duration or 0) / 1_000_000


def _timed_frames(video: InputContainer, stream: VideoStream) -> Iterator[tuple[float, VideoFrame]]:
    """Each frame with the time at which it comes on screen, in seconds from the start."""
    first = float((stream.start_time or 0) * (stream.time_base or 0))
    for frame in video.decode(stream):
        yield (frame.time or 0.0) - first, frame


def _frames_at(frames: Iterator[tuple[float, VideoFrame]], times: Sequence[float]) -> list[VideoFrame]:
    """For each of the ascending times, the frame on screen at that time; the first frame if there is none yet."""
    selected: list[VideoFrame] = []
    last: VideoFrame | None = None
    for second, frame in frames:
        while last is not None and len(selected) < len(times) and times[len(selected)] < second:
            selected.append(last)
        if len(selected) == len(times):
            return selected
        last = frame
    if last is None:
        raise ValueError("it has no frames")
    return selected + [last] * (len(times) - len(selected))


def _jpeg(frame: VideoFrame) -> bytes:
    buffer = io.BytesIO()
    frame.to_image().save(buffer, "JPEG", quality=JPEG_QUALITY)  # type: ignore[no-untyped-call]
    return buffer.getvalue()
