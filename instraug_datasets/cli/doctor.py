"""`instraug doctor`: checks versions, and a training script for known traps."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .options import Json
from .output import count, print_json, print_message, print_table

if TYPE_CHECKING:
    from ..doctor import Finding, Version

__all__ = ["doctor"]


def doctor(
    script: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE", help="A training script to read, which is not run; repeatable.", exists=True, dir_okay=False
        ),
    ] = None,
    num_processes: Annotated[
        int | None, typer.Option(min=1, help="Number of training processes.", show_default="what the script shows")
    ] = None,
    as_json: Json = False,
) -> None:
    """Check installed versions and training scripts.

    Scripts are searched for known traps, such as a loop that shows the prompts of one epoch forever. Exit code 1 if a
    version is not supported or a script has such a trap.

    Example:
        instraug doctor --script train.py --num-processes 2
    """
    from ..doctor import calls_augment, examine, installed_versions

    versions = installed_versions()
    sources = {str(path): path.read_text(encoding="utf-8") for path in script or ()}
    findings = [
        finding
        for file, source in sources.items()
        for finding in examine(source, file=file, num_processes=num_processes)
    ]
    if as_json:
        print_json({"kind": "version", **dataclasses.asdict(each), "ok": each.is_supported} for each in versions)
        print_json({"kind": "trap", **dataclasses.asdict(each)} for each in findings)
    else:
        print_table(("", "installed", "supported", ""), map(_row, versions))
        for finding in findings:
            typer.echo(_text(finding))
        for file, source in sources.items():
            if not calls_augment(source, file=file):
                print_message(
                    f"{file} does not call augment(), so that there is nothing to check; name the script that does"
                )
        if script:
            print_message(f"{count(len(findings), 'known trap')} in {', '.join(sources)}")
    if findings or not all(each.is_supported for each in versions):
        raise typer.Exit(1)


def _row(version: Version) -> tuple[str, str, str, str]:
    install = f"pip install '{version.name}{version.supported}'"
    return version.name, version.installed or "-", version.supported, "" if version.is_supported else install


def _text(finding: Finding) -> str:
    lines = (f"{finding.file}:{finding.line}: {finding.trap}", f"  {finding.happens}", f"  Change: {finding.change}\n")
    return "\n".join(lines)
