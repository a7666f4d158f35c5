"""`load_dataset`: as that of `datasets`, and it also builds a benchmark of ours from raw files.

The builders are reached by name: they stand above the library, which does not import them.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import datasets

from .errors import MissingFilesError, SettingError, UnknownNameError
from .tasks import BENCHMARKS

__all__ = ["load_dataset"]

ORGANIZATION = "instraug"
BUILDERS = "instraug_datasets.builders"

_PREPARE = ("download_mode", "verification_mode", "num_proc", "max_shard_size")
_SETTINGS = ("num_frames",)
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
    """A data set: a benchmark of ours from raw files or from the Hub, or anything that `datasets.load_dataset` loads.

    Args:
        path: `multiinstruct` or another benchmark of this package; everything else is left to `datasets`.
        name: A task or one of its aliases; None for every training task that the data dir can serve, with one warning
            that names the others and the files that they lack.
        data_dir: The folder or URL with the raw files; None to load the published benchmark from the Hub.
        num_examples: The size of a sample of each (task, split); None for all. From raw files only, as the next two.
        on_error: `raise` at the first bad record or picture, or `skip` and count them.
        seed: What all chance is derived from.
        **kwargs: As for `datasets.load_dataset`; from raw files `cache_dir`, `num_proc`, `keep_in_memory`,
            `download_mode`, `verification_mode`, `max_shard_size`, and `num_frames`: how many pictures a video gives.

    Raises:
        MissingFilesError: The raw files of the task or split are not in the data dir.
        UnknownNameError: The task or split does not exist.
        SettingError: A setting is out of range or has no effect here.

    Example:
        >>> load_dataset("multiinstruct", "ITM", data_dir="raw_datasets", split="train", streaming=True)
    """
    if path in BENCHMARKS and data_dir is not None:
        settings = {"num_examples": num_examples, "on_error": on_error, "seed": seed}
        return _build(path, name, str(data_dir), split=split, streaming=streaming, settings=settings, options=kwargs)
    if (num_examples, on_error, seed) != (None, "raise", 0):
        raise SettingError(
            "num_examples, on_error and seed are for building a benchmark of ours from raw files: "
            f"give data_dir and one of {', '.join(BENCHMARKS)}, but got path={path!r}, data_dir={data_dir!r}."
        )
    if path in BENCHMARKS:
        path = f"{ORGANIZATION}/{path}"
    if data_dir is not None:
        kwargs["data_dir"] = str(data_dir)
    return datasets.load_dataset(path, name, split=split, streaming=streaming, **kwargs)


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
            raise UnknownNameError("option of a build from raw files", option, _OPTIONS)
    kind = importlib.import_module(BUILDERS).get_builder(benchmark)
    settings |= {option: value for option, value in options.items() if option in _SETTINGS}
    builder = kind(options.get("cache_dir"), config_name=name, data_dir=data_dir, **settings)
    # A slice or a sum of splits ("train[:10%]", "train+validation") is left to `datasets` to take apart.
    if split is not None and str(split).isidentifier() and split != "all" and split not in builder.available_splits():
        raise MissingFilesError(builder.explain_missing(str(split)))
    if streaming:
        return builder.as_streaming_dataset(split=split)
    builder.download_and_prepare(**{option: value for option, value in options.items() if option in _PREPARE})
    return builder.as_dataset(split=split, in_memory=bool(options.get("keep_in_memory")))
