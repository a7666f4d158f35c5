"""The bundled pools: Parquet files built from the declared tasks and the instructions written for them.

`python -m instraug_datasets.pools` builds the newest version anew, byte for byte. `InstructionPool.load` loads it as
`multiinstruct`, and an earlier one as `multiinstruct@1`.
"""

from __future__ import annotations

from .build import build_pools, rejected, write_pools
from .written import read_written

__all__ = ["build_pools", "read_written", "rejected", "write_pools"]
