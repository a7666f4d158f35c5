"""`load_dataset`: like that of `datasets`, but also builds the benchmarks of this package from raw files.

The builders are imported by name, because the library must not depend on them statically.
"""

from __future__ import annotations

import difflib
import importlib
from pathlib import Path
from typing import Any

import datasets

from .errors import HubError, MissingFilesError, SettingError, UnknownNameError
from .tasks import BENCHMARKS, get_task

__all__ = ["load_dataset"]

ORGANIZATION = "instraug"
BUILDERS = "instraug_datasets.builders"

_PREPARE = ("download_mode", "verification_mode", "num_proc", "max_shard_size")
_SETTINGS = ("num_frames", "check_pictures")
_PUBLISHED_CONFIGS = ("default", "instructions")
_ALMOST = 0.75
_SPLITS = ("train", "validation", "test")
_OPTIONS = (*_PREPARE, *_SETTINGS, "cache_dir", "keep_in_memory")


def load_dataset(
    path: str,
    name: str | None = None,
    *,
    data_dir: str | Path | None = None,
    split: str | None = None,
    streaming: bool = False,
    num_examples: int | None = None,
    on_error: str = "raise",
    seed: int = 0,
    **kwargs: Any,
) -> Any:
    """Load a benchmark from raw files or from the Hub, or any other data set like `datasets.load_dataset`.

    Args:
        path: `multiinstruct` or `instructblip`; any other value is passed to `datasets.load_dataset`.
        name: A task or alias; None for all training tasks whose raw files are present, with a warning that lists the
            missing files of the others.
        data_dir: Folder or fsspec URL with the raw files; None loads the published benchmark from the Hub.
        split: A split such as `train`; None for all, as a dict.
        streaming: Whether to return an `IterableDataset` that reads on the fly.
        num_examples: Sample size per task and split; None for all. Only for raw files, like `on_error` and `seed`.
        on_error: `raise` at the first invalid record or image, or `skip` and count them.
        seed: Seed of all random choices.
        **kwargs: Passed to `datasets.load_dataset`. For raw files: `cache_dir`, `num_proc`, `keep_in_memory`,
            `download_mode`, `verification_mode`, `max_shard_size`, `num_frames`, the number of frames per video, and
            `check_pictures`, `header` (the default) or `decode` to find images whose damage is inside.

    Returns:
        A `Dataset` or `IterableDataset`, or a dict of them if `split` is None.

    Raises:
        MissingFilesError: Raised if raw files of the task or split are missing.
        UnknownNameError: Raised if the benchmark, task, split or an option is unknown.
        HubError: Raised if the benchmark is not on the Hub, or cannot be read from there, and `data_dir` is None.
        SettingError: Raised if a setting is out of range or not applicable.

    Example:
        >>> load_dataset("multiinstruct", "ITM", data_dir="raw_datasets", split="train", streaming=True)
    """
    _check_spelling(path)
    if path in BENCHMARKS and data_dir is not None:
        settings = {"num_examples": num_examples, "on_error": on_error, "seed": seed}
        return _build(path, name, str(data_dir), split=split, streaming=streaming, settings=settings, options=kwargs)
    if (num_examples, on_error, seed) != (None, "raise", 0):
        raise SettingError(
            "num_examples, on_error and seed apply only to building a benchmark from raw files: "
            f"pass data_dir and one of {', '.join(BENCHMARKS)}, but got path={path!r}, data_dir={data_dir!r}."
        )
    if path in BENCHMARKS:
        return _load_published(path, name, split=split, streaming=streaming, options=kwargs)
    if data_dir is not None:
        kwargs["data_dir"] = str(data_dir)
    return datasets.load_dataset(path, name, split=split, streaming=streaming, **kwargs)


def _check_spelling(path: str) -> None:
    """Refuse what is almost the name of a benchmark, before the Hub is asked for it."""
    if path in BENCHMARKS or "/" in path or Path(path).exists():
        return
    if difflib.get_close_matches(path, BENCHMARKS, cutoff=_ALMOST):
        raise UnknownNameError("benchmark", path, BENCHMARKS)


def _load_published(
    benchmark: str, name: str | None, *, split: str | None, streaming: bool, options: dict[str, Any]
) -> Any:
    if name is not None and name not in _PUBLISHED_CONFIGS:
        name = get_task(benchmark, name).name
    repo_id = f"{ORGANIZATION}/{benchmark}"
    try:
        return datasets.load_dataset(repo_id, name, split=split, streaming=streaming, **options)
    except (FileNotFoundError, ConnectionError) as error:
        task = "" if name is None else f", {name!r}"
        reason = str(error).rstrip(".")
        raise HubError(
            f"Cannot load {repo_id} from the Hub: {reason}. Either build it from the original raw files: "
            f"load_dataset({benchmark!r}{task}, data_dir='raw_datasets'), where `instraug sources` lists the files; or "
            f"load a copy that somebody has published: load_dataset('you/{benchmark}'{task})."
        ) from error


def _build(
    benchmark: str,
    name: str | None,
    data_dir: str,
    *,
    split: str | None,
    streaming: bool,
    settings: dict[str, Any],
    options: dict[str, Any],
) -> Any:
    for option in options:
        if option not in _OPTIONS:
            raise UnknownNameError("option for building from raw files", option, _OPTIONS)
    kind = importlib.import_module(BUILDERS).get_builder(benchmark)
    settings |= {option: value for option, value in options.items() if option in _SETTINGS}
    if settings["num_examples"] is not None:
        # Drawing a sample reads a whole split; without a sample, one prepared copy serves every split.
        settings["splits"] = _named_splits(split)
    builder = kind(options.get("cache_dir"), config_name=name, data_dir=data_dir, **settings)
    # `datasets` resolves slices and sums of splits ("train[:10%]", "train+validation").
    if split is not None and str(split).isidentifier() and split != "all" and split not in builder.available_splits():
        raise MissingFilesError(builder.explain_missing(str(split)))
    if streaming:
        return builder.as_streaming_dataset(split=split)
    builder.download_and_prepare(**{option: value for option, value in options.items() if option in _PREPARE})
    return builder.as_dataset(split=split, in_memory=bool(options.get("keep_in_memory")))


def _named_splits(split: str | None) -> tuple[str, ...] | None:
    """The splits that a slice or sum of splits (`train[:10%]+validation`) is made of; None if others may be."""
    names = tuple(part.partition("[")[0].strip() for part in str(split).split("+"))
    return tuple(name for name in _SPLITS if name in names) if set(names) <= set(_SPLITS) else None
