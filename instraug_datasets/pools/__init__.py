"""The bundled pools: Parquet files generated from the declared tasks by the grammar, reproducible byte by byte.

`python -m instraug_datasets.pools` regenerates them; `InstructionPool.load("multiinstruct")` loads one.
"""

from __future__ import annotations

from .build import build_pools, write_pools

__all__ = ["build_pools", "write_pools"]
