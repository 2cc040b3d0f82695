"""Settling: what the KPIs count of hours that are over, written down once.

The views of the KPIs read what is settled and count the rest from the facts, so that their numbers
are the same whether or when this is done: it makes them quick, nothing else.
"""

from __future__ import annotations

from typing import NamedTuple

from overheal.model import DAY, HOUR, MICROSECOND, MINUTE
from overheal.store.engine import INSERT_SETTINGS, SPILLING, Engine
from overheal.store.episodes import OnSettled, settle_episodes, untold
from overheal.store.held import Held, held
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

_HOURS = ("actions", "gone", "hours", "level_hours")
_DAYS = ("days", "level_days")


class _Stand(NamedTuple):
    """How far a store is settled, as the query `kpi_settling` tells it."""

    until: int
    actions_until: int
    trusted_from: int
    now: int
    first: int
    last: int
    kept: int
    known: int


class _Plan(NamedTuple):
    """What to settle: hours from `start` to `ends`, as known `now`; those until `wanted` for good.

    `over` is the end of the hours that are over; `first` the first of which anything is known.
    """

    now: int
    first: int
    start: int
    wanted: int
    over: int
    ends: int

    @property
    def goes_on(self) -> bool:
        """Whether hours that are over are left for another time."""
        return self.wanted < self.over


def _plan(stand: _Stand, days: int | None, at: int | None) -> _Plan:
    now = stand.now
    if at is not None and stand.known < at <= now < at + UNSEEN:
        now = at
    # What ended in the first hours may have begun long before; but where settled hours outlive
    # their events, what is settled of the hours before them stays.
    outlived = stand.kept and stand.kept < stand.first - REACH
    first = max(0, stand.first + (REACH if outlived else -REACH)) // HOUR * HOUR
    over = (now - AFTER) // HOUR * HOUR
    start = stand.actions_until or first
    wanted = max(start, over if days is None else min(over, start + days * DAY))
    ends = wanted if wanted < over else now // HOUR * HOUR + HOUR
    return _Plan(now, first, start, wanted, over, min(ends, stand.last // HOUR * HOUR + HOUR))


class Settling:
    """Keeps what is settled, of hours and of days, up; needs the rights to select and insert.

    `docs/kpis.md` says what is in them.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def settle_hours(
        self, days: int | None = None, at: int | None = None, told: OnSettled = untold
    ) -> int:
        """Settle what is known; return how many hours were over and are settled for good.

        Of these at most so many days; the newest, which go on, are settled only if none is left,
        and again by each later call. All is settled as it is known `at` (microseconds UTC) where
        that is a moment ago, so that a question as of then reads it; else, as without, as it is
        known now. `told` hears how far it came.

        Cut off anywhere, or done by two processes at once, it leaves what the next call completes.
        Nothing may be inserted by another thread into an embedded store meanwhile.
        """
        self._read_needs()
        before = held(self._engine)
        stand = _Stand(*self._engine.rows(query("kpi_settling"))[0])
        if not stand.first:
            self._note(stand.now, stand.now, before)
            return 0
        plan = _plan(stand, days, at)
        stride = STRIDE if self._is_large() else ALL
        if stand.until:
            self._again(stand, plan.now, stride)
        self._between(range(plan.start, plan.ends, stride), plan.wanted, plan.now, told=told)
        seen = plan.now if self._engine.connection.alone else plan.now - UNSEEN
        self._engine.command(
            query("kpi_settling_done"),
            INSERT_SETTINGS,
            now=plan.now,
            until=max(stand.until, plan.wanted),
            seen=seen,
            actions_until=plan.wanted,
        )
        # Recoveries of a day after its first belong to an episode.
        over = plan.wanted - DAY if plan.goes_on else plan.over
        span, stride = (plan.first, plan.ends, over), stride // 2
        hours, all_over = settle_episodes(
            self._engine, span, days, plan.now, seen, stride=stride, told=told
        )
        if all_over and not plan.goes_on:
            self._note(plan.now, plan.wanted, before)
        return max((plan.wanted - plan.start) // HOUR, hours)

    def settle_own(
        self, at: int | None = None, told: OnSettled = untold, *, small: bool = False
    ) -> None:
        """Settle an embedded store that is large, as `settle_hours` does; workers do a server.

        With `small` one that is not as well. Does nothing where nothing came since, unless some of
        what had come was told ahead of its time.
        """
        if not self._engine.connection.alone:
            return
        self._read_needs()
        known = held(self._engine)
        came = known.held != known.settled or known.newest > known.settled_at
        if came and (small or self._is_large()):
            self.settle_hours(at=at, told=told)

    def settled_within(self, seconds: float) -> bool:
        """Return whether all that was known so many seconds ago, or later, is settled."""
        return held(self._engine).settled_within(round(seconds * MICROSECOND))

    def _is_large(self) -> bool:
        return bool(self._engine.rows("SELECT count() FROM action_facts")[0][0] >= LARGE)

    def _read_needs(self) -> None:
        """Work out what depends on what by catalogs that others wrote, like an import."""
        rows = self._engine.rows(query("kpi_needs_missing"))
        needs = of_needs([TimedInput(*row) for row in rows])
        if needs.num_rows:
            self._engine.insert("kpi_needs", needs)

    def _note(self, now: int, until: int, before: Held) -> None:
        """Note that all is settled that the store held before, as known now; days until then."""
        moments = {"now": now, "until": until, "newest": before.newest}
        self._engine.command(query("kpi_settled"), INSERT_SETTINGS, **moments, held=before.held)

    def _again(self, stand: _Stand, now: int, stride: int) -> None:
        """Settle anew what was touched since the last settling."""
        until, trusted = stand.until, stand.trusted_from
        self._engine.command(query("kpi_touch"), INSERT_SETTINGS, until=until, trusted_from=trusted)
        since, last, count = self._engine.rows(query("kpi_touched"), trusted_from=trusted)[0]
        if count:
            first = max(0, since - REACH) // HOUR * HOUR
            end = min(until, (last + REACH) // HOUR * HOUR)
            self._between(range(first, end, stride), until, now, trusted)

    def _between(
        self, span: range, whole: int, now: int, trusted: int = 0, told: OnSettled = untold
    ) -> None:
        """Settle a span, a step of it by one statement, and its days that are over by `whole`.

        With `trusted` only the services of which something came since.
        """
        for first in span:
            last = min(first + span.step, span.stop)
            settled = last if trusted else 0
            bounds = [settled or first, first, trusted]
            for shape in _HOURS:
                self._settle(shape, first, last, as_of=now, bounds=bounds)
            day, days = first // DAY * DAY, min(-(-last // DAY), whole // DAY) * DAY
            if day < days:
                for shape in _DAYS:
                    self._settle(shape, day, days, settled=settled)
            told("actions", last - span.start, span.stop - span.start)

    def _settle(self, shape: str, start: int, end: int, **parameters: int | list[int]) -> None:
        sql = query(f"kpi_settle_{shape}")
        self._engine.command(sql, SPILLING, start=start, end=end, **parameters)
