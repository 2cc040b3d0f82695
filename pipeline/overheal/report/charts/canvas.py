"""What all pictures share: size, colours, the UTC axis, and marks placed by hand.

Across, marks stand at times (microseconds UTC); down, at pixels from the top, so that every label
is known to have room whatever font draws it. Colours are the light theme's; a page in the dark
maps them by attribute (see `templates/page.css.jinja`), so they are written exactly as here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from overheal.report.words import day

WIDTH = 810
INK, MUTED, GRID = "#1f2328", "#59636e", "#d8dee4"
BAR = "#9ac3de"
"""For what stands behind the rest: a pale COLORS[0], darker than the page in any theme."""
COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
"""Okabe and Ito's colours, which the colour-blind can tell apart; the palest stand last."""
SHAPES = ("circle", "square", "triangle-up", "diamond", "triangle-down", "cross")
GLYPHS = ("●", "■", "▲", "◆", "▼", "✚")
TIMES = "\u00d7"
LETTER = 6.6
"""Pixels that a letter of a label may need in the widest of common fonts at 12 px."""

AXIS = {
    "titleAnchor": "end",
    "titleFontWeight": "normal",
    "titleFontSize": 12,
    "titlePadding": 6,
    "titleColor": MUTED,
    "labelFontSize": 12,
    "labelColor": MUTED,
    "labelFlush": False,
    "labelOverlap": False,
    "domainColor": GRID,
    "tickColor": GRID,
    "grid": False,
}
"""How every axis looks."""

_SECOND = 1_000_000
_STEPS = (
    *(1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800),
    *(3600, 7200, 10800, 21600, 43200, 86400, 172_800, 604_800, 1_209_600),
    *(2_592_000, 7_776_000, 31_536_000, 157_680_000, 315_360_000, 630_720_000),
)


_WEEKS, _MONDAY = (604_800, 1_209_600), 4 * 86_400 * _SECOND
"""Weeks begin on a Monday, the first of 1970 on 5 January."""


@dataclass(frozen=True)
class Key:
    """One entry of a picture's legend."""

    color: str
    glyph: str
    label: str


@dataclass(frozen=True)
class Chart:
    """A specification with what stands beside it: `title` says in words what it shows."""

    kind: str
    title: str
    caption: str
    keys: tuple[Key, ...]
    spec: dict[str, Any]


