"""Puts the scripts in examples/ on the site, so that a page's link to one works there as in a clone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files, InclusionLevel

__all__ = ["on_files"]


def on_files(files: Files, *, config: Any) -> Files:
    """Called with the files of the site; pages name the scripts as `../examples/*.py`."""
    root = Path(config.config_file_path).parent
    for script in sorted(root.glob("examples/*.py")):
        place = script.relative_to(root).as_posix()
        files.append(
            File(
                f"../{place}",
                config.docs_dir,
                config.site_dir,
                config.use_directory_urls,
                dest_uri=place,
                inclusion=InclusionLevel.INCLUDED,
            )
        )
    return files
