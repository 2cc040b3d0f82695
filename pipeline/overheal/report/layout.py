"""Blocks of a page for a terminal: columns, labels, headings, and the printing of them."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence

from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from overheal.report.facts import Fact
from overheal.report.words import shorten

NARROWEST = 40
PROSE = 100
"""Lines of prose longer than this are hard to read."""
LABEL = 11
_JOIN = "\ue000"
"""Stands for a space where no line may break; `clean` leaves none of these in the input."""
_UNIT = re.compile(
    r"(?<=\d) (?=(?:UTC|min|m?s|h|days?|[A-Z][a-z]{2} \d)\b|%)|(?<=[A-Z][a-z]{2}) (?=\d{4}\b)"
)
STYLES = {"critical": "bold red", "actionable": "bold yellow", "informational": "bold cyan"}


def printed(parts: Iterable[RenderableType], *, width: int, color: bool) -> str:
    """Return blocks as text, no line wider than `width`, ending in a newline.

    Without `color` it holds no escape sequence at all.
    """
    buffer = io.StringIO()
    console = Console(
        file=buffer,
        width=width,
        height=100,
        force_terminal=color,
        color_system="standard" if color else None,
        no_color=not color,
        legacy_windows=False,
        highlight=False,
        markup=False,
        emoji=False,
        _environ={},
    )
    for part in parts:
        console.print(part, soft_wrap=False)
    lines = buffer.getvalue().replace(_JOIN, " ").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip("\n") + "\n"


def numbers(told: Sequence[Fact], width: int) -> RenderableType | None:
    """Return names and values beside each other, None where there are none."""
    if not told:
        return None
    names = min(max(cell_len(fact.name) for fact in told), max(width // 2, 12))
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(width=names, style="dim")
    grid.add_column(width=max(width - names - 2, 10))
    for fact in told:
        grid.add_row(_wrapped(fact.name, names), _wrapped(fact.value, width - names - 2))
    return grid


def _wrapped(text: str, width: int, *, style: str = "") -> Text:
    """Return text whose words wrap; numbers keep their units, and endless words lose a middle."""
    words = [shorten(word, max(width, 4)) for word in _UNIT.sub(_JOIN, text).split(" ")]
    return Text(" ".join(words), style=style, overflow="fold")


def column(text: str, width: int, *, style: str = "") -> RenderableType:
    """Return prose that wraps at `width`."""
    return _sized(_wrapped(text, width, style=style), width)


def _sized(body: RenderableType, width: int) -> RenderableType:
    grid = Table.grid()
    grid.add_column(width=width)
    grid.add_row(body)
    return grid


def labelled(name: str, text: str, width: int) -> RenderableType:
    """Return a label and prose beside it, together `width` wide."""
    return beside(name, column(text, width - LABEL), LABEL)


def beside(label: str | Text, body: RenderableType, width: int) -> RenderableType:
    """Return a label of `width` columns and a block beside it."""
    grid = Table.grid()
    grid.add_column(width=width, style="dim")
    grid.add_column()
    grid.add_row(label if isinstance(label, Text) else Text(label), body)
    return grid


def heading(text: str, width: int, style: str) -> Text:
    """Return a heading with a rule behind it."""
    return Text.assemble((text, style), (f" {'─' * (width - len(text) - 1)}", "dim"))


def indented(body: RenderableType, by: int) -> RenderableType:
    """Return a block further to the right."""
    return Padding(body, (0, 0, 0, by), expand=False) if by else body
