"""Installed versions beside the supported ones."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from importlib import metadata

from packaging.specifiers import SpecifierSet

from ..errors import DependencyError
from ..requirements import SUPPORTED

__all__ = ["Version", "installed_versions", "refuse_unsupported_versions"]


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


def refuse_unsupported_versions(error: ImportError) -> None:
    """Raise an error that says what to install, if an import may have failed because a version is not supported.

    Raises:
        DependencyError: Raised if an installed version is not supported.
    """
    wrong = [each for each in installed_versions() if not each.is_supported]
    if wrong:
        found = " and ".join(f"{each.name} {each.installed}" for each in wrong)
        install = " ".join(f"'{each.name}{each.supported}'" for each in wrong)
        raise DependencyError(f"Not supported: {found}. Install supported versions: pip install {install}.") from error


def _installed(name: str) -> str | None:
    if name == "python":
        return platform.python_version()
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
