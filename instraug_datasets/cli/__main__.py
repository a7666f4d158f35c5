"""`python -m instraug_datasets.cli`, where the command `instraug` is not on the path."""

from __future__ import annotations

from . import main

main()
