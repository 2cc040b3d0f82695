"""Settling episodes: what users felt of them and people were told, written down once.

An episode is settled in the hour in which it began. What may still change of it is looked at anew
by every question, and settled anew by the next settling: episodes of the services that
`kpi_loose_services` names, from `loose_from` on (`docs/kpis.md`).
"""

from __future__ import annotations

from overheal.model import DAY, HOUR
from overheal.store.engine import INSERT_SETTINGS, SPILLING, Engine
from overheal.store.sql import query

_RECORD = (
    "INSERT INTO kpi_episode_settlings SELECT fromUnixTimestamp64Micro({now:Int64}, 'UTC'), "
    "fromUnixTimestamp64Micro({until:Int64}, 'UTC'), "
    "fromUnixTimestamp64Micro({seen:Int64}, 'UTC'), {catalogs:Array(Int64)}"
)


def settle_episodes(
    engine: Engine,
    span: tuple[int, int, int],
    days: int | None,
    now: int,
    seen: int,
    *,
    stride: int,
) -> int:
    """Settle the episodes of hours that are over, at most so many days of them; return the hours.

    `span` is the first hour of which anything is known, the last, and the end of those that are
    over; what others inserted until `seen` is there; one statement settles a `stride`. All are
    microseconds UTC. Where other catalogs hold than when episodes were settled, all are settled
    anew.
    """
    bounds, catalogs = engine.rows(query("kpi_settling_episodes"), as_of=now)[0]
    until, loose_from, trusted = bounds
    first, last, over = span
    start = until or first
    wanted = max(start, over if days is None else min(over, start + days * DAY))
    _between(engine, (loose_from, until), now, trusted, stride, loose=True)
    _between(engine, (start, min(wanted, last)), now, trusted, stride)
    engine.command(query("kpi_loosen"), INSERT_SETTINGS, start=min(start, loose_from), as_of=now)
    engine.command(
        _RECORD, INSERT_SETTINGS, now=now, until=wanted, seen=seen, catalogs=list(catalogs)
    )
    return int(wanted - start) // HOUR


def _between(
    engine: Engine,
    span: tuple[int, int],
    now: int,
    trusted: int,
    stride: int,
    *,
    loose: bool = False,
) -> None:
    start, end = span
    for first in range(start, end, stride):
        last = min(first + stride, end)
        engine.command(
            query("kpi_settle_episode_hours"),
            SPILLING,
            start=first,
            end=last,
            until=last if loose else first,
            as_of=now,
            trusted=trusted,
        )
        day, end_of_day = first // DAY * DAY, -(-last // DAY) * DAY
        engine.command(
            query("kpi_settle_episode_days"),
            SPILLING,
            start=day,
            end=end_of_day,
            until=end_of_day if loose else day,
        )
