"""What may go out: the declared terms of sources, and what follows for the examples that are to be published."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import UnknownNameError

__all__ = ["ALL", "LEFT_OUT", "REFERENCES", "WHOLE", "Clearance", "by_reason", "clear"]

WHOLE, REFERENCES, LEFT_OUT = "whole", "references", "left out"
"""Examples with their pictures; examples that say which picture they are about; nothing."""

ALL = "all"
"""Stands for every source where rights are claimed."""

_BUILDERS = "instraug_datasets.builders"
_UNDECLARED = "no terms are declared for it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clearance:
    """What of a source may be published.

    Attributes:
        outcome: `WHOLE`, `REFERENCES` or `LEFT_OUT`.
        reason: Why it is not published whole; empty for one that is.
        conditions: What binds those who pass on what is published; empty for none.
        terms: The declared terms (`annotations` and `pictures`); None for a source that is not declared.
        claimed: Whether the publisher says to have the rights.
    """

    source: str
    outcome: str
    reason: str = ""
    conditions: str = ""
    terms: Any = None
    claimed: bool = False

    def url_of(self, picture: str) -> str | None:
        """Where the publisher of the source has a picture, where that is known."""
        return None if self.terms is None else self.terms.pictures.url_of(picture)


def clear(sources: Iterable[str], rights: Iterable[str] = ()) -> dict[str, Clearance]:
    """What of each source may be published.

    Args:
        rights: The sources that the publisher has the rights to; `ALL` for every one.

    Raises:
        UnknownNameError: If rights are claimed to a source that has no example.
    """
    names, claimed = sorted(set(sources)), set(rights)
    for name in claimed - {ALL}:
        if name not in names:
            raise UnknownNameError(
                "source", name, names, hint="Rights are claimed by the names of sources in the data."
            )
    declared: Mapping[str, Any] = importlib.import_module(_BUILDERS).LICENCES
    return {name: _clear(name, declared.get(name), bool(claimed & {name, ALL})) for name in names}


def by_reason(clearances: Iterable[Clearance]) -> list[tuple[str, list[str]]]:
    """Each reason once, with the sources that it holds for."""
    sources: dict[str, list[str]] = {}
    for each in clearances:
        sources.setdefault(each.reason, []).append(each.source)
    return list(sources.items())


def _clear(source: str, terms: Any, claimed: bool) -> Clearance:
    if claimed:
        return Clearance(source=source, outcome=WHOLE, terms=terms, claimed=True)
    if terms is None:
        return Clearance(source=source, outcome=LEFT_OUT, reason=_UNDECLARED)
    if not terms.annotations.may_be_published:
        return Clearance(source=source, outcome=LEFT_OUT, reason=_why(terms.annotations), terms=terms)
    if not terms.pictures.may_be_published:
        bound, why = _conditions(terms.annotations), _why(terms.pictures)
        return Clearance(source=source, outcome=REFERENCES, reason=why, conditions=bound, terms=terms)
    bound = _conditions(terms.annotations, terms.pictures)
    return Clearance(source=source, outcome=WHOLE, conditions=bound, terms=terms)


def _conditions(*published: Any) -> str:
    parts = {part.licence: part for part in published if part.redistribution == "conditional"}
    return "; ".join(map(_why, parts.values()))


def _why(terms: Any) -> str:
    return f"{terms.licence}: {terms.basis}"
