"""Tables of a document as one HTML page that fetches nothing."""

from __future__ import annotations

from collections.abc import Sequence

from overheal.report.charts.canvas import COLORS
from overheal.report.pages import environment
from overheal.report.review.tables import Table
from overheal.report.words import clean


def render_page(title: str, lead: str, notes: Sequence[str], shown: Sequence[Table]) -> str:
    """Return the page; everything of the input in it is escaped."""
    page = environment().get_template("tables.html.jinja")
    return page.render(
        title=clean(title),
        lead=clean(lead),
        notes=[clean(note) for note in notes],
        tables=shown,
        colors=COLORS,
    )
