"""Reads pickle files of plain values (lists, dicts, strings, numbers) without importing or calling anything."""

from __future__ import annotations

import io
import pickle
from typing import Any, NoReturn

import msgspec

from instraug_datasets.errors import SourceError, shown

from .json_tables import require_file
from .root import DataRoot

__all__ = ["read_pickled_list"]

# The errors that the unpickler raises on the bytes of a damaged or malicious file.
_UNPICKLING_ERRORS = (
    pickle.UnpicklingError,
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    RecursionError,
    TypeError,
    ValueError,
)


def read_pickled_list(root: DataRoot, file: str) -> list[bytes]:
    """Read a pickled list, and return its elements as JSON.

    Raises:
        MissingFilesError: If the file is missing.
        SourceError: If it is truncated, not a pickled list, or refers to anything but plain values.
    """
    content = require_file(root, file).read()
    try:
        value = _SafeUnpickler(io.BytesIO(content), encoding="utf-8", errors="replace").load()
        if not isinstance(value, list):
            raise SourceError(f"expected a list, but got {type(value).__name__}", file=file)
        return [_json(item, file, index) for index, item in enumerate(value)]
    except _UnsafePickle as error:
        raise SourceError(f"the file refers to {error}; only plain values are allowed", file=file) from error
    except SourceError:
        raise
    except _UNPICKLING_ERRORS as error:
        raise SourceError(f"not a pickle file, or an incomplete one: {shown(error)}", file=file) from error


class _UnsafePickle(Exception):
    """Raised for a pickle that refers to anything but plain values."""


class _SafeUnpickler(pickle.Unpickler):
    def find_class(self, module_name: str, global_name: str, /) -> NoReturn:
        raise _UnsafePickle(f"{module_name}.{global_name}")

    def persistent_load(self, pid: Any, /) -> NoReturn:
        raise _UnsafePickle("a persistent object")


def _json(item: object, file: str, index: int) -> bytes:
    try:
        return msgspec.json.encode(item)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise SourceError(f"not a plain record: {error}", file=file, record=f"[{index}]") from error
