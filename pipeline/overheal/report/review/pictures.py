"""The pictures of the review: success of policies, evidence for autonomy, pages and alerts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from overheal.report.charts.amounts import AmountCanvas, placed
from overheal.report.charts.canvas import (
    BAR,
    COLORS,
    GLYPHS,
    INK,
    LETTER,
    MUTED,
    SHAPES,
    Chart,
    Key,
)
from overheal.report.review.parts import AlertRow, GateRow, PolicyRow, Review
from overheal.report.words import clean, number, plural, shorten
from overheal.state.words import percent

_ROW, _ROWS = 34, 15
_NAME = 42
_VERDICTS = {"step back": 1, "not yet": 0, "next level": 2, "stay": 3}
"""Colour and shape of a verdict; shapes tell them apart in grey print, too."""
_LOOKS = {
    "step back": "should step back",
    "not yet": "lacks evidence for the next level",
    "next level": "may have the next level",
    "stay": "is at the highest level",
}


def charts(review: Review) -> dict[str, Chart]:
    """Return the charts for which there is something to draw, by the section they belong to."""
    found = {
        "gate": _gate(review.gate.rows, review.success_bound),
        "policies": _policies(review.policies.rows, review.success_bound),
        "alerts": _alerts(review.alerts.rows),
    }
    return {key: chart for key, chart in found.items() if chart is not None}


def _gate(rows: Sequence[GateRow], needed: float) -> Chart | None:
    known = [row for row in rows if row.success_low is not None]
    if not known:
        return None
    seen = [one for one in _LOOKS if any(row.verdict == one for row in known[:_ROWS])]
    keys = [Key(COLORS[_VERDICTS[one]], GLYPHS[_VERDICTS[one]], _LOOKS[one]) for one in seen]
    return Chart(
        kind="gate",
        title=f"Success of {plural(len(known), 'automation')} against the "
        f"{percent(needed)} that the next level needs",
        caption="Success against what the next level needs (95 % interval)",
        keys=(*keys, _needed(needed), *_rest(known)),
        spec=_intervals(known, needed, _automation, lambda row: _VERDICTS[row.verdict]),
    )


def _automation(row: GateRow) -> tuple[str, str]:
    unknown = "by hand" if row.next_level else "no level stated"
    level = unknown if row.level is None else f"level {row.level}"
    return f"{row.type} of {row.service}, {level}", _rate(row)


def _policies(rows: Sequence[PolicyRow], needed: float) -> Chart | None:
    known = [row for row in rows if row.success_low is not None]
    if not known:
        return None
    known.sort(key=lambda row: (row.success_high or 0, row.policy))
    zombie = any(row.zombie for row in known[:_ROWS])
    keys = [Key(COLORS[0], GLYPHS[0], "success, and where it lies by 95 %")]
    if zombie:
        keys.append(Key(COLORS[1], GLYPHS[1], "the same of a zombie"))
    return Chart(
        kind="policies",
        title=f"Success of {plural(len(known), 'policy', 'policies')}, with its 95 % interval",
        caption="Success of recoveries by policy, the worst first",
        keys=(*keys, _needed(needed), *_rest(known)),
        spec=_intervals(known, needed, _policy, lambda row: 1 if row.zombie else 0),
    )


def _policy(row: PolicyRow) -> tuple[str, str]:
    return row.policy, _rate(row)


def _rate(row: GateRow | PolicyRow) -> str:
    return f"{percent(row.success_rate or 0)} of {number(row.known)}"


def _intervals(
    rows: Sequence[Any],
    needed: float,
    said: Callable[[Any], tuple[str, str]],
    look: Callable[[Any], int],
) -> dict[str, Any]:
    """Draw a line from the lower to the upper bound of each row, and its rate where it has one."""
    shown = rows[:_ROWS]
    told = [tuple(clean(word) for word in said(row)) for row in shown]
    right = int(max(len(words[1]) for words in told) * LETTER) + 24
    names = [shorten(words[0], _NAME) for words in told]
    left = int(max(map(len, names)) * LETTER) + 24
    height = len(shown) * _ROW
    title = "share that succeeded"
    canvas = AmountCanvas(0, 0, height, left=left, right=right, most=1.0, title=title, percent=True)
    line = {"at": placed(needed), "y": 0, "y2": height, "color": MUTED}
    canvas.lines([line], strokeWidth=1, strokeDash=[4, 3])
    lines, points = [], []
    for index, (row, name, words) in enumerate(zip(shown, names, told, strict=True)):
        y, color = index * _ROW + _ROW // 2, COLORS[look(row)]
        ends = {"at": placed(row.success_low), "to": placed(row.success_high)}
        lines.append({**ends, "y": y, "color": color})
        mark = {"color": color, "shape": SHAPES[look(row)]}
        points.append({"at": placed(row.success_rate), "y": y, **mark})
        canvas.label(name, -10, y, align="right")
        canvas.label(words[1], canvas.plot + 10, y, color=MUTED)
    canvas.lines(lines, strokeWidth=4)
    canvas.points(points, size=90)
    return canvas.spec()


def _alerts(rows: Sequence[AlertRow]) -> Chart | None:
    if not rows:
        return None
    shown = sorted(rows, key=lambda row: (-row.times, row.service, row.signal))[:_ROWS]
    most = max(row.of for row in shown)
    names = [shorten(clean(f"{row.signal} of {row.service}"), _NAME) for row in shown]
    left = int(max(map(len, names)) * LETTER) + 24
    canvas = AmountCanvas(
        0, 0, len(shown) * _ROW, left=left, right=110, most=most, title="times in the span"
    )
    behind, before = [], []
    for index, (row, name) in enumerate(zip(shown, names, strict=True)):
        y = index * _ROW + _ROW // 2
        color = COLORS[1] if row.kind == "page nobody acted on" else COLORS[0]
        behind.append({"at": 0, "to": placed(row.of), "y": y, "color": BAR})
        before.append({"at": 0, "to": placed(row.times), "y": y, "color": color})
        canvas.label(name, -10, y, align="right", color=INK)
        canvas.label(f"{number(row.times)} of {number(row.of)}", canvas.plot + 10, y, color=MUTED)
    canvas.lines(behind, strokeWidth=16)
    canvas.lines(before, strokeWidth=9)
    kinds = {row.kind for row in shown}
    keys = []
    if "page nobody acted on" in kinds:
        keys.append(Key(COLORS[1], "■", "pages nobody acted on"))
    if len(kinds) > 1 or not keys:
        keys.append(Key(COLORS[0], "■", "alerts that went away by themselves"))
    keys.append(Key(BAR, "■", "all of them"))
    return Chart(
        kind="alerts",
        title=f"Pages nobody acted on and alerts that recover by themselves, "
        f"{plural(len(rows), 'signal')}",
        caption="What people were told for nothing",
        keys=(*keys, *_rest(rows)),
        spec=canvas.spec(),
    )


def _needed(share: float) -> Key:
    return Key(MUTED, "┆", f"{percent(share)} needed")


def _rest(rows: Sequence[Any]) -> list[Key]:
    left = len(rows) - _ROWS
    return [Key(INK, "", f"and {number(left)} more")] if left > 0 else []
