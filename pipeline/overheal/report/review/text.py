"""Tables of a document for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.cells import cell_len
from rich.console import RenderableType
from rich.table import Table as Grid
from rich.text import Text

from overheal.report.layout import NARROWEST, PROSE, column, heading, printed
from overheal.report.review.tables import Table
from overheal.report.words import clean, plural

NARROW = 13
"""Cells up to this wide stay on one line, and words up to this long are not broken."""
STYLES = {"critical": "bold red", "actionable": "yellow", "good": "green", "": ""}


def render_tables(
    title: str,
    lead: str,
    notes: Sequence[str],
    shown: Sequence[Table],
    *,
    width: int,
    color: bool,
) -> str:
    """Return a document as text: what it says first, then a table a section."""
    wide = max(width, NARROWEST)
    prose = min(wide, PROSE)
    parts: list[RenderableType] = [column(clean(lead), prose, style="bold"), Text(clean(title))]
    parts += [column(clean(note), prose) for note in notes]
    for table in shown:
        parts += [Text(""), heading(table.title, wide, "bold")]
        if table.rows:
            parts += [column(table.about, prose, style="dim"), _grid(table, wide)]
        elif not table.thin:
            parts.append(column(table.none, prose))
        if table.unlisted:
            more = f"And {plural(table.unlisted, 'more row')}, all in --output json."
            parts.append(column(more, prose))
        if table.total:
            parts.append(column(f"{table.total}.", prose))
        if table.thin:
            parts.append(column(f"Thin data: {table.thin}.", prose, style="italic"))
    return printed(parts, width=wide, color=color)


def _grid(table: Table, width: int) -> Grid:
    grid = Grid(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1), collapse_padding=True)
    wholes, words = [], []
    for index, name in enumerate(table.headers):
        cells = [name, *(row[index] for row in table.rows)]
        wholes.append(max(map(cell_len, cells)))
        words.append(max(cell_len(word) for cell in cells for word in cell.split() or [""]))
    least = [min(word, NARROW) for word in words]
    spare = width - sum(least) - 2 * len(least) - 1
    for index, name in enumerate(table.headers):
        given = min(max(spare, 0), words[index] - least[index])
        spare -= given
        grid.add_column(
            name,
            no_wrap=wholes[index] <= NARROW,
            overflow="fold",
            min_width=least[index] + given,
        )
    for row, mark in zip(table.rows, table.marks, strict=True):
        grid.add_row(*(Text(cell, style=STYLES[mark]) for cell in row))
    return grid
