"""A Chromium that is installed, for tests of pages."""

import shutil
import subprocess
from pathlib import Path

__all__ = ["CHROMIUM", "dom_of"]

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome") or ""
"""Its path; empty if there is none."""

_ALONE = ("--headless", "--no-sandbox", "--disable-gpu")
_QUIET = ("--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync")


def dom_of(page: Path, fragment: str) -> str:
    """A page as it stands after its scripts have run, opened at a fragment of its address."""
    profile = page.with_name("profile")
    command = [CHROMIUM, *_ALONE, f"--user-data-dir={profile}", *_QUIET, "--dump-dom", f"{page.as_uri()}#{fragment}"]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout
