"""A value over time: a contested field coloured by who wrote it, or a state that flips."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from overheal.report.charts.canvas import (
    COLORS,
    GLYPHS,
    INK,
    LETTER,
    MUTED,
    SHAPES,
    TIMES,
    Canvas,
    Chart,
    Key,
)
from overheal.report.charts.series import Write
from overheal.report.words import number, plural, shorten
from overheal.state.words import listed

_LEVEL = 44
_LEVELS = 7
_WRITERS = len(COLORS)
_NAME = 26
_MANY = 200
"""From this many on, writes are lines without points."""
_SHORT = 18
_EDGE = 20
_OTHER = "other values"


def contested(writes: Sequence[Write], evidence: Mapping[str, Any]) -> Chart | None:
    """Return a field's value over time by writer, or None where nothing was written twice."""
    if len(writes) < 2:
        return None
    named = evidence.get("field")
    what = named if isinstance(named, str) and named else "the field"
    agents = list(dict.fromkeys(write.agent for write in writes))
    hue = {agent: min(index, _WRITERS - 1) for index, agent in enumerate(agents)}
    labels = [_written(agent, writes) for agent in agents[:_WRITERS]]
    if len(agents) > _WRITERS:
        labels[-1] = [f"{plural(len(agents) - _WRITERS + 1, 'other writer')}"]
    right = int(max(len(line) for label in labels for line in label) * LETTER) + 40
    rows = _rows(writes)
    height = max(_height(rows), len(labels) * 38)
    canvas = Canvas(writes[0].at, writes[-1].at, height, left=_margin(rows), right=right)
    level = _axis(canvas, rows, height)
    _draw(canvas, rows, level, hue)
    wanted = [
        _middle([level(row.value) for row in rows if row.agent == agent])
        for agent in agents[:_WRITERS]
    ]
    for index, (y, lines) in enumerate(zip(_spread(wanted, height), labels, strict=True)):
        x = canvas.plot + 12.0
        canvas.point(x + 5, y, COLORS[index], SHAPES[index])
        canvas.label(lines[0], x + 16, y - 7 if len(lines) > 1 else y, bold=True)
        for line in lines[1:]:
            canvas.label(line, x + 16, y + 8, color=MUTED)
    who = listed([agent or "somebody unnamed" for agent in agents[:_WRITERS]])
    whole = len(agents) <= _WRITERS and all(len(agent) <= _NAME for agent in agents)
    keys = [
        Key(COLORS[index], GLYPHS[index], agent or "writer not named")
        for agent, index in hue.items()
        if not whole and (index < _WRITERS - 1 or len(agents) <= _WRITERS)
    ]
    return Chart(
        kind="values",
        title=f"Value of {what} over time, written {number(len(writes))} times by {who}",
        caption=f"{what} over time, coloured by who wrote it",
        keys=tuple(keys),
        spec=canvas.spec(),
    )


def flipping(observed: Sequence[Write]) -> Chart | None:
    """Return a state over time, or None where it was not seen to change."""
    names = list(dict.fromkeys(str(state.value) for state in observed))
    if len(names) < 2:
        return None
    rows = _rows([state._replace(agent=str(state.value)) for state in observed], nominal=True)
    shown = list(dict.fromkeys(str(row.value) for row in rows))
    height = _height(rows)
    canvas = Canvas(observed[0].at, observed[-1].at, height, left=_margin(rows))
    level = _axis(canvas, rows, height)
    _draw(canvas, rows, level, {name: min(i, _WRITERS - 1) for i, name in enumerate(names)})
    flips = sum(a.value != b.value for a, b in pairwise(observed))
    return Chart(
        kind="states",
        title=f"State over time: {plural(flips, 'change')} between {listed(shown)}",
        caption=f"The state as it was observed: {plural(flips, 'change')}",
        keys=(),
        spec=canvas.spec(),
    )


def _rows(writes: Sequence[Write], *, nominal: bool = False) -> list[Write]:
    """Return writes with words for values, all but the first few of them taken together."""
    if not nominal and all(isinstance(write.value, float) for write in writes):
        return list(writes)
    names = list(dict.fromkeys(_said(write.value) for write in writes))
    kept = set(names if len(names) <= _LEVELS else names[: _LEVELS - 1])
    return [
        write._replace(value=_said(write.value) if _said(write.value) in kept else _OTHER)
        for write in writes
    ]


