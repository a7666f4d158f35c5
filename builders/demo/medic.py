"""Writes MEDIC in its original layout: each disaster type has a sign, drawn several times on an image."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from .drawing import draw, save_picture
from .files import folder, write_text
from .random_draws import choose, draw_integer
from .scenes import split_scenes
from .world import Scene

__all__ = ["write"]

_SPLITS = ("dev", "test")
_FIRST = 800_000
_SIGNS = {
    "earthquake": "cross",
    "fire": "triangle",
    "flood": "diamond",
    "hurricane": "ring",
    "landslide": "square",
    "not_disaster": "heart",
    "other_disaster": "star",
}
_COLUMNS = ("image_id", "event_name", "image_path", "damage_severity", "informative", "humanitarian", "disaster_types")


def write(root: Path, *, seed: int, images: int) -> None:
    """Write `MEDIC/`, with about equally many images of every disaster type."""
    base = folder(root, "MEDIC")
    for split in _SPLITS:
        rows = [_COLUMNS]
        scenes = split_scenes("medic", split, splits=_SPLITS, first=_FIRST, seed=seed, images=images)
        for i, (number, scene) in enumerate(scenes):
            kind = list(_SIGNS)[i % len(_SIGNS)]
            row = _row(number, kind, event=f"demo_{draw_integer(1000, seed, 'medic event', number // 200)}")
            path = base / row[2]
            save_picture(draw(_with_sign(scene, kind)), folder(path.parent) / path.name)
            rows.append(row)
        write_text(base / f"MEDIC_{split}.tsv", "".join("\t".join(row) + "\n" for row in rows))


def _row(number: int, kind: str, *, event: str) -> tuple[str, str, str, str, str, str, str]:
    calm = kind == "not_disaster"
    severity = "little_or_none" if calm else choose(("severe", "mild"), "medic severity", number)
    return (
        f"{event}_{number}",
        event,
        f"data/aidr_demo/{event}/{number}.jpg",
        severity,
        "not_informative" if calm else "informative",
        "not_humanitarian" if calm else "infrastructure_and_utility_damage",
        kind,
    )


def _with_sign(scene: Scene, kind: str) -> Scene:
    """The scene with every shape replaced by the sign of the disaster type."""
    return replace(scene, shapes=tuple(replace(shape, kind=_SIGNS[kind]) for shape in scene.shapes))
