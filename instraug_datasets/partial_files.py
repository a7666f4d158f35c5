"""Names for files and folders that are being written, and the removal of those that a killed process left."""

from __future__ import annotations

import os
import platform
import re
import shutil
import threading
import zlib
from pathlib import Path

__all__ = ["partial_path", "remove_abandoned"]


def partial_path(target: Path) -> Path:
    """Where this thread writes what becomes `target` once it is whole; several may write the same target.

    Example:
        >>> partial_path(Path("out/pool.parquet"))
        PosixPath('out/.pool.parquet.5f0c3a11-4711-140042.partial')
    """
    return target.with_name(f".{target.name}.{_machine()}-{os.getpid()}-{threading.get_ident()}.partial")


def remove_abandoned(target: Path) -> None:
    """Remove what processes of this machine were writing to become `target` when they were killed.

    A folder may be shared by several machines, of which none knows what runs on the others.
    """
    name = re.compile(rf"\.{re.escape(target.name)}\.{_machine()}-(\d+)-\d+\.partial")
    for path in target.parent.iterdir() if target.parent.is_dir() else ():
        found = name.fullmatch(path.name)
        if found is None or _is_running(int(found[1])):
            continue
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _machine() -> str:
    return f"{zlib.crc32(platform.node().encode()):08x}"


def _is_running(process: int) -> bool:
    if os.name != "posix":  # elsewhere, signal 0 is not harmless
        return True
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass
    return True
