"""Short videos: a scene that drifts across the screen."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from PIL import Image

from .drawing import draw
from .shapes import BACKGROUNDS
from .world import Scene

__all__ = ["FRAMES", "can_write", "write_clip"]

FRAMES, _RATE, _STEP = 12, 4, 4


def can_write() -> bool:
    """Whether PyAV is installed, which writes the videos."""
    return find_spec("av") is not None


def write_clip(scene: Scene, path: Path) -> None:
    """Write a video of three seconds, in the format of the file name extension."""
    import av

    with av.open(path, "w", options={"fflags": "+bitexact"}) as video:
        width, height = scene.width + FRAMES * _STEP, scene.height
        stream = video.add_stream("mpeg4", rate=_RATE, width=width, height=height, pix_fmt="yuv420p", bit_rate=400_000)
        stream.codec_context.flags |= av.codec.context.Flags.bitexact
        for picture in _pictures(scene, width):
            video.mux(stream.encode(av.VideoFrame.from_image(picture)))  # type: ignore[no-untyped-call]
        video.mux(stream.encode(None))


def _pictures(scene: Scene, width: int) -> Iterator[Image.Image]:
    drawn = draw(scene)
    for number in range(FRAMES):
        picture = Image.new("RGB", (width, scene.height), BACKGROUNDS[scene.background])
        picture.paste(drawn, (number * _STEP, 0))
        yield picture
