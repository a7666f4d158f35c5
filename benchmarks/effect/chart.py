"""The chart: the score of every arm on unseen and seen wordings, as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from .statistics import Estimate

__all__ = ["Bar", "chart"]

_LEFT, _WIDTH, _ROW, _TOP, _BOTTOM = 110, 470, 26, 46, 34
_UNSEEN, _SEEN = "#0b6e99", "#d9822b"


class Bar(NamedTuple):
    """An arm and its scores, 0 to 100."""

    arm: str
    unseen: Estimate
    seen: Estimate


def chart(bars: Sequence[Bar]) -> str:
    """The SVG of the scores, with intervals over seeds."""
    values = [number for bar in bars for each in (bar.unseen, bar.seen) for number in each[:3] if number is not None]
    low = 10 * (min(values) // 10)
    height = _TOP + _ROW * len(bars) + _BOTTOM
    width = _LEFT + _WIDTH + 30
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{width}" height="{height}" fill="white"/>',
        *_legend(),
        *_axis(low, height),
    ]
    for row, bar in enumerate(bars):
        y = _TOP + _ROW * row + _ROW / 2
        parts.append(f'<text x="{_LEFT - 12}" y="{y + 4}" text-anchor="end">{escape(bar.arm)}</text>')
        parts += _point(bar.seen, low, y + 5, _SEEN) + _point(bar.unseen, low, y - 4, _UNSEEN)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _legend() -> list[str]:
    return [
        f'<circle cx="{_LEFT}" cy="16" r="4" fill="{_UNSEEN}"/><text x="{_LEFT + 10}" y="20">unseen wordings</text>',
        f'<circle cx="{_LEFT + 130}" cy="16" r="4" fill="{_SEEN}"/>'
        f'<text x="{_LEFT + 140}" y="20">the meta instructions</text>',
    ]


def _axis(low: float, height: int) -> list[str]:
    parts = []
    for tick in range(int(low), 101, 10):
        x = _x(tick, low)
        parts.append(f'<line x1="{x}" x2="{x}" y1="{_TOP - 8}" y2="{height - _BOTTOM}" stroke="#ddd"/>')
        parts.append(f'<text x="{x}" y="{height - _BOTTOM + 16}" text-anchor="middle">{tick}</text>')
    return parts


def _point(each: Estimate, low: float, y: float, colour: str) -> list[str]:
    parts = [f'<circle cx="{_x(each.mean, low)}" cy="{y}" r="3.5" fill="{colour}"/>']
    if each.low is not None and each.high is not None:
        ends = f'x1="{_x(each.low, low)}" x2="{_x(each.high, low)}"'
        parts.append(f'<line {ends} y1="{y}" y2="{y}" stroke="{colour}" stroke-width="2"/>')
    return parts


def _x(value: float, low: float) -> float:
    return round(_LEFT + _WIDTH * (value - low) / (100 - low), 1)
