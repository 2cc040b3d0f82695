"""Reading from a store what a weekly report is made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from overheal.catalog import Catalog
from overheal.model import DAY, Finding
from overheal.report.weekly.following import due, follow_up_id
from overheal.report.weekly.lines import explaining, within
from overheal.report.weekly.material import Ack, Day, Key, Material, Question, Seen, Worked
from overheal.report.weekly.span import Span
from overheal.report.weekly.top import ranked, was_observed
from overheal.run.catalogs import catalog_held
from overheal.run.reporting.figures import figures, hidden_incidents
from overheal.run.reporting.weeks import WEEK, label
from overheal.store import FollowUp, Store
from overheal.store.episodes import OnSettled, untold
from overheal.store.spans import DayRow

HISTORY = 7 * WEEK
"""How far behind the span pictures and trends reach."""


def gather(
    store: Store, span: Span, now: int, catalog: Catalog | None, told: OnSettled = untold
) -> Material:
    """Return the material of a report; `now` is microseconds UTC.

    Owners come from `catalog`, or else from the one that held at the end of the span. Raises
    `StoreError`, and `ConfigError` for a catalog whose short names are ambiguous.
    """
    history = Span(span.start - HISTORY, span.end, WEEK)
    owners = _owners(catalog or catalog_held(store, span.end), store.service_names())
    first_at = store.first_event()
    store.settle_own(told=told)
    outcomes = store.outcomes(span.start, span.end)
    past = store.daily_recoveries(history.start, span.end)
    days = _days(store, past, span)
    total = sum(row.total for row in outcomes)
    figured = store.kpis(span.start, span.end)
    before = span.before
    compared = was_observed(first_at, span)
    connected = store.alerts_connected(span.start, span.end)
    return Material(
        span=span,
        history=history,
        now=now,
        first_at=first_at,
        days=[Day((row.environment, row.service), row.day, row.recoveries) for row in past],
        seen=[
            Seen(row.day, row.actions, row.observations, row.late)
            for row in store.seen_daily(history.start, span.end)
        ],
        counts=_counts(days, by_hand=False),
        by_hand=_counts(days, by_hand=True),
        counts_before=_counts(_days(store, past, before), by_hand=False),
        episodes=store.episodes_between(span.start, span.end),
        episodes_before=store.episodes_between(before.start, before.end),
        findings=store.findings(),
        owners=owners,
        questions=[question_of(one) for one in store.follow_ups()],
        acks=[Ack(one.id, one.at, one.by, one.found) for one in store.acknowledgements()],
        kpis=figures(figured, store.kpis(before.start, before.end) if compared else None),
        hidden=hidden_incidents(store, span, figured, owners),
        worked=[
            Worked((row.environment, row.service), row.succeeded)
            for row in outcomes
            if row.succeeded
        ],
        worked_in=store.hours_worked(span.start, span.end),
        verified=sum(row.verified for row in outcomes),
        unknown_outcome=sum(row.unknown for row in outcomes) / total if total else None,
        told=store.alerts_between(span.start, span.end) if connected else None,
        refused=store.refused_since(span.start),
        weeks=[(label(monday), events) for monday, events in store.weeks_seen()],
    )


def asked(material: Material) -> list[FollowUp]:
    """Return the questions that this report asks and nobody asked before.

    Only a week that is over is asked about.
    """
    span, found = material.span, within(material)
    if not span.week or not span.over:
        return []
    known = {question.id for question in material.questions}
    return [
        FollowUp(
            id=ident,
            week=span.week,
            since=span.start,
            until=span.end,
            environment=key[0],
            service=key[1],
            owner=material.owners.get(key[1], ""),
            finding=_first(explaining(found, key)),
            recoveries=material.counts[key],
            episodes=material.episodes.get(key, 0),
            asked_at=material.now,
            due_at=due(span.end, material.now),
        )
        for key in ranked(material)
        if (ident := follow_up_id(span.week, key)) not in known
    ]


def _first(findings: list[Finding]) -> str:
    return findings[0].id if findings else ""


def question_of(one: FollowUp, *, recorded: bool = True) -> Question:
    """Return a follow-up as the report reads it."""
    return Question(
        id=one.id,
        week=one.week,
        key=(one.environment, one.service),
        since=one.since,
        until=one.until,
        owner=one.owner,
        finding=one.finding,
        recoveries=one.recoveries,
        episodes=one.episodes,
        asked_at=one.asked_at,
        due_at=one.due_at,
        recorded=recorded,
    )


def _days(store: Store, past: Sequence[DayRow], span: Span) -> Sequence[DayRow]:
    """Return recoveries by day of a span; `past` has those of whole days before, and of it."""
    if span.start % DAY or span.end % DAY:
        return store.daily_recoveries(span.start, span.end)
    return [row for row in past if span.holds(row.day)]


def _counts(days: Sequence[DayRow], *, by_hand: bool) -> Counter[Key]:
    found: Counter[Key] = Counter()
    for row in days:
        found[row.environment, row.service] += row.human_recoveries if by_hand else row.recoveries
    return found


def _owners(catalog: Catalog, services: list[str]) -> dict[str, str]:
    found = {}
    for name in services:
        entry = catalog.entry(name)
        if entry is not None and entry.owner:
            found[name] = entry.owner
    return found