def _said(value: float | str) -> str:
    return (value or "nothing") if isinstance(value, str) else number(value)


def _is_nominal(rows: Sequence[Write]) -> bool:
    return isinstance(rows[0].value, str)


def _height(rows: Sequence[Write]) -> float:
    if not _is_nominal(rows):
        return 170
    return len({row.value for row in rows}) * _LEVEL


def _margin(rows: Sequence[Write]) -> int:
    """Return the room left of the plot: for numbers or short names; long ones go above lines."""
    if not _is_nominal(rows):
        return 56
    longest = max(len(str(row.value)) for row in rows)
    return int(longest * LETTER) + 20 if longest <= _SHORT else _EDGE


def _axis(canvas: Canvas, rows: Sequence[Write], height: float) -> Any:
    """Draw the levels with their names, and return the function from a value to its pixel."""
    if _is_nominal(rows):
        names = list(dict.fromkeys(row.value for row in rows))
        places = {name: index * _LEVEL + 30.0 for index, name in enumerate(names)}
        canvas.levels(places.values())
        for name, y in places.items():
            if _margin(rows) > _EDGE:
                canvas.label(str(name), -10, y, align="right", color=INK)
            else:
                canvas.label(shorten(str(name), 90), 2 - _EDGE, y - 16, color=MUTED)
        return places.__getitem__
    values = sorted({float(row.value) for row in rows})
    low, high = values[0], values[-1]
    reach = (high - low) or 1.0
    low, high = low - reach * 0.12, high + reach * 0.12

    def level(value: float) -> float:
        return height - (value - low) / (high - low) * height

    marked = values if len(values) <= 6 else [values[0], *_between(values), values[-1]]
    canvas.levels(level(value) for value in marked)
    shown: list[float] = []
    for value in marked:
        if all(abs(level(value) - level(other)) >= 14 for other in shown):
            canvas.label(number(value), -8, level(value), align="right", color=MUTED)
            shown.append(value)
    return level


def _between(values: Sequence[float]) -> list[float]:
    return [values[len(values) * part // 4] for part in (1, 2, 3)]


def _draw(canvas: Canvas, rows: Sequence[Write], level: Any, hue: Mapping[str, int]) -> None:
    """Draw how long each value held, thick and coloured, with thin risers between."""
    held, risers, points = [], [], []
    for index, row in enumerate(rows):
        until = rows[index + 1].at if index + 1 < len(rows) else canvas.high
        y, color = level(row.value), COLORS[hue[row.agent]]
        held.append({"at": row.at, "to": until, "y": y, "color": color})
        points.append({"at": row.at, "y": y, "color": color, "shape": SHAPES[hue[row.agent]]})
        if index:
            risers.append({"at": row.at, "y": level(rows[index - 1].value), "y2": y})
    canvas.lines([{**riser, "color": MUTED} for riser in risers], strokeWidth=0.75, opacity=0.6)
    canvas.lines(held, strokeWidth=3)
    if len(points) <= _MANY:
        canvas.points(points)


def _written(agent: str, writes: Sequence[Write]) -> list[str]:
    own = [write.value for write in writes if write.agent == agent]
    values = sorted(dict.fromkeys(own), key=lambda value: -own.count(value))
    words = [shorten(_said(value), 16) for value in values[:2]]
    if len(values) > 2:
        words.append(plural(len(values) - 2, "other"))
    wrote = f"wrote {listed(words, joint='or')}, {number(len(own))}{TIMES}"
    return [shorten(agent or "not named", _NAME), shorten(wrote, _NAME + 10)]


def _middle(ys: Sequence[float]) -> float:
    return sorted(ys)[len(ys) // 2]


def _spread(wanted: Sequence[float], height: float) -> list[float]:
    """Return places near those wanted, each far enough from the next for two lines."""
    order = sorted(range(len(wanted)), key=lambda index: wanted[index])
    placed = [0.0] * len(wanted)
    above = -38.0
    for index in order:
        placed[index] = above = max(wanted[index], above + 38, 16.0)
    below = height + 22
    for index in reversed(order):
        placed[index] = below = min(placed[index], below - 38)
    return placed
