"""Phrases that every form of the weekly report uses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from overheal.model import MICROSECOND
from overheal.report.verdict import TIER_WORDS
from overheal.report.weekly.parts import AckPart, DayPart, FollowUpPart, KpiPart, LinePart
from overheal.report.words import between, day, duration, parse_instant, placed, plural

_BARS = " ▁▂▃▄▅▆▇█"
_DAYS = 28
FINDINGS = "overheal findings list has all."
NOTHING_BETTER = "Nothing did, by more than chance explains."


def parted(verdict: str) -> tuple[str, str]:
    """Return the first sentence of a verdict, and the others."""
    first, _, rest = verdict.partition(". ")
    return (f"{first}.", rest) if rest else (verdict, "")


class Placed(Protocol):
    """What is told of a service."""

    service: str
    environment: str


def whose(one: Placed) -> str:
    """Return the service that something is told of, and where outside of production that is."""
    return placed(one.service, one.environment)


def urgency(lines: Sequence[LinePart]) -> tuple[str, str]:
    """Return how loud the loudest that lasts is, and in words; "" where all of it is over."""
    lasting = [line.tier for line in lines if line.status == "open"]
    if lasting:
        tier = next(tier for tier in TIER_WORDS if tier in lasting)
        return tier, f"{tier}: {TIER_WORDS[tier]}"
    return "", "over by now" if lines else ""


def wanted(one: FollowUpPart) -> str:
    """Return what stands beside a question to an owner."""
    return "Answered" if one.state == "answered" else "Please"


def owned(owner: str) -> str:
    """Return whose something is."""
    return f"owner {owner}" if owner else "no owner in the catalog"


def asks(one: FollowUpPart) -> str:
    """Return what a follow-up asks, or how it was answered."""
    if one.acknowledged is not None:
        return f"{one.id}: {answered(one.acknowledged)}."
    due = day((parse_instant(one.due_at) or 0) - 1)
    times = f", for the {_nth(one.asked_times)} week" if one.asked_times > 1 else ""
    if one.state == "overdue":
        late = plural(one.overdue_days, "day")
        then = plural(one.recoveries, "recovery", "recoveries")
        return f"unanswered since {one.week}{times}, {late} overdue ({then} then)."
    return f"Say by the end of {due} what you found{times}."


def answered(ack: AckPart) -> str:
    """Return who acknowledged when, and what they found."""
    said = f": {ack.found}" if ack.found else ""
    return f"acknowledged by {ack.by} on {day(parse_instant(ack.at) or 0)}{said}"


def since(start: str, end: str) -> str:
    """Return a span of an incident, and how long it was."""
    first, last = parse_instant(start) or 0, parse_instant(end) or 0
    return f"{between(first, last)}, {duration((last - first) / MICROSECOND)}"


def sparks(days: Sequence[DayPart]) -> str:
    """Return the last four weeks as small bars, a week apart from the next; `·`: not observed."""
    shown = days[-_DAYS:]
    most = max((one.recoveries or 0 for one in shown), default=0)
    text = ""
    for index, one in enumerate(shown):
        if index and (len(shown) - index) % 7 == 0:
            text += " "
        if one.recoveries is None:
            text += "·"
        elif not one.recoveries:
            text += "▁"
        else:
            text += _BARS[1 + -(-one.recoveries * 7 // most)]
    return f"{text}  (most: {most:,} a day)" if most else text


def _nth(count: int) -> str:
    return {2: "second", 3: "third"}.get(count, f"{count}th")


def figure_rows(kpis: Sequence[KpiPart]) -> Iterator[tuple[str, str, str, bool | None]]:
    """Return title, value, what stands beside it and whether it got better, of what is shown."""
    above = ""
    for one in kpis:
        if one.title:
            rest = ", ".join(filter(None, (one.compared, one.uncertainty)))
            if one.not_known:
                rest = "as above" if one.not_known == above else one.not_known
            above = one.not_known
            yield one.title, one.shown, rest, one.better


FILTERS = {
    "answered": answered,
    "asks": asks,
    "owned": owned,
    "since": since,
    "urgency": urgency,
    "wanted": wanted,
    "whose": whose,
}
"""What templates call these words."""
