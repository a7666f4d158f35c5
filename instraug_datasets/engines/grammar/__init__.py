"""The engine `grammar`: paraphrases instructions with declared rules, without a model."""

from __future__ import annotations

from .engine import GrammarEngine
from .paraphrase import normalized, variants

__all__ = ["GrammarEngine", "normalized", "variants"]
