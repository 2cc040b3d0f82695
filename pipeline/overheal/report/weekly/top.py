"""The services that automation recovered most often, with what explains it and what is asked."""

from __future__ import annotations

from collections import Counter

from overheal.model import DAY
from overheal.report.weekly.following import asked_now
from overheal.report.weekly.lines import explaining, lines, within
from overheal.report.weekly.material import Key, Material
from overheal.report.weekly.parts import DayPart, TopServicePart
from overheal.report.weekly.span import Span
from overheal.report.weekly.trend import trend
from overheal.report.words import rfc3339

TOP = 5


def ranked(material: Material) -> list[Key]:
    """Return the keys of the services recovered most often, at most five, the first first."""
    found = material.counts
    order = sorted(found, key=lambda key: (-found[key], -material.episodes.get(key, 0), key))
    return [key for key in order if found[key]][:TOP]


def top_services(material: Material) -> list[TopServicePart]:
    """Return them as the document has them."""
    now, before = material.counts, material.counts_before
    total = sum(now.values())
    found, asked = within(material), asked_now(material)
    observed = was_observed(material.first_at, material.span)
    return [
        TopServicePart(
            rank=rank,
            service=key[1],
            environment=key[0],
            owner=material.owners.get(key[1], ""),
            recoveries=now[key],
            human_recoveries=material.by_hand.get(key, 0),
            episodes=material.episodes.get(key, 0),
            share=now[key] / total,
            trend=trend(
                now[key],
                material.episodes.get(key, 0),
                before.get(key, 0) if observed else None,
                material.episodes_before.get(key, 0) if observed else None,
                material.span.earlier,
            ),
            daily=daily(material, key),
            explains=lines(material, explaining(found, key)),
            follow_up=asked.get(key),
        )
        for rank, key in enumerate(ranked(material), start=1)
    ]


def was_observed(first_at: int | None, span: Span) -> bool:
    """Whether the span before was observed from its start on (first event: µs UTC), or nearly."""
    return first_at is not None and first_at < span.before.start + DAY


def daily(material: Material, key: Key | None = None) -> list[DayPart]:
    """Return recoveries by day over the history, of one service or of all."""
    heard = {row.day for row in material.seen}
    counts: Counter[int] = Counter()
    for day in material.days:
        if key in (None, day.key):
            counts[day.day] += day.recoveries
    days = range(material.history.start // DAY * DAY, material.history.end, DAY)
    return [DayPart(day=rfc3339(at), recoveries=counts[at] if at in heard else None) for at in days]
