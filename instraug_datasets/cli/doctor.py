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
        typer.Option(help="A training script to read; repeatable. It is not run.", exists=True, dir_okay=False),
    ] = None,
    num_processes: Annotated[
        int | None, typer.Option(min=1, help="Processes that train.", show_default="what the script shows")
    ] = None,
    as_json: Json = False,
) -> None:
    """Check installed versions, and training scripts for loops that show other prompts than is meant.

    Exit code 1 if a version is not supported or a script steps into a known trap.

    Example: instraug doctor --script train.py --num-processes 2
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
