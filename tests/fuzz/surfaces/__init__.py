"""Everything that reads what comes from outside, by name."""

from __future__ import annotations

from collections.abc import Mapping

from tests.fuzz.draws import Surface

from . import calls, commands, pools, raw_files, replies, run_files, servers, yaml_files

__all__ = ["SURFACES"]

SURFACES: Mapping[str, Surface] = {
    **pools.SURFACES,
    **yaml_files.SURFACES,
    **raw_files.SURFACES,
    **run_files.SURFACES,
    **replies.SURFACES,
    **servers.SURFACES,
    **calls.SURFACES,
    **commands.SURFACES,
}
