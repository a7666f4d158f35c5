"""What may be copied of each source, read from `licences.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from instraug_datasets.errors import SettingError, UnknownNameError
from instraug_datasets.safe_yaml import parse_yaml

__all__ = ["LICENCES", "REDISTRIBUTION", "SourceLicence", "Terms"]

REDISTRIBUTION = ("allowed", "conditional", "forbidden", "unknown")
"""Whether copies may be passed on, from the most to the least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The terms of one part of a source.

    Attributes:
        redistribution: One of `REDISTRIBUTION`; only `allowed` and `conditional` material may be published.
        licence: The name of the licence.
        basis: What that rests on.
        url: Where the publisher has a picture, by the start of its name, with `{name}` for the name.
    """

    redistribution: str
    licence: str
    basis: str
    url: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.redistribution not in REDISTRIBUTION:
            raise UnknownNameError("redistribution", self.redistribution, REDISTRIBUTION)
        if not self.licence or not self.basis:
            raise SettingError(f"Terms need a licence and what they rest on, but got {self!r}.")

    @property
    def may_be_published(self) -> bool:
        """Whether copies may be passed on, be it under conditions."""
        return self.redistribution in ("allowed", "conditional")

    def url_of(self, name: str) -> str | None:
        """Where the publisher has the picture of that name, where that is known."""
        for start, pattern in self.url.items():
            if name.startswith(start):
                return pattern.replace("{name}", name)
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceLicence:
    """The terms of a source's annotations and of its pictures."""

    annotations: Terms
    pictures: Terms


def _read(path: Path) -> Mapping[str, SourceLicence]:
    document: dict[str, Any] = parse_yaml(path.read_text(encoding="utf-8"))
    terms = {name: Terms(**declared) for name, declared in document["terms"].items()}
    return MappingProxyType(
        {
            source: SourceLicence(**{part: _named(terms, name) for part, name in parts.items()})
            for source, parts in document["sources"].items()
        }
    )


def _named(terms: Mapping[str, Terms], name: str) -> Terms:
    if name not in terms:
        raise UnknownNameError("terms", name, terms, hint="They stand in licences.yaml.")
    return terms[name]


LICENCES = _read(Path(__file__).with_suffix(".yaml"))
"""The terms of every declared source, by its name; read-only."""
