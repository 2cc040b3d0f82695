"""Settling episodes: what users felt of them and people were told, written down once.

An episode is settled in the hour in which it began. What may still change of it is looked at anew
by every question, and settled anew by the next settling: episodes of the services that
`kpi_loose_services` names, from `loose_from` on (`docs/kpis.md`).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from overheal.model import DAY, HOUR
from overheal.store.engine import INSERT_SETTINGS, SPILLING, Engine
from overheal.store.sql import query

OnSettled = Callable[[str, int, int], None]
"""Hears what is settled, how much of it, and of how much."""


def untold(what: str, done: int, whole: int) -> None:
    """Tell nobody."""


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
    told: OnSettled,
) -> tuple[int, bool]:
    """Settle episodes; return of how many hours that were over, and whether these are all.

    `span` is the first hour of which anything is known, the end of those to settle, and of those
    that are over; of these at most so many `days` are settled, and the others only if none of them
    is left. What others inserted until `seen` is there; one statement settles a `stride`. All are
    microseconds UTC. Where other catalogs hold than when episodes were settled, all are settled
    anew.
    """
    bounds, catalogs = engine.rows(query("kpi_settling_episodes"), as_of=now)[0]
    until, loose_from, trusted = bounds
    first, ends, over = span
    # Most episodes of an hour are over an hour later, and need not be settled again.
    over -= HOUR
    if until > over:
        return 0, False  # nothing is known of their actions yet, as after an upgrade
    start = until or first
    wanted = max(start, over if days is None else min(over, start + days * DAY))
    all_over = wanted >= over
    ends = ends if all_over else min(ends, wanted)
    between = partial(_between, engine, now=now, trusted=trusted)
    between(range(loose_from, until, stride), until, loose=True)
    between(range(start, ends, stride), wanted, told=told)
    engine.command(
        query("kpi_loosen"), INSERT_SETTINGS, start=min(start, loose_from), end=wanted, as_of=now
    )
    engine.command(
        _RECORD, INSERT_SETTINGS, now=now, until=wanted, seen=seen, catalogs=list(catalogs)
    )
    return int(wanted - start) // HOUR, all_over


def _between(
    engine: Engine,
    span: range,
    whole: int,
    *,
    now: int,
    trusted: int,
    loose: bool = False,
    told: OnSettled = untold,
) -> None:
    """Settle a span, a step of it by one statement, and its days that are over by `whole`.

    With `loose` only the services of which something came since `trusted`.
    """
    for first in span:
        last = min(first + span.step, span.stop)
        engine.command(
            query("kpi_settle_episode_hours"),
            SPILLING,
            start=first,
            end=last,
            until=last if loose else first,
            as_of=now,
            trusted=trusted,
        )
        day, days = first // DAY * DAY, min(-(-last // DAY), whole // DAY) * DAY
        if day < days:
            engine.command(
                query("kpi_settle_episode_days"),
                SPILLING,
                start=day,
                end=days,
                until=days if loose else day,
            )
        told("episodes", last - span.start, span.stop - span.start)
