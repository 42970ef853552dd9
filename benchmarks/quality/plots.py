"""Line charts as SVG, written by hand: no library, readable on a light and on a dark page."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

_WIDTH, _HEIGHT = 760, 460
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 190, 44, 52
_STYLE = """
  .page { fill: #ffffff } .ink { fill: #1f2328; font: 13px sans-serif } .title { font-size: 15px }
  .axis { stroke: #59636e; stroke-width: 1 } .grid { stroke: #d1d9e0; stroke-width: 1 }
  .line { fill: none; stroke-width: 2 } .bound { stroke-dasharray: 5 4 }
  .c0 { stroke: #0969da; fill: #0969da } .c1 { stroke: #bc4c00; fill: #bc4c00 }
  .c2 { stroke: #1a7f37; fill: #1a7f37 } .c3 { stroke: #8250df; fill: #8250df }
  .c4 { stroke: #59636e; fill: #59636e } .c5 { stroke: #cf222e; fill: #cf222e }
  .c6 { stroke: #9a6700; fill: #9a6700 } .c7 { stroke: #bf3989; fill: #bf3989 }
  .line { fill: none }
  @media (prefers-color-scheme: dark) {
    .page { fill: #0d1117 } .ink { fill: #f0f6fc } .axis { stroke: #9198a1 }
    .grid { stroke: #30363d }
    .c0 { stroke: #4493f8; fill: #4493f8 } .c1 { stroke: #f0883e; fill: #f0883e }
    .c2 { stroke: #3fb950; fill: #3fb950 } .c3 { stroke: #ab7df8; fill: #ab7df8 }
    .c4 { stroke: #9198a1; fill: #9198a1 } .c5 { stroke: #f85149; fill: #f85149 }
    .c6 { stroke: #d29922; fill: #d29922 } .c7 { stroke: #db61a2; fill: #db61a2 }
    .line { fill: none }
  }
"""
_COLORS = 8
_POINTS = 240


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """A line through `points` (x, y), or a mark at each of them; `dashed` for a bound."""

    name: str
    points: Sequence[tuple[float, float]]
    marks: bool = False
    dashed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """Runs from 0 to `high`; `percent` writes shares as percentages."""

    title: str
    high: float
    percent: bool = True

    def ticks(self) -> list[float]:
        """Give round numbers, about six of them."""
        rough = self.high / 6
        power = 10.0 ** math.floor(math.log10(rough))
        step = next(power * n for n in (1, 2, 2.5, 5, 10) if power * n >= rough)
        return [step * place for place in range(int(self.high / step + 1e-9) + 1)]

    def label(self, value: float) -> str:
        return f"{value * 100:g} %" if self.percent else f"{value:,.0f}"


def chart(title: str, *, x: Axis, y: Axis, series: Sequence[Series]) -> str:
    """Draw lines and marks; what lies beyond an axis is cut off."""
    size = f'viewBox="0 0 {_WIDTH} {_HEIGHT}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{escape(title)}">',
        f"<style>{_STYLE}</style>",
        f'<rect class="page" width="{_WIDTH}" height="{_HEIGHT}"/>',
        f'<text class="ink title" x="{_LEFT}" y="24">{escape(title)}</text>',
        *_grid(x, y),
        *(line for place, one in enumerate(series) for line in _drawn(one, place, x=x, y=y)),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _grid(x: Axis, y: Axis) -> list[str]:
    right, bottom = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM
    lines = []
    for value in x.ticks():
        across = _across(value, x)
        lines.append(f'<path class="grid" d="M{across:.1f} {_TOP}V{bottom}"/>')
        lines.append(
            f'<text class="ink" x="{across:.1f}" y="{bottom + 18}" '
            f'text-anchor="middle">{x.label(value)}</text>'
        )
    for value in y.ticks():
        down = _down(value, y)
        lines.append(f'<path class="grid" d="M{_LEFT} {down:.1f}H{right}"/>')
        lines.append(
            f'<text class="ink" x="{_LEFT - 6}" y="{down + 4:.1f}" '
            f'text-anchor="end">{y.label(value)}</text>'
        )
    middle = (_LEFT + right) / 2
    lines.append(f'<path class="axis" fill="none" d="M{_LEFT} {_TOP}V{bottom}H{right}"/>')
    lines.append(
        f'<text class="ink" x="{middle}" y="{_HEIGHT - 12}" text-anchor="middle">'
        f"{escape(x.title)}</text>"
    )
    height = (_TOP + bottom) / 2
    lines.append(
        f'<text class="ink" transform="translate(14 {height}) rotate(-90)" text-anchor="middle">'
        f"{escape(y.title)}</text>"
    )
    return lines


def _drawn(one: Series, place: int, *, x: Axis, y: Axis) -> list[str]:
    """Draw a series, and its entry in the legend."""
    color = f"c{place % _COLORS}"
    inside = [(a, b) for a, b in _thinned(one.points) if 0 <= a <= x.high and 0 <= b <= y.high]
    spots = [(_across(a, x), _down(b, y)) for a, b in inside]
    legend, height = _WIDTH - _RIGHT + 14, _TOP + 12 + place * 20
    label = f'<text class="ink" x="{legend + 24}" y="{height + 4}">{escape(one.name)}</text>'
    if one.marks:
        dots = [f'<circle class="{color}" cx="{a:.1f}" cy="{b:.1f}" r="5"/>' for a, b in spots]
        key = f'<circle class="{color}" cx="{legend + 9}" cy="{height}" r="5"/>'
        return [*dots, key, label]
    kind = f"line {color} bound" if one.dashed else f"line {color}"
    path = "L".join(f"{a:.1f} {b:.1f}" for a, b in spots)
    drawn = [f'<path class="{kind}" d="M{path}"/>'] if spots else []
    if len(spots) == 1:  # a line of one point would not be seen
        drawn = [f'<circle class="{color}" cx="{spots[0][0]:.1f}" cy="{spots[0][1]:.1f}" r="3"/>']
    return [*drawn, f'<path class="{kind}" d="M{legend} {height}h18"/>', label]


def _thinned(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    step = max(1, len(points) // _POINTS)
    kept = list(points[::step])
    return kept if not points or kept[-1] == points[-1] else [*kept, points[-1]]


def _across(value: float, axis: Axis) -> float:
    return _LEFT + value / axis.high * (_WIDTH - _LEFT - _RIGHT)


def _down(value: float, axis: Axis) -> float:
    return _HEIGHT - _BOTTOM - value / axis.high * (_HEIGHT - _TOP - _BOTTOM)
