"""`export`: several epochs of augmented data written for another framework, and `measure`: how much that is."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from datasets import IterableDataset

from ..errors import ExampleError, InstrAugError, OutputError, SettingError, UnknownNameError, shown
from ..partial_files import partial_path, remove_abandoned
from ..storage import local_path
from ..stream import InstructionAugmenter
from ..stream.map_style import AugmentedDataset
from ..stream.nodes import nodes
from ..stream.stored_pictures import with_stored_pictures
from .formats import FORMATS, Chat, Format, row_of
from .pictures import Pictures
from .sizes import Sizes

__all__ = ["export", "measure"]

_BATCH = 64


def export(data: Any, format: str, output: str | Path, *, epochs: int = 1, force: bool = False) -> Sizes:
    """Write the prompts of several epochs for a framework that cannot augment while it reads.

    The folder gets a file of rows and a folder `images`, in which every picture is once, byte for byte. The same data,
    pool and options give the same bytes. It appears when it is complete; a run that stops leaves nothing.

    Args:
        data: What `augment` made; its examples need a column `unique_id`. Not a dict: export split by split.
        format: `jsonl`, `trl`, `llama-factory`, `ms-swift`, `axolotl` or `llava`; see `FORMATS`.
        output: The folder to write.
        epochs: How many epochs to write, from epoch 0, one after the other; of data fixed at an epoch, that one.
        force: Whether to replace the folder if it exists.

    Raises:
        UnknownNameError: Raised if the format is unknown.
        SettingError: Raised if the data are not augmented, or by several augmenters; or if a stream does not know its
            columns, or has changed them or its prompts after `augment`.
        ExampleError: Raised if a picture is missing, or an example cannot be written in the format.
        OutputError: Raised if the folder exists, or cannot be written.

    Example:
        >>> export(augment(data, "multiinstruct", seed=42), "llama-factory", "out", epochs=3)
    """
    run = _Run.of(data, format, epochs)
    with _whole_folder(local_path(output, "An export"), force=force) as folder:
        for name, content in run.form.beside.items():
            (folder / name).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
        pictures, path = Pictures(folder), folder / run.form.file
        with path.open("w", encoding="utf-8", newline="\n") as file:
            rows = _write(file, (line for epoch in run.epochs for line in run.lines(epoch, pictures)), run.form)
        size = path.stat().st_size
    return Sizes(rows // len(run.epochs), rows, pictures.count, pictures.size, size)


def measure(data: Any, format: str, *, epochs: int = 1) -> Sizes:
    """How much an export would be, without writing anything; reads one epoch.

    Returns:
        The sizes, with that of the rows estimated from the first epoch.

    Raises:
        As `export`.

    Example:
        >>> measure(augment(data, "multiinstruct"), "trl", epochs=3).rows
    """
    run, pictures = _Run.of(data, format, epochs), Pictures(None)
    sizes = [len(line.encode()) + 1 for line in run.lines(run.epochs[0], pictures)]
    count = len(run.epochs)
    return Sizes(len(sizes), len(sizes) * count, pictures.count, pictures.size, sum(sizes) * count)


@dataclass(frozen=True, slots=True)
class _Run:
    """What is exported, and how.

    Attributes:
        own: What makes the prompts of the data.
        augmenter: The same, with chat turns as output where the format has turns.
    """

    data: Any
    form: Format
    epochs: tuple[int, ...]
    own: InstructionAugmenter
    augmenter: InstructionAugmenter

    @classmethod
    def of(cls, data: Any, format: str, epochs: int) -> _Run:
        if format not in FORMATS:
            raise UnknownNameError("format", format, FORMATS)
        if not isinstance(epochs, int) or isinstance(epochs, bool) or epochs < 1:
            raise SettingError(f"epochs must be a whole number from 1, but got {shown(epochs)}.")
        form, own = FORMATS[format], _augmenter(data)
        if data.features is None:
            raise SettingError("The stream does not know its columns; export(stream.cast(features), ...) tells it.")
        options = {**own.settings.changed(), **({"output": "messages", "history": "turns"} if form.turns else {})}
        augmenter = InstructionAugmenter(own.pool, **options)
        augmenter.read_labels(data._examples.features if isinstance(data, AugmentedDataset) else data.features)
        return cls(data, form, (own.epoch,) if own.fixed else tuple(range(epochs)), own, augmenter)

    def lines(self, epoch: int, pictures: Pictures) -> Iterator[str]:
        """The rows of an epoch as JSON."""
        images = (self.augmenter.settings.columns or {}).get("images", "images")
        suffix = f"#{epoch}" if len(self.epochs) > 1 else ""
        for example in self._examples(epoch):
            added = self.augmenter.example(example, epoch)
            unique_id = f"{example[self.augmenter.id_column]}{suffix}"
            listed = [pictures.add(each, unique_id) for each in _listed(example.get(images))]
            columns = {**added, self.augmenter.id_column: unique_id}
            shown = {called: columns[name] for called, name in self._names(columns).items() if name != images}
            chat = Chat(unique_id, added.get("messages", ()), listed, shown)
            try:
                yield json.dumps(row_of(chat, self.form), ensure_ascii=False, allow_nan=False)
            except (TypeError, ValueError) as error:
                if isinstance(error, InstrAugError):
                    raise
                raise ExampleError(f"Example {unique_id!r} cannot be written as JSON: {error}.") from error

    def _names(self, columns: Mapping[str, Any]) -> Mapping[str, str]:
        """What each column to write is called in the data, by what it is called in the rows."""
        if isinstance(self.data, AugmentedDataset):
            return {called: name for called, name in self.data._names.items() if name in columns}
        return {name: name for name in columns}

    def _examples(self, epoch: int) -> Iterator[dict[str, Any]]:
        """The examples in the order of an epoch, pictures undecoded, without what was added to them."""
        if isinstance(self.data, AugmentedDataset):
            # Arrow tables leave pictures as they are stored.
            for table in self.data._examples.with_format("arrow").iter(batch_size=_BATCH):
                yield from table.to_pylist()
            return
        stream = with_stored_pictures(self.data)
        stream.set_epoch(epoch)
        for row in stream:
            example = {name: value for name, value in row.items() if name not in self.own.added}
            self._check_unchanged(row, example, epoch)
            yield example

    def _check_unchanged(self, row: Mapping[str, Any], example: Mapping[str, Any], epoch: int) -> None:
        """Refuse a row of a stream whose prompt is not the one to be written."""
        try:
            added = self.own.columns(example, epoch)
        except InstrAugError as error:
            raise SettingError(
                f"The stream has lost what its instructions need: {error} Export what augment() made, or select, "
                "rename and change columns before augment()."
            ) from error
        other = [name for name, value in added.items() if name in row and row[name] != value]
        if other:
            raise SettingError(
                f"Example {example[self.own.id_column]!r} has another {other[0]!r} than augment() gives it in epoch "
                f"{epoch}, and that would not be written. Change columns before augment(), and in place of repeat() "
                "export more epochs."
            )


def _augmenter(data: Any) -> InstructionAugmenter:
    """The one augmenter of the data."""
    if isinstance(data, AugmentedDataset):
        return data.augmenter
    found: list[InstructionAugmenter] = []
    if isinstance(data, IterableDataset):
        found = [node.augmenter for node in nodes(data._ex_iterable) if hasattr(node, "augmenter")]
    if not found:
        raise SettingError(f"export() takes a single data set that augment() made, but got {type(data).__name__}.")
    if len(found) > 1:
        raise SettingError(
            f"The stream is made of {len(found)} augmented ones: join plain streams, and augment the result."
        )
    return found[0]


def _listed(images: Any) -> list[Any]:
    """The pictures as a list; one that is null has no content."""
    if images is None:
        return []
    return [each or {} for each in (images if isinstance(images, list) else [images])]


def _write(file: TextIO, lines: Iterable[str], form: Format) -> int:
    """Write rows, and give their number."""
    between, count = (",\n" if form.is_list else "\n"), 0
    file.write("[\n" if form.is_list else "")
    for count, line in enumerate(lines, 1):
        file.write(line if count == 1 else between + line)
    file.write("\n" if count else "")
    file.write("]\n" if form.is_list else "")
    return count


@contextmanager
def _whole_folder(output: Path, *, force: bool) -> Iterator[Path]:
    """A folder to write into, which becomes `output` when all is written."""
    if output.exists() and not force:
        raise OutputError(f"{str(output)!r} exists already; --force or force=True replaces it.")
    if output.exists() and not any((output / form.file).is_file() for form in FORMATS.values()):
        raise OutputError(f"{str(output)!r} exists already and is no export: remove it, or choose another folder.")
    partial = partial_path(output)
    try:
        remove_abandoned(output)
        partial.mkdir(parents=True)
        yield partial
        if output.exists():
            shutil.rmtree(output)
        partial.rename(output)
    except OSError as error:
        if isinstance(error, InstrAugError):
            raise
        raise OutputError(f"Cannot write {output}: {error}") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
