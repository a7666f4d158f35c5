"""What `instraug doctor` checks: installed versions, and known traps of training loops in a script.

A script is parsed and never run. What depends on its arguments is not judged: doctor reports what it is sure of.

Example:
    >>> for finding in examine(Path("train.py").read_text(), file="train.py"):
    ...     print(finding.line, finding.trap, finding.change)
"""

from __future__ import annotations

from .findings import Finding, calls_augment, examine
from .traps import TRAPS, Trap
from .versions import Version, installed_versions, refuse_unsupported_versions

__all__ = [
    "TRAPS",
    "Finding",
    "Trap",
    "Version",
    "calls_augment",
    "examine",
    "installed_versions",
    "refuse_unsupported_versions",
]
