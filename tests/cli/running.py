"""The command, run in the process of the test."""

from __future__ import annotations

import pytest

from instraug_datasets.cli import main

__all__ = ["run"]


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    """Run the command; return exit code, stdout and stderr."""
    with pytest.raises(SystemExit) as stop:
        main([str(each) for each in arguments])
    out, err = capsys.readouterr()
    return int(stop.value.code or 0), out, err
