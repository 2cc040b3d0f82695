"""Edges and roots that were worked out and may not be written: read as if they were stored."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pyarrow as pa

Row = tuple[Any, ...]
_COLUMNS = {
    "causal_edges": ["effect", "cause", "kind", "reason", "confidence", "gone", "version"],
    "causal_roots": [
        *("node", "root", "depth", "causes", "kinds", "reasons", "confidences", "gone", "version"),
    ],
}
"""In the order in which the queries return them."""


class Unwritten:
    """Rows of `causal_edges` and `causal_roots`, by either of their ends.

    True once rows were taken. `since` is up to when (µs UTC) the store itself is settled.
    """

    def __init__(self) -> None:
        self.since = 0
        self._rows: dict[tuple[str, int, str], list[Row]] = {}

    def __bool__(self) -> bool:
        return bool(self._rows)

    def take(self, table: str, columns: pa.Table) -> None:
        """Keep rows of a table."""
        told = columns.select(_COLUMNS[table])
        for row in zip(*(one.to_pylist() for one in told.itercolumns()), strict=True):
            for end in (0, 1):
                self._rows.setdefault((table, end, row[end]), []).append(row)

    def edges(self, end: int, names: Iterable[str]) -> list[Row]:
        """Return edges by their effects (0) or their causes (1), as `causal_causes` does."""
        return self._found("causal_edges", end, names)

    def roots(self, end: int, names: Iterable[str]) -> list[Row]:
        """Return roots by their nodes (0) or by themselves (1), as `causal_roots_of` does."""
        return self._found("causal_roots", end, names)

    def _found(self, table: str, end: int, names: Iterable[str]) -> list[Row]:
        if not self._rows:
            return []
        return [row for name in names for row in self._rows.get((table, end, name), ())]
