"""The autonomy evidence gate: whether what happened allows the next level.

Levels are those of the event schema, 0 (advises only) to 4 (acts without any human); what only
people do stands at no level, and its next one is 1. The rules and where they come from stand in
docs/review.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from overheal.catalog import ServiceEntry
from overheal.model import DAY, Tier
from overheal.report.kpis import wilson
from overheal.report.review.parts import GateRow, Told
from overheal.report.review.rows import Evidence, Reviewed, Usage
from overheal.report.review.settings import ReviewSettings
from overheal.report.words import plural
from overheal.state.words import percent

HIGHEST = 4
UNKNOWN = ServiceEntry.model_validate({})
"""What is known about a service that the catalog does not have."""
_ORDER = {"step back": 0, "next level": 1, "not yet": 2, "stay": 3}
Key = tuple[str, str, str]


@dataclass
class Case:
    """All that decides about one service and type of action."""

    key: Key
    entry: ServiceEntry
    usage: list[Usage] = field(default_factory=list)
    before: list[Usage] = field(default_factory=list)
    days: Sequence[tuple[int, int]] = ()
    reviews: list[Reviewed] = field(default_factory=list)
    critical: int = 0
    until: int = 0

    @property
    def level(self) -> int | None:
        """The highest level of the last day on which automation acted; -1 where it states none."""
        return max(self.days)[1] if self.days else None

    def days_at_level(self) -> int | None:
        """Return days since automation last began to act at this level, without a lower one since.

        A day on which it also acted lower, or without a level, starts the count afresh after it.
        """
        level = self.level
        if level is None:
            return None
        lower = max((day for day, other in self.days if other < level), default=-1)
        first = min((day for day, other in self.days if other >= level and day > lower), default=-1)
        return self.until // DAY - first if first >= 0 else 0

    def outcomes(self, usage: Sequence[Usage]) -> tuple[int, int, int]:
        """Return how many succeeded, ended in a known way, and ended unknown, at this level."""
        level = self.level
        at = [
            one
            for one in usage
            if (one.by_hand if level is None else not one.by_hand and _stated(one) == level)
        ]
        return (
            sum(one.succeeded for one in at),
            sum(one.known for one in at),
            sum(one.unknown + one.unfinished for one in at),
        )

    def judged(self) -> list[Reviewed]:
        """Return the last review of each run by hand that came to a verdict, newest run first."""
        return [one for one in _last_of_each(self.reviews) if one.by_hand]


def gate(evidence: Evidence, settings: ReviewSettings) -> Told[GateRow]:
    """Return a row for every service and type of action that was taken, steps back first."""
    rows = [_row(case, settings) for case in cases(evidence)]
    rows.sort(key=_weight)
    thin = None if rows else "nobody and nothing acted on a service in the span"
    if rows and not evidence.reviews:
        thin = "no run was reviewed yet: overheal review ACTION --by NAME --verdict good"
    return Told[GateRow](rows=rows, thin=thin)


def _weight(row: GateRow) -> tuple[int, bool, int, str, str, str]:
    """Return what orders rows: by verdict, then those closest to the next level first."""
    unstated = row.verdict == "not yet" and row.next_level is None
    lacks = len(row.missing)
    return _ORDER[row.verdict], unstated, lacks, row.service, row.type, row.environment


def cases(evidence: Evidence) -> list[Case]:
    """Return what decides about each service and type of action that was used in the span."""
    found: dict[Key, Case] = {}
    for one in evidence.usage:
        key = (one.environment, one.service, one.type)
        if one.service and one.uses:
            entry = evidence.catalog.entry(one.service) or UNKNOWN
            found.setdefault(key, Case(key, entry, until=evidence.until)).usage.append(one)
    for one in evidence.before:
        if (case := found.get((one.environment, one.service, one.type))) is not None:
            case.before.append(one)
    for levels in evidence.levels:
        if (case := found.get((levels.environment, levels.service, levels.type))) is not None:
            case.days = levels.days
    for review in evidence.reviews:
        case = found.get((review.environment, review.service, review.type))
        if case is not None and review.at < evidence.until:
            case.reviews.append(review)
    _count_critical(evidence, found)
    return list(found.values())


def _count_critical(evidence: Evidence, found: dict[Key, Case]) -> None:
    critical: dict[tuple[str, str], int] = defaultdict(int)
    for finding in evidence.standing():
        critical[finding.environment, finding.service] += finding.tier == Tier.CRITICAL
    for key, case in found.items():
        case.critical = critical[key[0], key[1]]


def missing(case: Case, settings: ReviewSettings) -> list[str]:
    """Return what the next level still needs, in sentences; nothing where evidence allows it."""
    level, entry = case.level, case.entry
    if level == -1:
        return ["the agent states no level"]
    upper = 1 if level is None else level + 1
    lacks = []
    if entry.allowed_autonomy_level is None:
        lacks.append("the catalog does not say which level is allowed")
    elif upper > entry.allowed_autonomy_level:
        lacks.append(f"the catalog allows level {entry.allowed_autonomy_level} at most")
    if entry.boundaries is not None and case.key[2] not in entry.boundaries:
        lacks.append(f"{case.key[2]} is outside the service's boundaries")
    if is_stateful(case, settings):
        lacks += _unreviewed(case, settings)
    days = case.days_at_level()
    if upper == HIGHEST and (days or 0) < settings.level_days:
        lacks.append(f"{days} of {settings.level_days} days at level {level}")
    lacks += _unproven(case, settings)
    if case.critical:
        lacks.append(f"{plural(case.critical, 'critical finding')} in the span")
    return lacks


def drift(case: Case, settings: ReviewSettings) -> list[str]:
    """Return what argues for less autonomy than there is, in sentences."""
    level, entry = case.level, case.entry
    if level is None:
        return []
    reasons = []
    allowed = entry.allowed_autonomy_level
    if allowed is not None and level > allowed:
        reasons.append(f"it acts at level {level}, the catalog allows {allowed}")
    good, known, _ = case.outcomes(case.usage)
    now = wilson(good, known)
    then = wilson(*case.outcomes(case.before)[:2])
    if now is not None and now[1] < settings.success_bound:
        reasons.append(
            f"at most {percent(now[1])} succeed, {percent(settings.success_bound)} are needed"
        )
    if now is not None and then is not None and now[1] < then[0]:
        reasons.append(
            f"success fell to {percent(now[1])} at most, from {percent(then[0])} at least"
        )
    if case.critical and level >= 1:
        reasons.append(f"{plural(case.critical, 'critical finding')} in the span")
    bad = [one for one in _last_of_each(case.reviews) if not one.by_hand and one.verdict == "bad"]
    if bad:
        reasons.append(f"{plural(len(bad), 'automated run')} reviewed as bad")
    return reasons


def is_stateful(case: Case, settings: ReviewSettings) -> bool:
    """Whether the action can lose state; a service of which the catalog says nothing may."""
    return case.entry.stateful is not False or case.key[2] in settings.stateful_types


def _row(case: Case, settings: ReviewSettings) -> GateRow:
    level = case.level
    back = drift(case, settings)
    lacks = [] if level == HIGHEST else missing(case, settings)
    good, known, _ = case.outcomes(case.usage)
    bounds = wilson(good, known)
    environment, service, kind = case.key
    return GateRow(
        environment=environment,
        service=service,
        type=kind,
        owner=case.entry.owner or "",
        level=None if level in (None, -1) else level,
        next_level=None if level in (-1, HIGHEST) else 1 if level is None else level + 1,
        verdict=(
            "step back"
            if back
            else "stay"
            if level == HIGHEST
            else "not yet"
            if lacks
            else "next level"
        ),
        success_rate=good / known if known else None,
        success_low=bounds[0] if bounds else None,
        success_high=bounds[1] if bounds else None,
        known=known,
        reviewed_runs=len(case.judged()),
        days_at_level=None if level == -1 else case.days_at_level(),
        critical_findings=case.critical,
        missing=lacks,
        step_back=back,
    )


def _unreviewed(case: Case, settings: ReviewSettings) -> list[str]:
    """Return what reviews of runs by hand still lack: the last so many must all be good."""
    last = case.judged()[: settings.manual_runs]
    bad = sum(one.verdict == "bad" for one in last)
    unsaid = "" if case.entry.stateful is not None else " (stateful unless stated)"
    if len(last) < settings.manual_runs:
        return [f"{len(last)} of {settings.manual_runs} runs by hand reviewed{unsaid}"]
    return [f"{bad} of the last {len(last)} reviewed runs by hand were bad"] if bad else []


def _unproven(case: Case, settings: ReviewSettings) -> list[str]:
    good, known, unknown = case.outcomes(case.usage)
    found = []
    bounds = wilson(good, known)
    if bounds is None:
        found.append("no outcome is known at this level")
    elif bounds[0] < settings.success_bound:
        found.append(
            f"success is at least {percent(bounds[0])} ({good} of {known}), "
            f"{percent(settings.success_bound)} needed"
        )
    total = known + unknown
    if total and unknown / total > settings.unknown_share:
        found.append(f"{percent(unknown / total)} of the outcomes are unknown")
    return found


def _stated(one: Usage) -> int:
    return -1 if one.level is None else one.level


def _last_of_each(reviews: Sequence[Reviewed]) -> list[Reviewed]:
    last: dict[str, Reviewed] = {}
    for one in sorted(reviews, key=lambda one: (one.at, one.by, one.verdict)):
        if one.verdict != "unclear":
            last[one.action_id] = one
    return sorted(last.values(), key=lambda one: (-one.acted_at, one.action_id))
