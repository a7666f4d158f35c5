"""The chart: examples per second of everything that reads the same stream, as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

__all__ = ["Bar", "chart"]

_LEFT, _WIDTH, _RIGHT, _ROW, _TOP, _BOTTOM = 370, 400, 90, 26, 46, 16
_OURS, _OTHERS, _WITHOUT = "#0b6e99", "#d9822b", "#9aa5ad"


class Bar(NamedTuple):
    """A way to read examples.

    Attributes:
        name: What it is called; backticks are left out.
        rate: Examples per second.
        ours: Whether it is this package.
        rewords: Whether examples get prompts.
    """

    name: str
    rate: float
    ours: bool
    rewords: bool


def chart(bars: Sequence[Bar], title: str) -> str:
    """The SVG of the rates, fastest first."""
    ordered = sorted(bars, key=lambda bar: -bar.rate)
    width, height = _LEFT + _WIDTH + _RIGHT, _TOP + _ROW * len(bars) + _BOTTOM
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
            'font-family="sans-serif" font-size="12">',
            f'<rect width="{width}" height="{height}" fill="white"/>',
            f'<text x="12" y="24" font-size="14">{escape(title)}</text>',
            *(_bar(bar, _TOP + _ROW * row, ordered[0].rate) for row, bar in enumerate(ordered)),
            "</svg>\n",
        ]
    )


def _bar(bar: Bar, top: int, fastest: float) -> str:
    colour = _OURS if bar.ours else _OTHERS if bar.rewords else _WITHOUT
    weight = ' font-weight="bold"' if bar.ours else ""
    length = max(1.0, round(_WIDTH * bar.rate / fastest, 1))
    return (
        f'<text x="{_LEFT - 12}" y="{top + 16}" text-anchor="end"{weight}>{escape(bar.name.replace("`", ""))}</text>'
        f'<rect x="{_LEFT}" y="{top + 3}" width="{length}" height="{_ROW - 7}" fill="{colour}"/>'
        f'<text x="{_LEFT + length + 6}" y="{top + 16}"{weight}>{_rate_text(bar.rate)}</text>'
    )


def _rate_text(rate: float) -> str:
    return f"{rate / 1000:.1f} k/s" if rate >= 1000 else f"{rate:.0f}/s"
