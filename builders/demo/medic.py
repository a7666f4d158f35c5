"""MEDIC in its own layout: each kind of disaster has its sign, drawn several times on a picture."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from .drawing import draw, save_picture
from .files import folder, write_text
from .numbered import scenes_of
from .random_draws import choose, draw_number
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
    """Write `MEDIC/`, with about as many pictures of every kind of disaster."""
    base = folder(root, "MEDIC")
    for split in _SPLITS:
        rows = [_COLUMNS]
        shown = scenes_of("medic", split, splits=_SPLITS, first=_FIRST, seed=seed, images=images)
        for i, (number, scene) in enumerate(shown):
            kind = list(_SIGNS)[i % len(_SIGNS)]
            row = _row(number, kind, event=f"demo_{draw_number(1000, seed, 'medic event', number // 200)}")
            path = base / row[2]
            save_picture(draw(_signed(scene, kind)), folder(path.parent) / path.name)
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


def _signed(shown: Scene, kind: str) -> Scene:
    """The scene with the kind's sign in place of every shape."""
    return replace(shown, shapes=tuple(replace(shape, kind=_SIGNS[kind]) for shape in shown.shapes))
