"""The pictures of the weekly report: recoveries by day, and the hidden incidents of the span."""

from __future__ import annotations

from collections.abc import Sequence

from overheal.model import DAY, HOUR
from overheal.report.charts.canvas import BAR, COLORS, INK, MUTED, Canvas, Chart, Key
from overheal.report.weekly.parts import DayPart, HiddenIncidentPart, WeeklyReport
from overheal.report.weekly.words import whose
from overheal.report.words import duration, number, parse_instant, plural, shorten

_ROW, _BAR = 66, 34
_LEAST = 4
"""One recovery on one day shall not look like a full day."""
_LANE, _LANES = 44, 8
_NOW = Key(COLORS[0], "■", "the days of this report")
_BEFORE = Key(BAR, "■", "before")
_UNHEARD = Key(MUTED, "", "no line beneath: nothing at all was heard on that day")


def charts(report: WeeklyReport) -> list[Chart]:
    """Return the charts for which there is something to draw."""
    candidates = (_recoveries(report), _hidden(report))
    return [chart for chart in candidates if chart is not None]


def _recoveries(report: WeeklyReport) -> Chart | None:
    rows = [(whose(one), one.daily) for one in report.top_services]
    if not rows:
        return None
    days = _shown(report)
    canvas = Canvas(_at(days[0]), _at(days[-1]) + DAY, (len(rows) + 1) * _ROW, left=20, right=24)
    start = parse_instant(report.span.start) or 0
    for index, (name, daily) in enumerate([("All services", report.daily), *rows]):
        _bars(canvas, name, daily[-len(days) :], start, index * _ROW)
    keys = [_NOW]
    if _at(days[0]) < start:
        keys.append(_BEFORE)
    if any(one.recoveries is None for one in days):
        keys.append(_UNHEARD)
    top = report.top_services[0]
    return Chart(
        kind="recoveries",
        title=f"Automated recoveries by day, of all services and of {len(rows)}: most often "
        f"{whose(top)}, {plural(top.recoveries, 'time')}",
        caption="Automated recoveries by day; each row has a scale of its own",
        keys=tuple(keys),
        spec=canvas.spec(),
    )


def _shown(report: WeeklyReport) -> list[DayPart]:
    """Return the days from the first that was heard of on, the span's own at least."""
    days, start = report.daily, parse_instant(report.span.start) or 0
    for index, one in enumerate(days):
        if one.recoveries is not None or _at(one) + DAY > start:
            return days[index:]
    return days


def _bars(canvas: Canvas, name: str, days: Sequence[DayPart], start: int, y: float) -> None:
    most = max((one.recoveries or 0 for one in days), default=0)
    scale = max(most, _LEAST)
    foot = y + 22 + _BAR
    width = max(2.0, min(canvas.plot / len(days) * 0.62, 40))
    canvas.label(shorten(name, 60), 0, y + 8, bold=True)
    peak = f"at most {number(most)} a day" if most else "never"
    canvas.label(peak, canvas.plot, y + 8, align="right", color=MUTED)
    for color, chosen in (
        (_BEFORE.color, [one for one in days if _at(one) + DAY <= start]),
        (_NOW.color, [one for one in days if _at(one) + DAY > start]),
    ):
        bars = [
            {
                "at": _at(one) + 12 * HOUR,
                "y": foot,
                "y2": foot - _BAR * one.recoveries / scale,
                "color": color,
            }
            for one in chosen
            if one.recoveries
        ]
        canvas.lines(bars, strokeWidth=width)
    heard = [one for one in days if one.recoveries is not None]
    feet = [{"at": _at(one), "to": _at(one) + DAY, "y": foot + 1, "color": MUTED} for one in heard]
    canvas.lines(feet, strokeWidth=1)


def _hidden(report: WeeklyReport) -> Chart | None:
    lanes: dict[str, list[HiddenIncidentPart]] = {}
    for one in report.hidden.incidents:
        lanes.setdefault(whose(one), []).append(one)
    chosen = sorted(lanes.items(), key=lambda lane: -len(lane[1]))[:_LANES]
    if not chosen:
        return None
    start, end = (parse_instant(at) or 0 for at in (report.span.start, report.span.end))
    canvas = Canvas(start, end, len(chosen) * _LANE)
    for index, (name, incidents) in enumerate(chosen):
        y = index * _LANE
        canvas.levels([y + 28])
        minutes = sum(one.minutes for one in incidents)
        times = plural(len(incidents), "incident")
        canvas.label(shorten(name, 60), 0, y + 8, bold=True)
        told = f"{times}, {duration(minutes * 60)}"
        canvas.label(told, canvas.plot, y + 8, align="right", color=MUTED)
        points = [
            {
                "at": parse_instant(one.started_at) or 0,
                "y": y + 28,
                "color": COLORS[1],
                "shape": "diamond",
            }
            for one in incidents
        ]
        canvas.lines(
            [
                {
                    "at": parse_instant(one.started_at) or 0,
                    "to": parse_instant(one.ended_at) or 0,
                    "y": y + 28,
                    "color": COLORS[1],
                }
                for one in incidents
            ],
            strokeWidth=5,
        )
        canvas.points(points, size=70)
    keys = [Key(COLORS[1], "◆", "users felt it from here on; the bar lasts until it was recovered")]
    rest = len(lanes) - len(chosen)
    if rest:
        keys.append(Key(INK, "", f"{plural(rest, 'more service')} below"))
    return Chart(
        kind="hidden",
        title=f"Hidden incidents: {plural(len(report.hidden.incidents), 'time')} users felt "
        "something that nobody was told of",
        caption="When users felt it and nobody was told",
        keys=tuple(keys),
        spec=canvas.spec(),
    )


def _at(one: DayPart) -> int:
    return parse_instant(one.day) or 0
