"""Writes MOCHEG in its original layout: claims about images, with a row per piece of evidence and a ruling."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from instraug_datasets.hashing import fold

from .drawing import draw, save_picture
from .files import folder, write_text
from .random_draws import choose, draw_integer, happens, shuffle
from .scenes import split_scenes
from .shapes import COLOURS, KINDS
from .words import listed, sentence, with_article
from .world import Scene

__all__ = ["write"]

_SPLITS = ("train", "val")
_FIRST = 500_000
_COLUMNS = (
    "claim_id",
    "Snopes URL",
    "Claim",
    "Evidence",
    "truthfulness",
    "cleaned_truthfulness",
    "ruling_outline",
    "relevant_document_id",
)
_RATINGS = {
    "supported": ("True", "Mostly True", "Correct Attribution"),
    "refuted": ("False", "Pants on Fire!", "Miscaptioned"),
    "NEI": ("Unproven", "Mixture", "Half-True"),
}


def write(root: Path, *, seed: int, images: int) -> None:
    """Write `mocheg/` with one claim per image; some claims have two images or none."""
    for split in _SPLITS:
        target = folder(root, "mocheg", "mocheg", split)
        pictures = folder(target, "images")
        rows: list[dict[str, object]] = []
        scenes = split_scenes("mocheg", split, splits=_SPLITS, first=_FIRST, seed=seed, images=images)
        for i, (number, scene) in enumerate(scenes):
            for k in range(_count_pictures(number)):
                save_picture(draw(scene), pictures / f"{number}-proof-{k:02d}-{fold(number, k):016x}.jpg")
            rows += _rows(number, scene, sorted(_RATINGS)[i % len(_RATINGS)])
        write_text(target / "Corpus2.csv", _csv(rows))


def _count_pictures(number: int) -> int:
    return 0 if happens(0.1, "mocheg no picture", number) else 1 + happens(0.2, "mocheg more", number)


def _rows(number: int, scene: Scene, truth: str) -> Iterator[dict[str, object]]:
    rating = choose(_RATINGS[truth], "mocheg rating", number)
    claim, ruling = _claim(scene, truth, number), _ruling(scene, rating, number)
    for k in range(1 + draw_integer(2, "mocheg evidence", number)):
        yield {
            "claim_id": number,
            "Snopes URL": f"https://example.invalid/fact-check/{number}",
            "Claim": claim,
            "Evidence": f'<p>"{claim}"\nSo it was said, more than once.</p>',
            "truthfulness": rating,
            "cleaned_truthfulness": truth,
            "ruling_outline": ruling,
            "relevant_document_id": 10 * number + k,
        }


def _claim(scene: Scene, truth: str, number: int) -> str:
    present = [shape.name for shape in scene.shapes]
    absent = [f"{colour} {kind}" for colour in COLOURS for kind in KINDS if f"{colour} {kind}" not in present]
    if truth == "NEI":
        return f"The picture with {with_article(present[0])} was drawn on a Monday."
    name = choose(present if truth == "supported" else absent, "mocheg claim", number)
    return f"There is {with_article(name)} in a picture that went round."


def _ruling(scene: Scene, rating: str, number: int) -> str:
    things = listed([with_article(shape.name) for shape in scene.shapes])
    facts = shuffle(
        (
            f"The picture was first seen by Dr. Blank on page {number}.",
            sentence(f"it shows {things}"),
            f"Its background is {scene.background}, and nothing else is in it.",
        ),
        "mocheg facts",
        number,
    )
    place = draw_integer(len(facts) + 1, "mocheg verdict", number)
    verdict = (f"We rate this claim {rating.rstrip('!')}.", f"That makes the claim {rating.rstrip('!').upper()}.")
    return " ".join([*facts[:place], choose(verdict, "mocheg wording", number), *facts[place:]])


def _csv(rows: list[dict[str, object]]) -> str:
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, ["", *_COLUMNS], lineterminator="\n")
    writer.writeheader()
    writer.writerows({"": i, **row} for i, row in enumerate(rows))
    return buffer.getvalue()
