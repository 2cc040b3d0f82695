"""When each agent acted: one lane an agent, one mark a member, coloured by outcome."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from overheal.report.charts.canvas import COLORS, LETTER, MUTED, TIMES, Canvas, Chart, Key
from overheal.report.charts.series import Moment
from overheal.report.words import number, plural, shorten
from overheal.state.words import listed

_LANE = 46
_COUNTED = 58
"""Height of a lane in pixels; where marks carry counts, there is room for them beneath."""
_LANES = 8
_ROOM = 30
"""Pixels between marks that a count needs to be written above one."""
_MARKS = {
    "succeeded": Key(COLORS[0], "●", "succeeded"),
    "failed": Key(COLORS[1], "▼", "failed"),
    "ineffective": Key(COLORS[4], "◆", "ineffective"),
    "partial": Key(COLORS[2], "▲", "partly succeeded"),
    "unnecessary": Key(COLORS[3], "■", "unnecessary"),
}
_UNKNOWN = Key(MUTED, "|", "outcome not reported")
_SHAPES = {"●": "circle", "▼": "triangle-down", "◆": "diamond", "▲": "triangle-up", "■": "square"}


def timeline(moments: Sequence[Moment], count: int) -> Chart | None:
    """Return the chart, or None where there are not two members to show.

    `count` is how many there were; where fewer are known by their time, the legend says so.
    """
    if len(moments) < 2:
        return None
    lanes = _lanes(moments)
    height = _COUNTED if any(moment.times > 1 for moment in moments) else _LANE
    canvas = Canvas(moments[0].at, moments[-1].at, len(lanes) * height)
    middles = [index * height + 32 for index in range(len(lanes))]
    canvas.levels(middles)
    for (name, members), y in zip(lanes, middles, strict=True):
        _lane(canvas, name, members, y)
    outcomes = {_key(moment) for moment in moments}
    keys = [key for key in (*_MARKS.values(), _UNKNOWN) if key in outcomes]
    drawn = sum(moment.times for moment in moments)
    if drawn < count:
        keys.append(Key(MUTED, "", f"{number(drawn)} of {number(count)} have a known time"))
    total = plural(drawn, "time")
    names = listed([name or "somebody unnamed" for name, _ in lanes])
    verb = "was" if len(lanes) == 1 else "were"
    return Chart(
        kind="timeline",
        title=f"Timeline: {names} {verb} seen to act {total}",
        caption="When each agent acted",
        keys=tuple(keys),
        spec=canvas.spec(),
    )


def _lanes(moments: Sequence[Moment]) -> list[tuple[str, list[Moment]]]:
    by_agent: dict[str, list[Moment]] = {}
    for moment in moments:
        by_agent.setdefault(moment.agent, []).append(moment)
    lanes = list(by_agent.items())
    if len(lanes) <= _LANES:
        return lanes
    lanes.sort(key=lambda lane: -len(lane[1]))
    rest = [moment for _, members in lanes[_LANES - 1 :] for moment in members]
    others = plural(len(lanes) - _LANES + 1, "other agent")
    return [*lanes[: _LANES - 1], (others, sorted(rest, key=lambda moment: moment.at))]


def _lane(canvas: Canvas, name: str, members: Sequence[Moment], y: float) -> None:
    whats = Counter({moment.what: 0 for moment in members if moment.what})
    for moment in members:
        whats[moment.what] += moment.times
    done = ", ".join(
        f"{shorten(what, 30)} ({count:,}{TIMES})" for what, count in whats.most_common(3) if what
    )
    if len(whats) > 3:
        done += ", …"
    head = shorten(name or "agent not named", 44)
    edge = 2.0 - canvas.left
    canvas.label(head, edge, y - 21, bold=True)
    room = int((canvas.plot + canvas.left) / LETTER) - len(head) - 6
    beside = edge + len(head) * LETTER * 1.12 + 12
    canvas.label(shorten(done, room), beside, y - 21, color=MUTED)
    ticks, points = [], []
    for moment in members:
        key = _key(moment)
        row = {"at": moment.at, "color": key.color}
        reach = 8 if key is not _UNKNOWN else 6
        ticks.append({**row, "y": y - reach, "y2": y + reach})
        if key is not _UNKNOWN:
            points.append({**row, "y": y, "shape": _SHAPES[key.glyph]})
    canvas.lines(ticks, strokeWidth=1.5)
    canvas.points(points, size=40 if len(members) < 80 else 22)
    _counts(canvas, members, y)


def _counts(canvas: Canvas, members: Sequence[Moment], y: float) -> None:
    """Write how many a mark stands for, where it stands for several and there is room."""
    last = -float(_ROOM)
    for moment in members:
        x = canvas.across(moment.at)
        if moment.times > 1 and x - last >= _ROOM:
            canvas.label(f"{TIMES}{moment.times:,}", x, y + 16, align="center", size=11)
            last = x


def _key(moment: Moment) -> Key:
    return _MARKS.get(moment.outcome, _UNKNOWN)
