"""A static page with the same examples over several epochs: picture, boxes, prompt, options, target and lineage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..instructions import Instruction
from ..pool import InstructionPool
from ..styles import letter
from .lineage import by_id, lineage, made_by
from .pages import check_pages, render_page
from .pictures import MarkedBox, Picture, fixed_boxes, option_boxes, pictures_of
from .preview import SHOWN, examples_over_epochs

__all__ = ["PreviewExample", "PreviewVersion", "preview_example", "render_preview"]

_ONCE = ("images", "options", "region", "meta")


@dataclass(frozen=True, slots=True)
class PreviewVersion:
    """An example in one epoch.

    Attributes:
        options: The options in the order shown, as `(letter, text, whether it is the target)`.
        hides_options: Whether the wording does not show the options.
        boxes: The boxes of the options.
        lineage: The instructions from the meta instruction to the one shown.
    """

    epoch: int
    prompt: str
    target: str
    options: Sequence[tuple[str, str, bool]]
    hides_options: bool
    boxes: Sequence[MarkedBox]
    lineage: Sequence[Instruction]


@dataclass(frozen=True, slots=True)
class PreviewExample:
    """An example with its pictures, the boxes on the first of them, and how it looks in each epoch."""

    unique_id: str
    task: str
    pictures: Sequence[Picture]
    boxes: Sequence[MarkedBox]
    versions: Sequence[PreviewVersion]

    @property
    def wordings(self) -> int:
        """The number of different instructions."""
        return len({version.lineage[-1] for version in self.versions if version.lineage})


def render_preview(stream: Any, pool: InstructionPool, *, epochs: int = 3, num_examples: int = 3, title: str) -> str:
    """Render the first examples of a stream in each epoch as HTML, without external resources.

    All texts are escaped; pictures are embedded, downscaled to `pictures.MAX_SIDE`.

    Args:
        stream: What `augment` made of an `IterableDataset` with the columns of `FEATURES`. With `option_order=True`
            options are listed in the order of each epoch, otherwise in that of the data.
        pool: The pool it draws from, for the lineage of the instructions.
        title: The heading.

    Raises:
        DependencyError: Raised if jinja2 is not installed.

    Example:
        >>> page = render_preview(augment(stream, pool, option_order=True), pool, epochs=5, title="ITM")
        >>> Path("preview.html").write_text(page, encoding="utf-8")
    """
    check_pages()
    known = by_id(pool)
    added = [name for name in ("option_order", "completion") if name in (stream.column_names or ())]
    rows = examples_over_epochs(
        stream.decode(False), epochs=epochs, num_examples=num_examples, columns=(*SHOWN, *added), once=_ONCE
    )
    return render_page(
        "preview.html.j2",
        title=title,
        epochs=epochs,
        examples=[preview_example(versions, known) for versions in rows],
        made_by=made_by,
    )


def preview_example(
    rows: Sequence[Mapping[str, Any]], known: Mapping[str, Instruction], *, epoch: int = 0
) -> PreviewExample:
    """What a page shows of an example.

    Args:
        rows: The example in consecutive epochs, see `examples_over_epochs`.
        known: The pool's instructions, see `lineage.by_id`.
        epoch: The first of these epochs.

    Raises:
        ExampleError: Raised if an option or target that should hold boxes holds anything else.
    """
    first = rows[0]
    return PreviewExample(
        unique_id=first["unique_id"],
        task=first["task"],
        pictures=pictures_of(first),
        boxes=fixed_boxes(first),
        versions=[_version(epoch, {**first, **row}, known) for epoch, row in enumerate(rows, start=epoch)],
    )


def _version(epoch: int, row: Mapping[str, Any], known: Mapping[str, Instruction]) -> PreviewVersion:
    options, order = row["options"] or [], row.get("option_order")
    shown = [options[place] for place in (range(len(options)) if order is None else order)]
    instruction = known.get(row["instruction_id"])
    return PreviewVersion(
        epoch=epoch,
        prompt=row["prompt"],
        target=row.get("completion") or row["target"] or "",
        options=[(letter(i), text, text == row["target"]) for i, text in enumerate(shown)],
        hides_options="option_order" in row and order is None,
        boxes=option_boxes(row, order),
        lineage=lineage(instruction, known) if instruction else [],
    )
