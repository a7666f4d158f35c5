"""Pickle files that hold plain values: lists, dicts, texts and numbers. Nothing in them is ever called or imported."""

from __future__ import annotations

import io
import pickle
from typing import Any, NoReturn

import msgspec

from instraug_datasets.errors import SourceError

from .json_tables import require_file
from .root import DataRoot

__all__ = ["read_pickled_list"]

# What the bytes of a broken or hostile file make the unpickler raise.
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
    """The members of a pickled list, each as JSON.

    Raises:
        MissingFilesError: The file is not there.
        SourceError: It is cut off, is no pickle of a list, or asks for anything but plain values.
    """
    content = require_file(root, file).read()
    try:
        value = _SafeUnpickler(io.BytesIO(content), encoding="utf-8", errors="replace").load()
        if not isinstance(value, list):
            raise SourceError(f"expected a list, but got {type(value).__name__}", file=file)
        return [_json(member, file, index) for index, member in enumerate(value)]
    except _UnsafePickle as error:
        raise SourceError(f"the file asks for {error}; only plain values are read", file=file) from error
    except SourceError:
        raise
    except _UNPICKLING_ERRORS as error:
        raise SourceError(f"not a pickle file, or an incomplete one: {error!r}", file=file) from error


class _UnsafePickle(Exception):
    """A pickle that wants more than plain values."""


class _SafeUnpickler(pickle.Unpickler):
    def find_class(self, module_name: str, global_name: str, /) -> NoReturn:
        raise _UnsafePickle(f"{module_name}.{global_name}")

    def persistent_load(self, pid: Any, /) -> NoReturn:
        raise _UnsafePickle("an object that is kept elsewhere")


def _json(member: object, file: str, index: int) -> bytes:
    try:
        return msgspec.json.encode(member)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise SourceError(f"not a plain record: {error}", file=file, record=f"[{index}]") from error
