"""Rows as a table for a terminal."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from overheal.report.words import clean

WIDEST = 60


def render_table(names: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[bool]) -> str:
    """Return rows beneath their names, aligned; `right` says which columns hold numbers.

    Long cells are cut at `WIDEST` with an ellipsis; control characters are made visible, line
    breaks are spaces.
    """
    table = [[_short(cell) for cell in row] for row in [names, *rows]]
    widths = [max(map(_width, column)) for column in zip(*table, strict=True)]
    lines = [_line(row, widths, right) for row in table]
    rule = "  ".join("─" * width for width in widths)
    return "\n".join([lines[0], rule, *lines[1:]]) + "\n"


def render_rows(names: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return rows one beneath the other, each cell whole on a line of its own behind its name."""
    room = max(map(_width, names), default=0)
    blocks = [
        "".join(f"{name}{' ' * (room - _width(name))}  {_line_of(cell)}\n" for name, cell in pairs)
        for pairs in (zip(names, row, strict=True) for row in rows)
    ]
    return "\n".join(blocks)


def widest(text: str) -> int:
    """Return how many columns the widest line of a text takes."""
    return max(map(_width, text.split("\n")))


def _line(row: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    parts = []
    for cell, width, number in zip(row, widths, right, strict=True):
        gap = " " * (width - _width(cell))
        parts.append(gap + cell if number else cell + gap)
    return "  ".join(parts).rstrip()


def _line_of(cell: str) -> str:
    return clean(" ".join(cell.split("\n")))


def _short(cell: str) -> str:
    text = _line_of(cell)
    return text if len(text) <= WIDEST else text[: WIDEST - 1] + "…"


def _width(text: str) -> int:
    return sum(
        0 if unicodedata.combining(mark) else 2 if unicodedata.east_asian_width(mark) in "WF" else 1
        for mark in text
    )
