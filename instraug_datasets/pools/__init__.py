"""The bundled pools: one Parquet file each, made from the declared tasks by the grammar, and byte-identical every time.

`python -m instraug_datasets.pools` writes them anew; `InstructionPool.load("multiinstruct")` reads them.
"""

from __future__ import annotations

from .build import build_pools, write_pools

__all__ = ["build_pools", "write_pools"]
