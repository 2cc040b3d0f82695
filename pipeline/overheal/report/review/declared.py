"""What was declared against what happened: failure modes, fields, expectations, drills."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from overheal.catalog import FailureMode
from overheal.detect.out_of_order_recovery.modes import asked_of
from overheal.report.review.parts import (
    DeviationRow,
    DrillRow,
    ExpectationRow,
    FieldRow,
    Told,
)
from overheal.report.review.rows import Evidence, Recovered
from overheal.report.words import duration, plural, rfc3339
from overheal.state.words import times

_ORDER = "out_of_order_recovery"
"""The detector that notices recoveries before what they have to come after."""


def deviations(evidence: Evidence) -> Told[DeviationRow]:
    """Return each declared failure mode that went otherwise than declared, or never came."""
    declared = {
        (name, mode): known
        for name, entry in evidence.catalog.file.services.items()
        for mode, known in entry.failure_modes.items()
    }
    if not declared:
        return Told[DeviationRow](rows=[], thin="no failure mode is declared in the catalog")
    seen, unmatched = _matched(evidence)
    disordered = _disordered(evidence)
    rows = []
    for (name, mode), known in sorted(declared.items()):
        homes = sorted({home for home in seen if home[1:] == (name, mode)}) or [("", name, mode)]
        for home in homes:
            wrong = disordered[home[0], name, mode]
            row = _deviation(home, known, seen.get(home, []), wrong, evidence)
            if row is not None:
                rows.append(row)
    rows.sort(key=lambda row: (row.never_exercised, -row.other_recovery - row.too_slow))
    symptomless = sum(known.symptom is None for known in declared.values())
    thin = None
    if symptomless:
        thin = f"{plural(symptomless, 'mode')} without a symptom cannot be told from another"
    elif unmatched:
        thin = (
            f"{plural(unmatched, 'recovery', 'recoveries')} named no declared symptom in the "
            "condition or signals"
        )
    return Told[DeviationRow](rows=rows, thin=thin)


def fields(evidence: Evidence) -> Told[FieldRow]:
    """Return fields whose value is another than what was declared for them, the newest first."""
    rows = [
        FieldRow(
            environment=one.environment,
            service=one.service,
            target=f"{one.target_kind} {one.target}".strip(),
            field=one.field,
            declared=one.declared,
            declared_by=one.declared_by,
            declared_at=rfc3339(one.declared_at),
            found=one.seen,
            found_by=one.seen_by,
            found_at=rfc3339(one.seen_at),
            expired=bool(one.until) and one.until <= evidence.until,
        )
        for one in sorted(evidence.fields, key=lambda one: (-one.seen_at, one.service, one.field))
    ]
    thin = None if rows else "only fields with a declared value (intent.desired) can be compared"
    return Told[FieldRow](rows=rows, thin=thin)


def expectations(evidence: Evidence) -> Told[ExpectationRow]:
    """Return expectations that ended in the span and that none of the service's follows."""
    rows = [
        ExpectationRow(
            id=one.id,
            service=one.service,
            owner=one.owner,
            reason=one.reason,
            rate=one.rate,
            ended_at=rfc3339(one.end),
        )
        for one in sorted(evidence.expectations, key=lambda one: (-one.end, one.id))
        if evidence.since <= one.end < evidence.until
        and not any(
            other.service == one.service
            and other.detector in ("", one.detector)
            and other.environment in ("", one.environment)
            and other.since <= evidence.until < other.end
            for other in evidence.expectations
        )
    ]
    thin = None if evidence.expectations else "nothing was ever declared as expected"
    return Told[ExpectationRow](rows=rows, thin=thin)


def drills(evidence: Evidence) -> Told[DrillRow]:
    """Return the drills that were under way in the span, with the actions recorded in them."""
    rows = [
        DrillRow(
            id=one.id,
            owner=one.owner,
            services=list(one.services or one.scopes),
            start=rfc3339(one.since),
            end=rfc3339(one.end),
            actions=evidence.drilled.get(one.id, 0),
        )
        for one in sorted(evidence.drills, key=lambda one: (-one.since, one.id))
        if one.since < evidence.until and one.end > evidence.since
    ]
    thin = None if rows else "no drill was declared for the span"
    return Told[DrillRow](rows=rows, thin=thin)


def _matched(
    evidence: Evidence,
) -> tuple[dict[tuple[str, str, str], list[Recovered]], int]:
    """Return recoveries by environment, catalog name and mode, and how many name no symptom."""
    seen: dict[tuple[str, str, str], list[Recovered]] = defaultdict(list)
    unmatched = 0
    for one in evidence.recoveries:
        name = _entry_name(evidence, one.service)
        entry = evidence.catalog.file.services.get(name)
        asked = asked_of(entry, one) if entry is not None else None
        if asked is None:
            unmatched += evidence.since <= one.at < evidence.until
            continue
        for mode in asked.modes:
            seen[one.environment, name, mode].append(one)
    return seen, unmatched


def _entry_name(evidence: Evidence, service: str) -> str:
    known = evidence.catalog.file.services
    return service if service in known else service.rpartition("/")[2]


def _disordered(evidence: Evidence) -> Counter[tuple[str, str, str]]:
    found: Counter[tuple[str, str, str]] = Counter()
    for finding in evidence.standing():
        if finding.detector == _ORDER:
            name = _entry_name(evidence, finding.service)
            for mode in finding.evidence.get("failure_modes", []):
                found[finding.environment, name, mode] += 1
    return found


def _deviation(
    home: tuple[str, str, str],
    known: FailureMode,
    seen: Sequence[Recovered],
    wrong: int,
    evidence: Evidence,
) -> DeviationRow | None:
    """Return how a mode went otherwise, None where it went as declared."""
    real = [one for one in seen if not one.drill and evidence.since <= one.at < evidence.until]
    others = [one for one in real if known.recovery is not None and one.type != known.recovery]
    limit = known.within_seconds
    slow = [one.seconds for one in real if limit and one.seconds and one.seconds > limit]
    never = not seen and known.last_tested is None
    if not (others or slow or wrong or never):
        return None
    told = [f"{kind} {times(count)}" for kind, count in Counter(one.type for one in others).items()]
    if slow:
        told.append(f"up to {duration(max(slow))}")
    if wrong:
        told.append(f"out of order {times(wrong)}")
    asked: list[str] = [known.recovery or "any recovery"]
    if limit:
        asked.append(f"within {duration(limit)}")
    if known.after:
        asked.append(f"after {', '.join(known.after)}")
    return DeviationRow(
        environment=home[0],
        service=home[1],
        mode=home[2],
        exercised=len(real),
        other_recovery=len(others),
        too_slow=len(slow),
        out_of_order=wrong,
        never_exercised=never,
        declared=", ".join(asked),
        happened=", ".join(told) or "never exercised",
    )
