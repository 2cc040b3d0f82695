"""When an event is told: not before its own time, and where it pays, after what came late."""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heappop, heappush

from overheal.model import MICROSECOND, MINUTE
from overheal.stages.row import Row
from overheal.state.patience import Patience

AHEAD = MINUTE
"""How far an event may lie after its own receipt and be told at once (microseconds); what lies
farther waits until the present comes there, so that a clock that runs ahead ends nothing early."""

LONGEST = 5 * MICROSECOND
"""How long an event waits at most for others that happened before it."""

KEEP, ALLOWED = 30 * MICROSECOND, 2
"""How long it is remembered how late events came, and how many a second may come later still: each
costs telling a scope again, waiting costs time."""


class Turns:
    """Keeps rows back until it is their turn; times are microseconds UTC.

    With `most` above 0 rows wait up to so long for what happened before them, as far as the last
    events came late: telling a scope's history again for each of these costs far more. What comes
    later still is told all the same, out of order. `wait` is how long they wait now, `arrived` how
    many rows came in all, which is the number of the next.
    """

    def __init__(self, most: int = 0) -> None:
        self.wait = 0
        self._patience = Patience(most, KEEP, ALLOWED) if most else None
        self._ahead: list[tuple[int, str, int, Row]] = []
        self._held: list[tuple[int, int, Row]] = []
        self.arrived = 0
        self._clock = 0
        self._newest = 0
        self._released = 0

    @property
    def waiting(self) -> list[Row]:
        """What is kept back."""
        return [*(row for *_, row in self._ahead), *(row for *_, row in self._held)]

    @property
    def first_waiting(self) -> int:
        """The number of the first row that waits, of the next that comes where none does.

        It is below 0 where one waits that another process kept back.
        """
        ahead = (number for _, _, number, _ in self._ahead)
        held = (number for _, number, _ in self._held)
        return min((*ahead, *held), default=self.arrived)

    def is_told(self, arrived: int) -> bool:
        """Whether the first so many rows were told, but for what lies ahead of its own receipt."""
        return all(number >= arrived for _, number, _ in self._held)

    def take_back(self, rows: Sequence[Row]) -> None:
        """Keep back what another process kept back."""
        for row in rows:
            self._keep_ahead(row, -1 - len(self._ahead))

    def take(self, rows: Sequence[Row], received: Sequence[int]) -> list[Row]:
        """Take rows as they come, with the time at which each was received, 0 where it is unknown.

        Returns those whose turn has come, these or earlier ones.
        """
        present: list[Row] = []
        numbers: list[int] = []
        newest = self._newest
        for number, (row, at) in enumerate(zip(rows, received, strict=True), self.arrived):
            time = row.event.time
            self._clock = max(self._clock, at)
            if at and time > at + AHEAD and not row.late:
                self._keep_ahead(row, number)
                continue
            present.append(row)
            numbers.append(number)
            newest = max(newest, min(time, at) if at else time)
        self.arrived += len(rows)
        self._due(present, numbers)
        self._learn(present)
        self._newest = newest
        return self._in_order(present, numbers, newest)

    def advance(self, clock: int) -> list[Row]:
        """Let the present pass up to `clock`; return whose turn has come by that."""
        self._clock = max(self._clock, clock)
        present: list[Row] = []
        numbers: list[int] = []
        self._due(present, numbers)
        return self._in_order(present, numbers, max(self._newest, clock))

    def release(self) -> list[Row]:
        """Return what waits for others, in order.

        What comes late by that is told together, once it all is expected to be here.
        """
        rows = [row for _, _, row in sorted(self._held)]
        self._held.clear()
        self._released = self._newest
        return rows

    def _keep_ahead(self, row: Row, number: int) -> None:
        heappush(self._ahead, (row.event.time, "\0".join(row.event.key), number, row))

    def _due(self, present: list[Row], numbers: list[int]) -> None:
        """Add the rows whose own time has come, and their numbers."""
        while self._ahead and self._ahead[0][0] <= self._clock + AHEAD:
            *_, number, row = heappop(self._ahead)
            present.append(row)
            numbers.append(number)

    def _learn(self, rows: list[Row]) -> None:
        """Note how late rows come after the newest of earlier ones."""
        patience, newest = self._patience, self._newest
        if patience is None:
            return
        for row in rows:
            by = newest - row.event.time
            if by > 0 and not row.late:
                patience.late(by)
        self.wait = patience.at(self._clock)

    def _in_order(self, rows: list[Row], numbers: list[int], newest: int) -> list[Row]:
        """Return the rows that nothing is expected before, now that the newest is of `newest`.

        One that lies ahead of its receipt waits no longer for that: blocks wait for it.
        """
        if not self.wait and not self._held:
            return rows
        for number, row in zip(numbers, rows, strict=True):
            heappush(self._held, (min(row.event.time, self._clock), number, row))
        edge = newest - self.wait
        told: list[Row] = []
        if edge < self._released:
            return told
        while self._held and self._held[0][0] <= edge:
            told.append(heappop(self._held)[2])
        return told
