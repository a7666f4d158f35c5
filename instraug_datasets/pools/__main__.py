"""Builds the bundled pools anew in the folder given on the command line, or in this package."""

from __future__ import annotations

import sys
from pathlib import Path

from .build import rejected, write_pools

pools = write_pools(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
for name, pool in pools.items():
    sys.stdout.write(f"{name}: {pool}\n")
for instruction, reason in rejected(pools):
    sys.stdout.write(f"left out, {reason}: {instruction.task}: {instruction.text!r}\n")
