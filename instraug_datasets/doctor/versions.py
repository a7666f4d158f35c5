"""Installed versions beside the supported ones."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from importlib import metadata

from packaging.specifiers import SpecifierSet

from ..requirements import SUPPORTED

__all__ = ["Version", "installed_versions"]


@dataclass(frozen=True, slots=True)
class Version:
    """An installed version.

    Args:
        name: The distribution, or `python`.
        installed: Its version; None if it is not installed, which is no problem for the optional ones.
        supported: The range that is supported, as pip writes it.
    """

    name: str
    installed: str | None
    supported: str

    @property
    def is_supported(self) -> bool:
        """Whether it is absent, or in the range."""
        return self.installed is None or SpecifierSet(self.supported).contains(self.installed, prereleases=True)


def installed_versions() -> list[Version]:
    """The version of everything that `requirements.SUPPORTED` declares; nothing is imported."""
    return [Version(name, _installed(name), supported) for name, supported in SUPPORTED.items()]


def _installed(name: str) -> str | None:
    if name == "python":
        return platform.python_version()
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
