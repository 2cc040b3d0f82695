"""KPIs and hidden incidents as a report tells them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from overheal.model import MICROSECOND, MINUTE
from overheal.report.kpi.resting import rests_on
from overheal.report.weekly.parts import HiddenIncidentPart, HiddenPart, KpiPart, StoryPart
from overheal.report.weekly.span import Span
from overheal.report.weekly.trend import chance
from overheal.report.words import duration, number, plural, rfc3339, shorten
from overheal.state.words import listed, percent
from overheal.store import KpiReading, KpiSet, Store
from overheal.store.spans import HiddenRow

_MAIN: dict[tuple[str, str], tuple[str, int]] = {
    ("auto_recovery_success", ""): ("Automated recoveries that succeeded", 1),
    ("auto_recovery_success", "verified"): ("… of those that somebody verified", 1),
    ("recoveries", ""): ("Automated recoveries", -1),
    ("episodes", ""): ("Episodes (15 minutes apart)", -1),
    ("hidden_incidents", ""): ("Hidden incidents", -1),
    ("hidden_minutes", ""): ("Minutes that users felt them", -1),
    ("masking_ratio", ""): ("Share of incidents that stayed hidden", -1),
    ("mttr", "automatic p50"): ("Time to recover, automation, median", -1),
    ("mttr", "automatic p90"): ("Time to recover, automation, 9 of 10 within", -1),
    ("mttr", "human p50"): ("Time to recover, people, median", -1),
    ("on_call_incidents", ""): ("Incidents that woke somebody", -1),
    ("on_call_foretold", ""): ("… of which a finding had foretold", 1),
    ("automation_cost", "seconds"): ("Time that recoveries took, in all", -1),
}
"""The figures that people are shown, and whether more of it is better (1) or worse (-1)."""
_COUNTED = ("episodes", "incidents")
"""Units of which chance can be told; recoveries come in bursts, of which it cannot."""
_SURE = 0.05
_STORIES, _STEPS = 20, 6
_ELSEWHERE = "Users felt it, as an action on it told, or a service that depends on it."


def figures(now: KpiSet, before: KpiSet | None) -> list[KpiPart]:
    """Return all figures, those for people first; `before` None: nothing to compare with."""
    known = {(one.name, one.of): one for one in now.readings}
    earlier = {} if before is None else {(one.name, one.of): one for one in before.readings}
    order = [*_MAIN, *(key for key in known if key not in _MAIN)]
    return [_figure(known[key], earlier) for key in order if key in known]


def _figure(now: KpiReading, earlier: Mapping[tuple[str, str], KpiReading]) -> KpiPart:
    title, direction = _MAIN.get((now.name, now.of), ("", 0))
    before = earlier.get((now.name, now.of))
    previous = None if before is None else before.value
    change = None if now.value is None or previous is None else now.value - previous
    apart = before is not None and _apart(now, before)
    better = change * direction > 0 if change and direction and apart else None
    return KpiPart(
        name=now.name,
        of=now.of,
        title=title,
        unit=now.unit,
        value=now.value,
        low=now.low,
        high=now.high,
        numerator=now.numerator,
        denominator=now.denominator,
        unknown=now.unknown,
        open=now.open,
        previous=previous,
        change=change,
        better=better,
        shown="not known" if now.value is None else _amount(now.value, now.unit),
        uncertainty=_uncertainty(now),
        compared=_compared(change, previous, now, apart=apart),
        not_known=now.reason,
    )


def _apart(now: KpiReading, before: KpiReading) -> bool:
    """Whether two readings differ by more than chance explains, as far as anybody can say."""
    if now.low is not None and now.high is not None:
        low, high = before.low, before.high
        return low is not None and high is not None and (now.low > high or now.high < low)
    counted = now.unit in _COUNTED and now.value is not None and before.value is not None
    return counted and chance(round(now.value or 0), round(before.value or 0)) < _SURE


def _uncertainty(now: KpiReading) -> str:
    told = []
    if now.low is not None and now.high is not None:
        told.append(f"{percent(now.low)} to {percent(now.high)}")
    if now.value is not None:
        told += rests_on(now.name, now.unit, now.numerator, now.denominator)
    if now.unknown:
        told.append(f"{number(now.unknown)} unknown")
    if now.open:
        told.append(f"{number(now.open)} not over")
    return ", ".join(told)


def _compared(change: float | None, previous: float | None, now: KpiReading, *, apart: bool) -> str:
    if previous is None:
        return ""
    was = _amount(previous, now.unit)
    if change is None:
        return f"{was} before"
    if not change or was == _amount(previous + change, now.unit):
        return "as before"
    told = f"{'up' if change > 0 else 'down'} from {was}"
    if apart or now.unit not in (*_COUNTED, "share"):
        return told
    return f"{told}, no more than chance explains"


def _amount(value: float, unit: str) -> str:
    if unit == "share":
        return percent(value)
    if unit == "seconds":
        return duration(value)
    if unit == "minutes":
        return duration(value * 60)
    return number(value)


def hidden_incidents(
    store: Store, span: Span, kpis: KpiSet, owners: Mapping[str, str]
) -> HiddenPart:
    """Return the incidents of which nobody was told, each with its story, the longest first."""
    count, ratio = kpis.get("hidden_incidents"), kpis.get("masking_ratio")
    known = count.value is not None
    rows = store.hidden_incidents(span.start, span.end, _STORIES) if known else []
    return HiddenPart(
        count=None if count.value is None else round(count.value),
        minutes=kpis.get("hidden_minutes").value,
        masking_ratio=ratio.value,
        not_known=count.reason,
        incidents=[
            HiddenIncidentPart(
                service=row.service,
                environment=row.environment,
                owner=owners.get(row.service, ""),
                started_at=rfc3339(row.since),
                ended_at=rfc3339(row.recovered_at),
                minutes=(row.recovered_at - row.since) / MINUTE,
                recoveries=row.recoveries,
                story=[StoryPart(at=rfc3339(at), words=words) for at, words in _story(store, row)],
            )
            for row in rows
        ],
    )


def _story(store: Store, row: HiddenRow) -> Iterator[tuple[int, str]]:
    """Tell what was seen, who recovered it, and that nobody was told."""
    seen = store.symptoms_between(row.environment, row.service, row.since, row.recovered_at)
    shown = [
        (one.at, _seen(one.name, one.value or one.condition, felt=one.user_visible)) for one in seen
    ]
    if not any(one.user_visible for one in seen):
        shown.append((row.since, _ELSEWHERE))
    agents, types = listed(sorted(row.agents)), listed(sorted(row.types))
    times = "once" if row.recoveries == 1 else f"{number(row.recoveries)} times"
    shown.append((row.started_at, f"{agents} began to recover it ({types}), {times} in all."))
    yield from sorted(shown)[:_STEPS]
    if len(shown) > _STEPS:
        yield sorted(shown)[_STEPS][0], f"{plural(len(shown) - _STEPS, 'more sign')} of it follow."
    lasted = duration((row.recovered_at - row.since) / MICROSECOND)
    us = " Only overheal itself said something." if row.told_by_us else ""
    yield row.recovered_at, f"It was over after {lasted}. No alert and no page told anybody.{us}"


def _seen(name: str, value: str, *, felt: bool) -> str:
    what = shorten(": ".join(filter(None, (name, value))) or "something was wrong", 160)
    return f"Users felt it: {what}." if felt else f"Seen: {what}."
