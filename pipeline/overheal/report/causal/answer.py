"""Rows for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from overheal.report.words import clean

_LONGEST = 60


def render_answer(
    columns: Sequence[str], rows: Sequence[Sequence[Any]], *, nothing: str, width: int
) -> str:
    """Return rows as a table, or one beneath the other where it would be wider than `width`."""
    if not rows:
        return f"{nothing}\n"
    cells = [[_cell(value) for value in row] for row in rows]
    used = [at for at in range(len(columns)) if any(row[at] for row in cells)]
    sizes = [max(len(columns[at]), *(len(row[at]) for row in cells)) for at in used]
    if sum(sizes) + 2 * (len(sizes) - 1) > width:
        return "\n".join(_block(columns, row, used) for row in cells)
    lines = [[columns[at] for at in used], *([row[at] for at in used] for row in cells)]
    padded = ("  ".join(c.ljust(n) for c, n in zip(line, sizes, strict=True)) for line in lines)
    return "\n".join(line.rstrip() for line in padded) + "\n"


def _block(columns: Sequence[str], row: Sequence[str], used: Sequence[int]) -> str:
    room = max(len(columns[at]) for at in used)
    return "".join(f"{columns[at].ljust(room)}  {row[at]}\n" for at in used if row[at])


def _cell(value: object) -> str:
    text = clean(str(value))
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