@dataclass
class Canvas:
    """Collects marks over the time from `low` to `high`; `left` and `right` are margins."""

    low: int
    high: int
    height: float
    left: int = 20
    right: int = 24
    top: int = 14
    layers: list[dict[str, Any]] = field(default_factory=list)
    texts: dict[tuple[str, str, int], list[dict[str, Any]]] = field(default_factory=dict)
    named: tuple[str, str] = ("", "")

    def __post_init__(self) -> None:
        self.named = (day(self.low), day(max(self.low, self.high - 1)))
        margin = max((self.high - self.low) // 60, _SECOND // 2)
        self.low, self.high = self.low - margin, self.high + margin

    @property
    def plot(self) -> int:
        """Pixels that time has to itself."""
        return WIDTH - self.left - self.right

    def across(self, at: int) -> float:
        """Return where a time stands, in pixels from the plot's left edge."""
        return (at - self.low) / (self.high - self.low) * self.plot

    def _at(self, x: float) -> float:
        return self.low + x / self.plot * (self.high - self.low)

    def lines(self, rows: Iterable[dict[str, Any]], **mark: Any) -> None:
        """Draw lines from (`at`, `y`) to (`to`, `y2`) in `color`; sideways or straight down."""
        self._layer(
            [
                {"x": _ms(row["at"]), "x2": _ms(row.get("to", row["at"])), **_rest(row)}
                | {"y2": row.get("y2", row["y"])}
                for row in rows
            ],
            {"type": "rule", **mark},
            {
                "x2": {"field": "x2"},
                "y2": {"field": "y2"},
                "stroke": {"field": "color", "type": "nominal", "scale": None},
            },
        )

    def levels(self, ys: Iterable[float]) -> None:
        """Draw faint lines across the whole plot."""
        rows = [{"at": self.low, "to": self.high, "y": y, "color": GRID} for y in ys]
        self.lines(rows, strokeWidth=1)

    def path(self, rows: Iterable[dict[str, Any]], color: str) -> None:
        """Draw one line through points in their order."""
        data = [{"x": _ms(row["at"]), "y": row["y"]} for row in rows]
        self._layer(data, {"type": "line", "stroke": color, "strokeWidth": 1.5, "opacity": 0.55})

    def points(self, rows: Iterable[dict[str, Any]], *, size: int = 44) -> None:
        """Draw points at (`at`, `y`) in `color` and `shape`."""
        self._layer(
            [{"x": _ms(row["at"]), **_rest(row)} for row in rows],
            {"type": "point", "filled": True, "opacity": 1, "size": size},
            {
                "fill": {"field": "color", "type": "nominal", "scale": None},
                "shape": {"field": "shape", "type": "nominal", "scale": None},
            },
        )

    def label(
        self,
        text: str,
        x: float,
        y: float,
        *,
        align: str = "left",
        color: str = INK,
        bold: bool = False,
        size: int = 12,
    ) -> None:
        """Write one line, its middle at `y`; pixels both, and `x` may lie in the margins."""
        style = (align, "bold" if bold else "normal", size)
        row = {"x": _ms(self._at(x)), "y": round(y), "text": text, "color": color}
        self.texts.setdefault(style, []).append(row)

    def point(self, x: float, y: float, color: str, shape: str) -> None:
        """Draw one point at pixels, which may lie in the margins."""
        self.points([{"at": self._at(x), "y": y, "color": color, "shape": shape}], size=60)

    def spec(self) -> dict[str, Any]:
        """Return the whole specification."""
        for (align, weight, size), rows in self.texts.items():
            mark = {"type": "text", "baseline": "middle", "align": align, "fontWeight": weight}
            encoding = {
                "fill": {"field": "color", "type": "nominal", "scale": None},
                "text": {"field": "text", "type": "nominal"},
            }
            self._layer(rows, {**mark, "fontSize": size}, encoding)
        self.texts = {}
        return {
            "width": self.plot,
            "height": self.height,
            "autosize": "none",
            "padding": {"left": self.left, "right": self.right, "top": self.top, "bottom": 46},
            "background": None,
            "config": {"view": {"stroke": None}},
            "layer": self.layers,
        }

    def _layer(
        self,
        rows: list[dict[str, Any]],
        mark: dict[str, Any],
        encoding: dict[str, Any] | None = None,
    ) -> None:
        if rows:
            y = {"field": "y", "type": "quantitative", "scale": None, "axis": None}
            self.layers.append(
                {
                    "data": {"values": rows},
                    "mark": {"aria": False, **mark},
                    "encoding": {"x": self._scale(), "y": y, **(encoding or {})},
                }
            )

    def _scale(self) -> dict[str, Any]:
        values, pattern = ticks(self.low, self.high, self.plot)
        first, last = self.named
        axis = {
            "values": [_ms(value) for value in values],
            "format": pattern,
            "title": f"UTC, {first}" if first == last else f"UTC, {first} to {last}",
            **AXIS,
        }
        domain = [_ms(self.low), _ms(self.high)]
        return {
            "field": "x",
            "type": "temporal",
            "scale": {"type": "utc", "domain": domain, "nice": False},
            "axis": axis,
        }


def ticks(low: int, high: int, pixels: float) -> tuple[list[int], str]:
    """Return round times between two times, and the pattern (of d3) to write them with."""
    for step in _STEPS:
        room = 64 if step < 3600 * 12 else 100
        if (high - low) / (step * _SECOND) * room <= pixels:
            break
    size = step * _SECOND
    first = _MONDAY if step in _WEEKS else 0
    values = list(range(first - (first - low) // size * size, high + 1, size))
    if step >= 31_536_000:
        return values, "%b %Y"
    if step >= 86_400:
        return values, "%-d %b"
    if step >= 12 * 3600:
        return values, "%-d %b %H:%M"
    return values, "%H:%M" if step >= 60 else "%H:%M:%S"


def _ms(at: float) -> float:
    return at / 1000


def _rest(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("y", "color", "shape") if name in row}
