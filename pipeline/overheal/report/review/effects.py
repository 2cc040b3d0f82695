"""What actions foretold, what alerts were for, which thresholds speak, and what grew costlier."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from overheal.detect import registry
from overheal.model import DAY, MINUTE
from overheal.report.review.parts import AlertRow, CostRow, ImpactRow, ThresholdRow, Told
from overheal.report.review.rows import Alert, Evidence, Felt, Prediction, Usage
from overheal.report.review.settings import ReviewSettings
from overheal.report.words import duration, number, plural, rfc3339
from overheal.state.words import percent

NO_EFFECT = frozenset({"none", "no effect", "no impact", "unaffected", "nothing"})
"""Words that foretell that a service is not affected."""

IGNORED = "page nobody acted on"

LEAST_HELD = 1 / 3
"""The share of the span before that the store must hold for a comparison."""

CALM = frozenset({"resolved", "ok", "okay", "normal", "inactive", "closed", "healthy"})
"""Words by which an alert says that it is over."""


def impact(evidence: Evidence, settings: ReviewSettings) -> Told[ImpactRow]:
    """Return by agent and type how what was foretold and what users newly felt agree."""
    felt = _minutes(evidence.felt)
    homes = defaultdict(set)
    for one in evidence.felt:
        homes[one.environment, one.scope].add(one.service)
    grouped: dict[tuple[str, str, str], list[Prediction]] = defaultdict(list)
    for told in evidence.predictions:
        grouped[told.environment, told.agent, told.type].append(told)
    wait = settings.impact_minutes * MINUTE
    rows = [_impact(key, told, felt, homes, wait) for key, told in sorted(grouped.items())]
    rows.sort(key=lambda row: (-row.unforeseen, -row.did_not, row.agent))
    thin = None
    if not rows:
        thin = "no action foretold its effects (decision.predicted_impact)"
    elif not evidence.felt:
        thin = "nothing reported what users felt (user_visible), so nothing could come true"
    return Told[ImpactRow](rows=rows, thin=thin)


def alerts(evidence: Evidence, settings: ReviewSettings) -> Told[AlertRow]:
    """Return pages nobody acted on, and alerts that went away each time without a person.

    Who acknowledges a finding has acted on its service then; and on every page of it that came
    before, while the finding lasted.
    """
    if not evidence.alerts:
        return Told[AlertRow](rows=[], thin="no source of alerts or pages was read")
    hands: dict[tuple[str, str], list[int]] = defaultdict(list)
    for hand in evidence.hands:
        hands[hand.environment, hand.service].append(hand.at)
    seen = _acknowledged(evidence)
    for place, spans in seen.items():
        hands[place] += [span[2] for span in spans]
    by_signal: dict[tuple[str, str, str, str], list[Alert]] = defaultdict(list)
    for one in evidence.alerts:
        by_signal[one.environment, one.service, one.kind, one.signal].append(one)
    wait = settings.acted_minutes * MINUTE
    rows, pages = [], 0
    for key, told in sorted(by_signal.items()):
        acted = sorted(hands.get(key[:2], []))
        if key[2] == "page":
            begun = [one.at for one in told if one.status not in CALM]
            begun = [at for at in begun if at + wait <= evidence.until]
            pages += len(begun)
            row = _ignored(key, begun, acted, wait, seen.get(key[:2], ()))
        else:
            row = _by_itself(key, told, acted, settings.least)
        if row is not None:
            rows.append(row)
    rows.sort(key=lambda row: (row.kind, -row.times, row.service, row.signal))
    thin = None if any(hands.values()) else "no person is known to have acted: pages look ignored"
    return Told[AlertRow](rows=rows, thin=thin, total=_hygiene(rows, pages))


def _acknowledged(evidence: Evidence) -> dict[tuple[str, str], list[tuple[int, int, int]]]:
    """Return when findings of each service began, last happened, and were acknowledged."""
    found: dict[tuple[str, str], list[tuple[int, int, int]]] = defaultdict(list)
    for one in evidence.findings:
        for at in evidence.acknowledged.get(one.id, ()):
            last = at if one.status == "open" else one.last_at
            found[one.environment, one.service].append((one.first_at, last, at))
    return found


def _hygiene(rows: Sequence[AlertRow], pages: int) -> str:
    """Return in words how many pages were for nothing."""
    if not pages:
        return ""
    ignored = sum(row.times for row in rows if row.kind == IGNORED)
    return (
        f"Of {plural(pages, 'page')} nobody acted on {number(ignored)} ({percent(ignored / pages)})"
    )


def thresholds(evidence: Evidence, settings: ReviewSettings) -> Told[ThresholdRow]:
    """Return detectors and stated thresholds that never fired, and detectors that always did."""
    span = evidence.until - evidence.since
    lasted: Counter[tuple[str, str, str]] = Counter()
    fired = set()
    for one in evidence.standing():
        fired.add(one.detector)
        ends = evidence.until if one.status == "open" else one.last_at
        told = min(ends, evidence.until) - max(one.first_at, evidence.since)
        lasted[one.detector, one.environment, one.service] += max(told, 0)
    rows = [
        _threshold(
            "detector", name, environment, service, "always", f"{percent(share)} of the span"
        )
        for (name, environment, service), time in sorted(lasted.items())
        if span > 0 and (share := min(1.0, time / span)) >= settings.always_share
    ]
    rows += [
        _threshold("signal", one.signal, one.environment, one.service, "never", why, one.threshold)
        for one in evidence.signals
        if not one.fired
        and one.readings - one.unsaid >= settings.least
        and (why := f"looked at by {one.readings} actions, each time within bounds")
    ]
    rows += [
        _threshold("detector", name, "", "", "never", "no finding in the span")
        for name in registry.names()
        if name not in fired
    ]
    said = sum(one.readings - one.unsaid for one in evidence.signals)
    thin = None if said else "no action states signals with threshold and status"
    return Told[ThresholdRow](rows=rows, thin=thin)


def costlier(evidence: Evidence, settings: ReviewSettings) -> Told[CostRow]:
    """Return services whose automated seconds a day grew by the ratio, the largest growth first.

    Of the span before only the days that the store holds count; below a third nothing is compared.
    """
    length = evidence.until - evidence.since
    first = evidence.since if evidence.first_at is None else evidence.first_at
    held = min(1.0, max(0, evidence.since - first) / length) if length else 0.0
    if held < LEAST_HELD:
        little = "the store holds too little of the span before to compare with"
        return Told[CostRow](rows=[], thin=little)
    now, then = _spent(evidence.usage), _spent(evidence.before)
    rows = [
        CostRow(
            environment=key[0],
            service=key[1],
            seconds=round(seconds, 3),
            seconds_before=round(then[key][0], 3),
            ratio=round(seconds / then[key][0] * held, 3) if then[key][0] else None,
            uses=uses,
            uses_before=then[key][1],
        )
        for key, (seconds, uses) in now.items()
        if key in then and seconds > 0 and seconds * held >= settings.costlier_ratio * then[key][0]
    ]
    rows.sort(key=lambda row: (row.seconds_before - row.seconds, row.service))
    days = round(held * length / DAY)
    thin = None
    if not then:
        thin = "automation did nothing in the span before"
    elif held < 1:
        thin = f"of the span before the store holds {plural(days, 'day')} only"
    return Told[CostRow](rows=rows, thin=thin, total=_grown(rows))


def _grown(rows: Sequence[CostRow]) -> str:
    """Return in words what the rows come to together; nothing where there is one row or none."""
    if len(rows) < 2:
        return ""
    now, then = (sum(getattr(row, name) for row in rows) for name in ("seconds", "seconds_before"))
    return f"Together {duration(now)}, before {duration(then)}"


def _impact(
    key: tuple[str, str, str],
    told: Sequence[Prediction],
    felt: Mapping[tuple[str, str], Sequence[int]],
    homes: Mapping[tuple[str, str], set[str]],
    wait: int,
) -> ImpactRow:
    true = false = unforeseen = 0
    example = ""
    for one in told:
        foretold = {name for name, effect in one.foretold if effect.casefold() not in NO_EFFECT}
        around = foretold | homes.get((one.environment, one.scope), set())
        hit = {name for name in around if _newly(felt.get((one.environment, name), []), one, wait)}
        true += len(foretold & hit)
        false += len(foretold - hit)
        unforeseen += len(hit - foretold)
        if hit - foretold and not example:
            example = f"{one.action_id}: users felt {', '.join(sorted(hit - foretold))}"
    return ImpactRow(
        environment=key[0],
        agent=key[1],
        type=key[2],
        predictions=true + false,
        came_true=true,
        did_not=false,
        unforeseen=unforeseen,
        example=example,
    )


def _newly(minutes: Sequence[int], one: Prediction, wait: int) -> bool:
    """Whether users felt it from an action on, and not in the `wait` before it."""
    start = one.began_at - one.began_at % MINUTE
    return not _within(minutes, start - wait, start) and _within(
        minutes, start, one.ended_at + wait + 1
    )


def _within(minutes: Sequence[int], start: int, end: int) -> bool:
    index = bisect_left(minutes, start)
    return index < len(minutes) and minutes[index] < end


def _minutes(felt: Sequence[Felt]) -> dict[tuple[str, str], list[int]]:
    found: dict[tuple[str, str], list[int]] = defaultdict(list)
    for one in felt:
        found[one.environment, one.service].append(one.at)
    return {key: sorted(times) for key, times in found.items()}


def _ignored(
    key: tuple[str, str, str, str],
    begun: Sequence[int],
    acted: Sequence[int],
    wait: int,
    seen: Sequence[tuple[int, int, int]],
) -> AlertRow | None:
    """Return the pages after which nobody acted, nor acknowledged the finding they belong to."""
    ignored = [
        at
        for at in begun
        if not _within(acted, at, at + wait)
        and not any(first <= at <= last + wait and given >= at for first, last, given in seen)
    ]
    if not ignored:
        return None
    return _alert(IGNORED, key, len(ignored), len(begun), ignored[-1])


def _by_itself(
    key: tuple[str, str, str, str], told: Sequence[Alert], acted: Sequence[int], least: int
) -> AlertRow | None:
    """Return an alert that was over each time before a person did anything."""
    began: int | None = None
    spans = []
    for one in told:
        if one.status in CALM:
            if began is not None:
                spans.append((began, one.at))
            began = None
        elif began is None:
            began = one.at
    if len(spans) < least or any(_within(acted, start, end + 1) for start, end in spans):
        return None
    return _alert("alert that recovers by itself", key, len(spans), len(spans), spans[-1][0])


def _alert(kind: str, key: tuple[str, str, str, str], times: int, of: int, last: int) -> AlertRow:
    return AlertRow.model_validate(
        {
            "kind": kind,
            "environment": key[0],
            "service": key[1],
            "signal": key[3],
            "times": times,
            "of": of,
            "last_at": rfc3339(last),
        }
    )


def _threshold(  # noqa: PLR0917 - the row's own fields
    kind: str, name: str, environment: str, service: str, fired: str, why: str, threshold: str = ""
) -> ThresholdRow:
    return ThresholdRow.model_validate(
        {
            "kind": kind,
            "name": name,
            "environment": environment,
            "service": service,
            "threshold": threshold,
            "fired": fired,
            "why": why,
        }
    )


def _spent(usage: Sequence[Usage]) -> dict[tuple[str, str], tuple[float, int]]:
    found: dict[tuple[str, str], tuple[float, int]] = {}
    for one in usage:
        if not one.by_hand and one.service:
            seconds, uses = found.get((one.environment, one.service), (0.0, 0))
            key = (one.environment, one.service)
            found[key] = (seconds + one.seconds, uses + one.uses)
    return found
