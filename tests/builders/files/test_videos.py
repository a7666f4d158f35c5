"""Frames of videos are evenly spaced, the same from folder and archive, and damaged videos raise clear errors."""

import io
import os
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from instraug_datasets.builders.files.root import Archive, DataRoot
from instraug_datasets.builders.files.videos import load_frames
from instraug_datasets.errors import DependencyError, PictureError

av = pytest.importorskip("av")

SHADES = tuple(range(20, 240, 20))


def write_video(path: Path, shades: Sequence[int] = SHADES, rate: int = 1) -> Path:
    """A video of gray frames, `rate` per second."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(path, "w") as video:
        stream = video.add_stream("mpeg4", rate=rate, width=32, height=32, pix_fmt="yuv420p")
        for shade in shades:
            picture = Image.new("RGB", (32, 32), (shade, shade, shade))
            video.mux(stream.encode(av.VideoFrame.from_image(picture)))
        video.mux(stream.encode(None))
    return path


def shades(frames: list[dict[str, Any]]) -> list[int]:
    """The gray of each frame, to the nearest 20."""
    pictures = [Image.open(io.BytesIO(frame["bytes"])).convert("L") for frame in frames]
    return [20 * round(int(picture.getpixel((16, 16))) / 20) for picture in pictures]  # type: ignore[arg-type]


def load(root: Path, count: int, **settings: Any) -> list[int]:
    return shades(load_frames(DataRoot(str(root)), ("videos",), "x.mp4", count=count, **settings))


@pytest.mark.parametrize(
    ("count", "expected"),
    [(1, [120]), (2, [60, 180]), (4, [40, 100, 140, 200]), (11, list(SHADES)), (22, [s for s in SHADES for _ in "ab"])],
)
def test_frames_are_from_the_middle_of_equal_parts(tmp_path: Path, count: int, expected: list[int]) -> None:
    """One frame of eleven seconds is that of the sixth second; frames repeat if more are requested than exist."""
    write_video(tmp_path / "videos/x.mp4")
    assert load(tmp_path, count) == expected


def test_a_span_selects_the_clip(tmp_path: Path) -> None:
    """Frames are those of the span, or of the whole video if it is too short to contain the span."""
    write_video(tmp_path / "videos/x.mp4")
    assert load(tmp_path, 2, span=(6.0, 10.0)) == [160, 200]
    assert load(tmp_path, 2, span=(60.0, 71.0)) == load(tmp_path, 2)


def test_format_and_location_do_not_matter(tmp_path: Path) -> None:
    """An AVI file and a video in an archive give the same frames."""
    write_video(tmp_path / "videos/x.mp4")
    write_video(tmp_path / "videos/y.avi")
    root = DataRoot(str(tmp_path))
    assert shades(load_frames(root, ("videos",), "y.avi", count=4)) == load(tmp_path, 4)
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.write(tmp_path / "videos/x.mp4", "clips/x.mp4")
    zipped = DataRoot(str(tmp_path), (Archive("all.zip", into="", holds="clips"),))
    frames = load_frames(zipped, ("clips",), "x.mp4", count=4)
    assert frames == load_frames(root, ("videos",), "x.mp4", count=4)
    assert [frame["path"] for frame in frames] == ["x-0.jpg", "x-1.jpg", "x-2.jpg", "x-3.jpg"]


def test_a_replaced_video_is_read_again(tmp_path: Path) -> None:
    """Cached frames of a video are not used after it has changed."""
    write_video(tmp_path / "videos/x.mp4", (40, 40))
    assert load(tmp_path, 1) == [40]
    path = write_video(tmp_path / "videos/x.mp4", (200, 200))
    os.utime(path, ns=(1, 1))
    assert load(tmp_path, 1) == [200]


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        (lambda path: path.unlink(), "there is no such image in videos"),
        (lambda path: path.write_bytes(b""), "the video cannot be read"),
        (lambda path: path.write_bytes(path.read_bytes()[:60]), "the video cannot be read"),
        (lambda path: path.write_text("<html>404</html>"), "the video cannot be read"),
    ],
)
def test_bad_videos(tmp_path: Path, damage: Any, problem: str) -> None:
    """The error names a video that is missing, empty, truncated or not a video."""
    damage(write_video(tmp_path / "videos/x.mp4"))
    with pytest.raises(PictureError, match=rf"x\.mp4: {problem}"):
        load(tmp_path, 4)


def test_a_video_without_frames_is_an_error(tmp_path: Path) -> None:
    """A file with an audio stream only is an error, too."""
    (tmp_path / "videos").mkdir()
    with av.open(tmp_path / "videos/x.mp4", "w") as sound:
        stream = sound.add_stream("aac", rate=16000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        frame.sample_rate = 16000
        sound.mux(stream.encode(frame))
        sound.mux(stream.encode(None))
    with pytest.raises(PictureError, match=r"x\.mp4: the video cannot be read: it has no frames"):
        load(tmp_path, 4)


def test_the_error_without_pyav_says_how_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If PyAV is not installed, the error gives the command that installs it."""
    write_video(tmp_path / "videos/x.mp4")
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(DependencyError, match=r"pip install 'instraug-datasets\[video\]'"):
        load(tmp_path, 4)
