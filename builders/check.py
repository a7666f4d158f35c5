"""Checks raw files: which are there, what they hold, and the first record and picture that cannot be used."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeAlias

from instraug_datasets.errors import InstrAugError, UnknownNameError
from instraug_datasets.hashing import hash_text
from instraug_datasets.records import Example

from .check_results import CheckedExample, CheckedPictures, CheckedRecords, CheckedSource
from .files.root import DataRoot
from .generation.config import RawConfig
from .generation.example_generator import ExampleGenerator
from .rows import ROWS, Row
from .sources import Published, Source, locate_files, missing_files, missing_message, missing_paths

__all__ = ["CheckedExample", "CheckedPictures", "CheckedRecords", "CheckedSource", "OnProgress", "check_sources"]

PICTURE_SAMPLE = 200
"""Pictures per split that are decoded by default: those with the smallest hashes of their names."""

OnProgress: TypeAlias = Callable[[str, int, int], None]
"""Called with what is checked, such as `nlvr, validation`, the records read so far and their number."""


def check_sources(
    data_dir: str | Path,
    names: Iterable[str] = (),
    *,
    every_picture: bool = False,
    on_progress: OnProgress = lambda what, done, total: None,
) -> Iterator[CheckedSource]:
    """Check every source of which there are files in a data dir, in the order of the rows.

    Every record is read, and a sample of the pictures that the records name is decoded. The sample depends on the names
    of the pictures alone.

    Args:
        names: The sources to check, there or not; all that are there if empty.
        every_picture: Whether to decode every picture.
        on_progress: Called while records are read.

    Raises:
        MissingFilesError: Raised if the data dir is not a folder.
        UnknownNameError: Raised if a source is unknown.

    Example:
        >>> for source in check_sources("raw_datasets"):
        ...     print(source.name, source.problems)
    """
    DataRoot(str(data_dir)).check()
    sources = {row.source.name: row.source for row in ROWS}
    wanted = list(names)
    for name in wanted:
        if name not in sources:
            raise UnknownNameError("source", name, sources)
    run = _Run(str(data_dir), every_picture, on_progress)
    return _check(run, [sources[name] for name in wanted], list(sources.values()))


@dataclass(frozen=True, slots=True)
class _Run:
    data_dir: str
    every_picture: bool
    on_progress: OnProgress

    def root(self, source: Source) -> DataRoot:
        return DataRoot(self.data_dir, source.archives)

    def generator(self, row: Row, split: str) -> ExampleGenerator:
        config = RawConfig(
            name=row.task, benchmark=row.benchmark, data_dir=self.data_dir, check_pictures="decode", on_error="raise"
        )
        return ExampleGenerator(config, row, split)

    @property
    def is_demo(self) -> bool:
        return DataRoot(self.data_dir).find(".demo.json") is not None


def _check(run: _Run, wanted: list[Source], every: list[Source]) -> Iterator[CheckedSource]:
    for source in wanted or every:
        checked = _check_source(run, source)
        if checked.splits:
            yield checked
        elif wanted:
            root = run.root(source)
            missing = dict.fromkeys(path for split in source.splits for path in missing_files(source, split, root))
            yield replace(checked, problems=(missing_message(source, " and ".join(source.splits), list(missing)),))


def _check_source(run: _Run, source: Source) -> CheckedSource:
    rows = [row for row in ROWS if row.source is source]
    splits = [each for split in source.splits for each in _check_split(run, source, split, rows)]
    complete = list(dict.fromkeys(each.split for each in splits if each.records))
    return CheckedSource(
        name=source.name,
        title=source.title,
        licence=source.licence,
        splits=tuple(splits),
        examples=tuple(_examples(run, rows, complete)),
        problems=tuple(problem for each in splits for problem in each.problems),
    )


def _check_split(run: _Run, source: Source, split: str, rows: list[Row]) -> list[CheckedRecords]:
    files, missing = _present_files(run, source, split), missing_paths(source, split, run.root(source))
    if not files:
        return []
    lacks = f"{source.name}, {split}: missing {', '.join(missing)}; see `instraug sources {source.name}`"
    problem = (lacks,) if missing else ()
    if set(missing) & set(source.splits[split].annotations):
        return [CheckedRecords(split=split, files=files, problems=problem)]
    readers = {row.read: row for row in reversed(rows) if split in row.splits}
    checked = []
    for reader, row in reversed(readers.items()):
        tasks = tuple(f"{user.benchmark}/{user.task}" for user in rows if user.read is reader)
        checked.append(replace(_check_records(run, row, split, files, has_pictures=not missing), tasks=tasks))
    # A file with the records of several tasks need not have those of all.
    checked = [each for each in checked if each.records or each.problems] or [
        CheckedRecords(split=split, files=files, problems=(f"{source.name}, {split}: no records",))
    ]
    return [replace(checked[0], problems=(*problem, *checked[0].problems)), *checked[1:]]


def _present_files(run: _Run, source: Source, split: str) -> tuple[str, ...]:
    """The annotations of a split that are there; none if only pictures are, which other sources may share."""
    root = run.root(source)
    files = locate_files(source, split, root)
    missing = set(missing_paths(source, split, root))
    there = tuple(path for path in files.annotations if path not in missing)
    return there and (*there, *(path for path in files.optional if root.find(path)))


def _check_records(run: _Run, row: Row, split: str, files: tuple[str, ...], *, has_pictures: bool) -> CheckedRecords:
    what = f"{row.source.name}, {split}"
    try:
        generator = run.generator(row, split)
        found = _read_records(run, generator, what, has_pictures=has_pictures)
    except InstrAugError as error:
        return CheckedRecords(split=split, files=files, problems=(f"{what}: {error}",))
    published = None if run.is_demo else row.source.published.get(split)
    checked = replace(
        found,
        split=split,
        files=files,
        published=published.records if published else None,
        published_by=published.where if published else "",
    )
    return replace(checked, problems=tuple(f"{what}: {problem}" for problem in _problems(checked, published)))


def _problems(found: CheckedRecords, published: Published | None) -> Iterator[str]:
    pictures = found.pictures
    if published is not None and found.records != published.records:
        yield f"{found.records:,} records, but {published.records:,} are published ({published.where})"
    if found.bad:
        yield f"{found.bad:,} of {found.records:,} records cannot be used, the first: {found.first_bad}"
    if pictures.bad:
        counts = f"{pictures.bad:,} of {pictures.checked:,}"
        yield f"{counts} pictures are missing or damaged, the first: {pictures.first_bad}"


@dataclass(slots=True)
class _Pictures:
    """Collects the pictures that records name, and decodes all or the `limit` with the smallest hashes."""

    generator: ExampleGenerator
    limit: int | None
    seen: set[int] = field(default_factory=set)
    sample: list[tuple[int, str, Any, Any]] = field(default_factory=list)
    checked: int = 0
    bad: int = 0
    first_bad: str = ""

    def add(self, example: Example) -> None:
        for image in example.images:
            rank = hash_text(image["path"])
            if rank in self.seen:
                continue
            self.seen.add(rank)
            entry = (-rank, image["path"], image, example)
            if self.limit is None:
                self._check(image, example)
            elif len(self.sample) < self.limit:
                heapq.heappush(self.sample, entry)
            elif self.limit and entry[:2] > self.sample[0][:2]:
                heapq.heapreplace(self.sample, entry)

    def finish(self) -> CheckedPictures:
        for _, _, image, example in sorted(self.sample, key=lambda entry: entry[1]):
            self._check(image, example)
        return CheckedPictures(named=len(self.seen), checked=self.checked, bad=self.bad, first_bad=self.first_bad)

    def _check(self, image: Mapping[str, Any], example: Example) -> None:
        self.checked += 1
        try:
            self.generator.attach_images(replace(example, images=(image,)))
        except InstrAugError as error:
            self.bad += 1
            self.first_bad = self.first_bad or str(error)


def _read_records(run: _Run, generator: ExampleGenerator, what: str, *, has_pictures: bool) -> CheckedRecords:
    bad, first_bad, total = 0, "", len(generator.table)
    limit = PICTURE_SAMPLE if has_pictures else 0
    pictures = _Pictures(generator, None if run.every_picture and has_pictures else limit)
    for index in range(total):
        if index % 100 == 0:
            run.on_progress(what, index, total)
        try:
            for example in generator.adapt(index):
                pictures.add(example)
        except InstrAugError as error:
            bad, first_bad = bad + 1, first_bad or str(error)
    run.on_progress(what, total, total)
    return CheckedRecords(split="", files=(), records=total, bad=bad, first_bad=first_bad, pictures=pictures.finish())


def _examples(run: _Run, rows: list[Row], splits: list[str]) -> Iterator[CheckedExample]:
    for row in rows:
        examples = (example for split in splits if split in row.splits for example in _valid(run, row, split))
        example = next(examples, None)
        if example is not None:
            yield CheckedExample(benchmark=row.benchmark, task=row.task, row=replace(example, images=()).to_dict())


def _valid(run: _Run, row: Row, split: str) -> Iterator[Example]:
    try:
        generator = run.generator(row, split)
    except InstrAugError:
        return  # reported with the records
    for index in range(len(generator.table)):
        try:
            yield from generator.adapt(index)
        except InstrAugError:
            continue
