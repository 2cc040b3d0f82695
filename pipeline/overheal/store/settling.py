"""Settling: what the KPIs count of hours that are over, written down once.

The views of the KPIs read what is settled and count the rest from the facts, so that their numbers
are the same whether or when this is done: it makes them quick, nothing else.
"""

from __future__ import annotations

from overheal.model import DAY, HOUR, MINUTE
from overheal.store.engine import INSERT_SETTINGS, SPILLING, Engine
from overheal.store.episodes import settle_episodes
from overheal.store.records import of_needs
from overheal.store.rows import TimedInput
from overheal.store.sql import query

REACH = 3 * DAY
"""How far from its beginning an action's events count."""

STRIDE, ALL = 4 * DAY, 36_500 * DAY
"""So much is settled by one statement, of a store that is large and of one that is not."""

UNSEEN = 15 * MINUTE
"""What others insert may be in the store so long after the engine took its time."""

AFTER = HOUR + UNSEEN
"""An hour is settled so long after it: what comes an hour late or later marks its service as
touched."""

LARGE = 200_000
"""With fewer events about actions there is nothing to gain."""

_HOURS = ("hours", "level_hours")
_EXTENTS = "extents"
_DAYS = ("days", "level_days")


class Settling:
    """Keeps what is settled, of hours and of days, up; needs the rights to select and insert.

    `docs/kpis.md` says what is in them.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def settle_hours(self, days: int | None = None, at: int | None = None) -> int:
        """Settle the hours that are over, at most so many days of them; return how many.

        They are settled as they are known `at` (microseconds UTC) where that is a moment ago, so
        that a question as of then reads them; else, as without, as they are known now.

        Cut off anywhere, or done by two processes at once, it leaves what the next call completes.
        Nothing may be inserted by another thread into an embedded store meanwhile.
        """
        until, trusted_from, now, first, last = self._engine.rows(query("kpi_settling"))[0]
        self._read_needs()
        if not first:
            return 0
        if at is not None and 0 <= now - at < UNSEEN:
            now = at
        # What ended in the first hours may have begun long before.
        first = max(0, first - REACH) // HOUR * HOUR
        over = (now - AFTER) // HOUR * HOUR
        start = until or first
        wanted = over if days is None else min(over, start + days * DAY)
        wanted = max(wanted, start)
        stride = STRIDE if self._is_large() else ALL
        if until:
            self._again(until, trusted_from, now, stride)
        self._between(start, min(wanted, last // HOUR * HOUR + HOUR), now, stride)
        seen = now if self._engine.connection.alone else now - UNSEEN
        self._engine.command(
            "INSERT INTO kpi_settlings SELECT fromUnixTimestamp64Micro({now:Int64}, 'UTC'), "
            "fromUnixTimestamp64Micro({until:Int64}, 'UTC'), "
            "fromUnixTimestamp64Micro({seen:Int64}, 'UTC')",
            INSERT_SETTINGS,
            now=now,
            until=wanted,
            seen=seen,
        )
        # Most episodes of an hour are over an hour later, and need not be settled again.
        over = (now - AFTER - HOUR) // HOUR * HOUR
        ends = min(over, last // HOUR * HOUR + HOUR)
        of_episodes = settle_episodes(
            self._engine, (first, ends, over), days, now, seen, stride=stride // 2
        )
        return max(int(wanted - start) // HOUR, of_episodes)

    def settle_own(self, at: int | None = None) -> None:
        """Settle an embedded store that is large, as `settle_hours` does; workers do a server."""
        if self._engine.connection.alone:
            self._read_needs()
            if self._is_large():
                self.settle_hours(at=at)

    def _is_large(self) -> bool:
        return bool(self._engine.rows("SELECT count() FROM action_facts")[0][0] >= LARGE)

    def _read_needs(self) -> None:
        """Work out what depends on what by catalogs that others wrote, like an import."""
        rows = self._engine.rows(query("kpi_needs_missing"))
        needs = of_needs([TimedInput(*row) for row in rows])
        if needs.num_rows:
            self._engine.insert("kpi_needs", needs)

    def _again(self, until: int, trusted_from: int, now: int, stride: int) -> None:
        """Settle anew what was touched since the last settling."""
        self._engine.command(
            query("kpi_touch"), INSERT_SETTINGS, until=until, trusted_from=trusted_from
        )
        since, last, count = self._engine.rows(query("kpi_touched"), trusted_from=trusted_from)[0]
        if count:
            first = max(0, since - REACH) // HOUR * HOUR
            self._between(
                first, min(until, (last + REACH) // HOUR * HOUR), now, stride, trusted_from
            )

    def _between(self, start: int, end: int, now: int, stride: int, trusted: int = 0) -> None:
        """Settle a span; with `trusted` only the services of which something came since."""
        for first in range(start, end, stride):
            last = min(first + stride, end)
            settled = last if trusted else 0
            bounds = [first, settled or first, first, trusted, 0, 0]
            for shape in _HOURS:
                self._settle(shape, first, last, as_of=now, bounds=bounds)
            self._settle(_EXTENTS, first, last, settled=settled)
            for shape in _DAYS:
                self._settle(shape, first // DAY * DAY, -(-last // DAY) * DAY, settled=settled)

    def _settle(self, shape: str, start: int, end: int, **parameters: int | list[int]) -> None:
        sql = query(f"kpi_settle_{shape}")
        self._engine.command(sql, SPILLING, start=start, end=end, **parameters)
