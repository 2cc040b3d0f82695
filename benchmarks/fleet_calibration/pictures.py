"""Delay and threshold curves as SVG."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import vl_convert

from benchmarks.fleet_calibration.conflicts import Conflicts
from benchmarks.fleet_calibration.found import Found
from overheal.report.charts.canvas import COLORS, GRID, INK, MUTED

Rows = list[dict[str, Any]]


def draw(
    folder: Path, found: dict[str, list[Found]], conflicts: dict[str, list[Conflicts]]
) -> list[tuple[Path, str]]:
    """Write `fleet-delay-*.svg`, one for each unit, and `fleet-conflicts.svg`.

    Returns the paths with their titles.
    """
    folder.mkdir(parents=True, exist_ok=True)
    made: list[tuple[Path, str]] = []
    for unit in ("gaps", "reversals", "targets", "seconds"):
        rows = [row for name, many in found.items() for row in _delays(name, many, unit)]
        if rows:
            title = f"Share found, by {unit} from the beginning"
            path = _write(folder / f"fleet-delay-{unit}.svg", _lines(rows, title, unit))
            made.append((path, title))
    rows = [row for name, many in conflicts.items() for row in _curve(name, many)]
    if rows:
        title = "agent_conflict among neighbours that look alike"
        spec = _lines(rows, title, "reversals that open a finding")
        made.append((_write(folder / "fleet-conflicts.svg", spec), title))
    return made


def _delays(which: str, many: Iterable[Found], unit: str) -> Rows:
    """Return the share found by each delay, as steps, of the troubles that have this unit."""
    rows: Rows = []
    for found in many:
        ever = sorted(delay for delay in found.delays if delay is not None)
        if found.unit != unit or not ever:
            continue
        far = [delay for delay in ever if delay <= 4 * found.within]
        points = [(0.0, 0.0)] + [(at, (n + 1) / len(found.delays)) for n, at in enumerate(far)]
        points.append((max(found.within, points[-1][0]), points[-1][1]))
        rows += [
            {"x": x, "y": y, "line": found.title, "set": which, "place": place}
            for place, (x, y) in enumerate(points)
        ]
    return rows


def _curve(which: str, many: Iterable[Conflicts]) -> Rows:
    rows: Rows = []
    for row in many:
        shares = {"recall": row.found / max(1, row.fights)}
        if row.findings:
            shares["precision"] = row.true / row.findings
        rows += [
            {"x": row.threshold, "y": y, "line": name, "set": which, "place": row.threshold}
            for name, y in shares.items()
        ]
    return rows


def _lines(rows: Rows, title: str, across: str) -> dict[str, Any]:
    names = sorted({row["line"] for row in rows})
    steps = "linear" if across.startswith("reversals that") else "step-after"
    return {
        "title": {"text": title, "anchor": "start", "color": INK, "fontSize": 13},
        "width": 520,
        "height": 240,
        "background": "white",
        "config": {"view": {"stroke": None}, "axis": {"gridColor": GRID, "labelColor": MUTED}},
        "data": {"values": rows},
        "mark": {"type": "line", "interpolate": steps, "strokeWidth": 1.8},
        "encoding": {
            "x": {"field": "x", "type": "quantitative", "title": across},
            "y": {
                "field": "y",
                "type": "quantitative",
                "title": "share",
                "scale": {"domain": [0, 1]},
                "axis": {"format": ".0%"},
            },
            "order": {"field": "place"},
            "color": {
                "field": "line",
                "type": "nominal",
                "title": None,
                "scale": {"domain": names, "range": [COLORS[i % 6] for i in range(len(names))]},
                "legend": {"labelLimit": 420},
            },
            "strokeDash": {
                "field": "set",
                "type": "nominal",
                "title": None,
                "scale": {"domain": ["tuning", "holdout"], "range": [[5, 4], [1, 0]]},
            },
        },
    }


def _write(path: Path, spec: dict[str, Any]) -> Path:
    svg = vl_convert.vegalite_to_svg(spec, vl_version="5.20", allowed_base_urls=[])
    path.write_text(svg + "\n")
    return path
