"""Cards: a template filled from what is published, merged into the card that the owner may have edited."""

from __future__ import annotations

from .merging import Merged, merge_card
from .section_texts import CardFacts, Sample

__all__ = ["CardFacts", "Merged", "Sample", "merge_card"]
