"""Reading for the audit: what is really there for each range that the ledger speaks of."""

from __future__ import annotations

from collections.abc import Sequence

from overheal.store.engine import Engine
from overheal.store.sql import LONG_STATEMENT, filled, listed, query

_RANGES_PER_QUESTION = 2_000

Range = tuple[int, int]


class Audit:
    """Counts places: (offset, item) pairs that hold at least one row."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def stored_per_range(
        self, topic: str, epoch: str, partition: int, ranges: Sequence[Range]
    ) -> list[int]:
        """Return how many places of each range (first, last inclusive) hold events.

        The ranges are sorted and do not overlap.
        """
        return self._per_range("stored_per_range", topic, epoch, partition, ranges)

    def refused_per_range(
        self, topic: str, epoch: str, partition: int, ranges: Sequence[Range]
    ) -> list[int]:
        """Return how many places of each range (first, last inclusive) hold dead letters.

        The ranges are sorted and do not overlap.
        """
        return self._per_range("refused_per_range", topic, epoch, partition, ranges)

    def offsets_stored(
        self, topic: str, epoch: str, partition: int, first: int, last: int
    ) -> list[tuple[int, int]]:
        """Return the (offset, item) places of one range that hold events, in order."""
        found = self._engine.rows(
            query("offsets_stored"),
            topic=topic,
            epoch=epoch,
            partition=partition,
            first=first,
            last=last,
        )
        return [(row[0], row[1]) for row in found]

    def _per_range(
        self, name: str, topic: str, epoch: str, partition: int, ranges: Sequence[Range]
    ) -> list[int]:
        counts: list[int] = []
        for start in range(0, len(ranges), _RANGES_PER_QUESTION):
            part = ranges[start : start + _RANGES_PER_QUESTION]
            starts = sorted({edge for first, last in part for edge in (first, last + 1)})
            found = self._engine.rows(
                filled(name, starts=f"CAST({listed(starts)}, 'Array(UInt64)')"),
                LONG_STATEMENT,
                topic=topic,
                epoch=epoch,
                partition=partition,
                first=part[0][0],
                last=part[-1][1],
            )
            places = {row[0]: row[1] for row in found}
            counts += [places.get(first, 0) for first, _ in part]
        return counts
