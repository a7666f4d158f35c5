"""Pictures with an EXIF orientation: what a model sees agrees with the boxes, whatever wrote the tag."""

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from datasets import Image as ImageFeature
from PIL import ExifTags, Image

from instraug_datasets import augment, load_dataset
from instraug_datasets.builders.demo import write_demo
from instraug_datasets.builders.files.orientation import as_annotated
from instraug_datasets.errors import PictureError
from instraug_datasets.styles import REGION_STYLES

WIDTH, HEIGHT = 24, 16
PIXELS = np.arange(WIDTH * HEIGHT * 3, dtype=np.uint8).reshape(HEIGHT, WIDTH, 3)
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:Orientation="%d"/></x:xmpmeta>'


def _file(kind: str, orientation: int | None, *, xmp: bool = False) -> bytes:
    """A picture of 24 x 16 stored pixels."""
    exif, more = Image.Exif(), dict[str, Any]()
    if orientation is not None and xmp:
        more["xmp"] = XMP % orientation
    elif orientation is not None:
        exif[ExifTags.Base.Orientation] = orientation
        exif[ExifTags.Base.Make] = "a camera"
        more["exif"] = exif
    file = io.BytesIO()
    Image.fromarray(PIXELS).save(file, kind, **more, **({"lossless": True} if kind == "WEBP" else {}))
    return file.getvalue()


def _decoded(content: bytes) -> Any:
    """The pixels that a data set hands out."""
    return np.asarray(ImageFeature().decode_example({"bytes": content, "path": None}))


def _stored(content: bytes) -> Any:
    with Image.open(io.BytesIO(content)) as picture:
        return np.asarray(picture)


WAYS = [("JPEG", False), ("JPEG", True), ("PNG", False), ("WEBP", False)]
every_way = pytest.mark.parametrize(("kind", "xmp"), WAYS, ids=["JPEG", "JPEG with XMP", "PNG", "WebP"])


@every_way
@pytest.mark.parametrize("orientation", range(2, 9))
def test_a_picture_decodes_to_its_stored_pixels(kind, xmp, orientation):
    """Each of the seven turns and mirrorings; as it was, a data set would show something else."""
    content = _file(kind, orientation, xmp=xmp)
    assert _decoded(content).tobytes() != _stored(content).tobytes()
    changed = as_annotated(content, (WIDTH, HEIGHT), "a")
    assert changed is not None
    assert (_decoded(changed) == _stored(content)).all()


@every_way
@pytest.mark.parametrize("orientation", range(5, 9))
def test_a_picture_that_was_annotated_as_it_is_shown_stays(kind, xmp, orientation):
    """The size in the annotations tells: it is that of the turned picture."""
    assert as_annotated(_file(kind, orientation, xmp=xmp), (HEIGHT, WIDTH), "a") is None


@pytest.mark.parametrize("orientation", [None, 0, 1, 9])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_that_is_not_turned_stays(kind, orientation):
    """Without the tag, upright by it, or with a number that means nothing."""
    assert as_annotated(_file(kind, orientation), (WIDTH, HEIGHT), "a") is None


def test_a_jpeg_is_not_encoded_again(tmp_path):
    """Its tables and its compressed pixels keep every byte, and its colour profile stays, from a file as from bytes."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    plain, tagged = io.BytesIO(), io.BytesIO()
    picture = Image.fromarray(PIXELS)
    picture.save(plain, "JPEG", icc_profile=b"a profile", quality=83)
    picture.save(tagged, "JPEG", icc_profile=b"a profile", quality=83, exif=exif, xmp=XMP % 6)
    assert as_annotated(tagged.getvalue(), (WIDTH, HEIGHT), "a") == plain.getvalue()
    path = Path(tmp_path, "a.jpg")
    path.write_bytes(tagged.getvalue())
    assert as_annotated(path, (WIDTH, HEIGHT), "a") == plain.getvalue()


def test_what_is_no_picture_is_named():
    """As everywhere where pictures are opened."""
    with pytest.raises(PictureError, match=r"^a\.jpg: not an image, or a damaged one"):
        as_annotated(b"no picture", (1, 1), "a.jpg")


def test_boxes_of_turned_pictures_are_true_in_every_style(tmp_path):
    """Phone pictures give the same pixels, sizes and boxes as the same pictures without the tag."""
    write_demo(tmp_path, images=12)
    originals = {path: path.read_bytes() for path in (tmp_path / "visual7w").rglob("*.jpg")}
    upright = _grounded(tmp_path, originals, orientation=1)
    assert len(upright) > 2 * len(REGION_STYLES)
    assert _grounded(tmp_path, originals, orientation=6) == upright


def _grounded(folder: Path, originals: dict[Path, bytes], *, orientation: int) -> list[tuple[Any, ...]]:
    """What there is to see and to read in a data set whose pictures have this orientation, in every style."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    for path, content in originals.items():
        with Image.open(io.BytesIO(content)) as picture:
            picture.save(path, exif=exif, quality=95)
    data = load_dataset("multiinstruct", "grounded_VQA", data_dir=str(folder), split="validation", streaming=True)
    rows = [row for style in REGION_STYLES for row in augment(data, "multiinstruct", region_style=style)]
    for row in rows:
        assert row["images"][0].size == tuple(json.loads(row["meta"])["image_size"])
    return [(row["images"][0].tobytes(), row["prompt"], row["target"], row.get("completion")) for row in rows]
