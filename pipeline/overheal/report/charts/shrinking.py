"""The gaps between recoveries as they shrink, with the end that they point to."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from overheal.report.charts.canvas import COLORS, LETTER, MUTED, Canvas, Chart, Key
from overheal.report.charts.series import Gap
from overheal.report.words import clock_beside, duration, parse_instant, shorten

_HEIGHT = 200
_DECADE = 12
"""From this ratio of longest to shortest on, the scale is logarithmic."""
_FAR = 1.5
"""A projected end further off than this many times the span is told, not drawn."""
_ROUND = (
    *(0.001, 0.01, 0.1, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600),
    *(7200, 14400, 28800, 86400, 172_800, 432_000, 864_000, 2_592_000, 8_640_000, 31_536_000),
)


def shrinking(gaps: Sequence[Gap], projection: object) -> Chart | None:
    """Return the chart, or None where there are not two gaps to compare."""
    if len(gaps) < 2:
        return None
    end = _Projection.read(projection, near=gaps[-1].at)
    span = max(gaps[-1].at - gaps[0].at, 1)
    drawn = end if end and end.high - gaps[-1].at <= span * _FAR else None
    high = max(gaps[-1].at, drawn.high if drawn else 0)
    canvas = Canvas(gaps[0].at, high, _HEIGHT, left=64, top=22)
    longest, shortest = max(gap.seconds for gap in gaps), min(gap.seconds for gap in gaps)
    level = _axis(canvas, shortest, longest)
    if drawn:
        _end(canvas, drawn)
    rows = [
        {"at": gap.at, "y": level(gap.seconds), "color": COLORS[0], "shape": "circle"}
        for gap in gaps
    ]
    canvas.path(rows, COLORS[0])
    canvas.points(rows, size=36 if len(rows) <= 120 else 18)
    for gap, side in ((gaps[0], "left"), (gaps[-1], "right")):
        x, y = canvas.across(gap.at), level(gap.seconds)
        canvas.label(duration(gap.seconds), x, y - 14, align=side, bold=True)
    caption = "Time between one recovery and the next"
    keys = [Key(COLORS[0], "●", "one gap, at its end")]
    if _is_log(shortest, longest):
        keys.append(Key(MUTED, "", "logarithmic scale"))
    first, last = duration(gaps[0].seconds), duration(gaps[-1].seconds)
    title = f"Gaps between recoveries: {first} at first, {last} at last"
    if end:
        title += f"; {end.meaning} {'reached at' if end.past else 'projected for'} {end.when}"
    if drawn:
        bounds = ", with its bounds" if drawn.high > drawn.low else ""
        keys.append(Key(COLORS[1], "┆", "reached" if drawn.past else f"projected end{bounds}"))
    elif end:
        keys.append(Key(MUTED, "", f"projected: {end.meaning}, about {end.when}"))
    return Chart("gaps", title, caption, tuple(keys), canvas.spec())


class _Projection:
    """Where it leads: a time with bounds, and what then happens."""

    def __init__(self, at: int, low: int, high: int, meaning: str, *, near: int) -> None:
        self.at, self.low, self.high = at, min(low, at), max(high, at)
        self.meaning, self.when = meaning, clock_beside(at, near)
        self.past = at <= near

    @classmethod
    def read(cls, value: object, *, near: int) -> _Projection | None:
        if not isinstance(value, Mapping):
            return None
        at = parse_instant(value.get("at"))
        if at is None or at <= 0:
            return None
        low, high = parse_instant(value.get("low")), parse_instant(value.get("high"))
        meaning = value.get("meaning")
        return cls(
            at,
            at if low is None else low,
            at if high is None else high,
            meaning if isinstance(meaning, str) and meaning else "the end",
            near=near,
        )


def _end(canvas: Canvas, end: _Projection) -> None:
    """Draw the projected end with its bounds, and name it on the side that has room."""
    if end.high > end.low:
        band = [{"at": at, "y": 0, "y2": _HEIGHT, "color": COLORS[1]} for at in (end.low, end.high)]
        canvas.lines(band, strokeWidth=1, strokeDash=[2, 3], opacity=0.8)
        reach = {"at": max(end.low, canvas.low), "to": end.high, "y": 8, "color": COLORS[1]}
        canvas.lines([reach], strokeWidth=1)
    line = [{"at": end.at, "y": 0, "y2": _HEIGHT, "color": COLORS[1]}]
    canvas.lines(line, strokeWidth=2, strokeDash=[6, 4])
    meaning, when = shorten(end.meaning, 40), f"{'from' if end.past else 'about'} {end.when}"
    wide = max(len(meaning), len(when)) * LETTER
    last = canvas.across(end.high)
    room = canvas.plot + canvas.right - last - 8
    align, x = ("left", last + 8) if room >= wide else ("right", canvas.across(end.low) - 8)
    canvas.label(meaning, x, 26, align=align, bold=True)
    canvas.label(when, x, 42, align=align, color=MUTED)


def _is_log(shortest: float, longest: float) -> bool:
    return longest / shortest >= _DECADE


def _axis(canvas: Canvas, shortest: float, longest: float) -> Callable[[float], float]:
    """Draw the scale, and return the function from seconds to a pixel."""
    if _is_log(shortest, longest):
        low, high = math.log(shortest / 1.5), math.log(longest * 1.6)

        def level(seconds: float) -> float:
            return _HEIGHT - (math.log(seconds) - low) / (high - low) * _HEIGHT

        marked = [value for value in _ROUND if low <= math.log(value) <= high]
    else:
        top = longest * 1.15

        def level(seconds: float) -> float:
            return _HEIGHT - seconds / top * _HEIGHT

        step = next((v for v in _ROUND if top / v <= 5), _ROUND[-1])
        marked = [step * index for index in range(int(top / step) + 1)][:12]
    shown: list[float] = []
    for value in marked:
        if all(abs(level(value) - level(other)) >= 22 for other in shown):
            shown.append(value)
    canvas.levels(level(value) for value in shown)
    for value in shown:
        canvas.label(duration(value), -8, level(value), align="right", color=MUTED)
    return level
