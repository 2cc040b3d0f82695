"""The weekly report for a browser: one file that fetches nothing."""

from __future__ import annotations

from overheal.report.charts.canvas import COLORS
from overheal.report.pages import environment
from overheal.report.pictures import drawn
from overheal.report.weekly import words
from overheal.report.weekly.parts import WeeklyReport
from overheal.report.weekly.pictures import charts
from overheal.report.words import clock, parse_instant


def render_weekly_html(report: WeeklyReport) -> str:
    """Return the page as one HTML document; everything of the input in it is escaped."""
    found = environment()
    found.filters.update(words.FILTERS, clock=_clock)
    pictures = {picture.kind: picture for chart in charts(report) if (picture := drawn(chart, "w"))}
    return found.get_template("weekly.html.jinja").render(
        report=report,
        said=words.parted(report.verdict),
        pictures={"recoveries": None, "hidden": None, **pictures},
        figures=list(words.figure_rows(report.kpis)),
        lists=lists(report),
        colors=COLORS,
    )


def lists(report: WeeklyReport) -> list[tuple[str, str, list[str]]]:
    """Return the sections that are lists of sentences: an id, a title, and the sentences."""
    better = [one.words for one in report.better] or [words.NOTHING_BETTER]
    return [
        ("better", "What got better", better),
        ("saved", "What automation saved", report.saved.words),
        ("rests", "What this rests on", report.completeness.words),
    ]


def _clock(at: str) -> str:
    return clock(parse_instant(at) or 0)
