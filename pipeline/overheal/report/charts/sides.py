"""What a backtest would change: one lane for each side, a mark for each page or finding."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from overheal.model import MINUTE
from overheal.report.charts.canvas import COLORS, MUTED, Canvas, Chart, Key
from overheal.report.words import plural

_LANES = ("before", "after")
_LANE = 56
_JOINED = 60
"""Of more marks than these, lines between the two sides would hide them."""
_MARKS = {
    "gained": (Key(COLORS[1], "▲", "gained"), "triangle-up"),
    "lost": (Key(COLORS[0], "▼", "lost"), "triangle-down"),
    "earlier": (Key(COLORS[2], "◆", "earlier"), "diamond"),
    "later": (Key(COLORS[4], "■", "later"), "square"),
    "louder": (Key(COLORS[3], "✚", "louder"), "cross"),
    "quieter": (Key(COLORS[5], "●", "quieter"), "circle"),
}


class Differing(NamedTuple):
    """One page or finding that differs, and when it was on each side (microseconds UTC)."""

    kind: str
    before: int | None
    after: int | None


def sides(what: str, found: Sequence[Differing], start: int, end: int) -> Chart | None:
    """Return the chart of `what` differs in a history, None where nothing does.

    What moved is joined by a line, from when it was to when it would be.
    """
    times = [at for one in found for at in (one.before, one.after) if at is not None]
    if not times:
        return None
    height = len(_LANES) * _LANE
    first, last = min(start, *times), max(end, *times)
    canvas = Canvas(first, max(last, first + MINUTE), height, left=72)
    middles = [index * _LANE + 22 for index in range(len(_LANES))]
    canvas.levels(middles)
    for name, y in zip(_LANES, middles, strict=True):
        canvas.label(name, 2.0 - canvas.left, y, bold=True)
    marks = []
    for one in found:
        key, shape = _MARKS[one.kind]
        shown = [
            {"at": at, "y": y, "color": key.color, "shape": shape}
            for at, y in zip((one.before, one.after), middles, strict=True)
            if at is not None
        ]
        if len(shown) == 2 and len(found) <= _JOINED:
            canvas.path(shown, MUTED)
        marks += shown
    canvas.points(marks, size=70 if len(marks) < 80 else 34)
    kinds = [kind for kind in _MARKS if any(one.kind == kind for one in found)]
    counts = ", ".join(f"{sum(one.kind == kind for one in found):,} {kind}" for kind in kinds)
    return Chart(
        kind="sides",
        title=f"When the {what} that differ are: {counts}",
        caption=f"{plural(len(found), what.removesuffix('s'))} that would differ, by time",
        keys=tuple(_MARKS[kind][0] for kind in kinds),
        spec=canvas.spec(),
    )
