"""What `instraug demo` ends with: a small model trained with and without fresh wordings, on wordings it never saw."""

from .comparison import Comparison, Drawn, compare_wordings

__all__ = ["Comparison", "Drawn", "compare_wordings"]
