"""Regenerates the bundled pools in the folder given on the command line, or in this package."""

from __future__ import annotations

import sys
from pathlib import Path

from .build import write_pools

write_pools(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
