"""(d) Completeness: what is said of a fleet whose reporters lose events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.fleet_calibration.watching import watch
from overheal.detect import registry
from overheal.model import Totals
from overheal.report.document import assemble
from overheal.testing.simulate import Plan, Recoveries, Reporting, simulate

DETECTOR = "silent_automation"
GOAL = 0.02
SEEN, MOVED = "seen", "moved"
"""Where a finding's evidence tells how much was seen, and how much counters moved."""


@dataclass(frozen=True)
class Completeness:
    """What share of restarts was told, and what findings say; `told` is None if nobody says any.

    It holds pairs, one for each finding: how much was seen, and how much there was. `marked` is how
    many spans the report marks as incomplete beside its KPIs.
    """

    lost: float
    seen: float
    told: tuple[tuple[float, float], ...] | None
    marked: int = 0


def completeness(chosen: Mapping[str, Any], services: int, seed: int) -> Completeness:
    """Return what is said of a fleet that restarts every half hour and loses events."""
    lost = float(chosen["reporting"]["lost"])
    whole = counted_plan(services, Reporting())
    flaky = counted_plan(services, Reporting(**chosen["reporting"]))
    seen = _restarts(flaky, seed) / _restarts(whole, seed)
    if DETECTOR not in registry.names():
        return Completeness(lost, seen, None)
    findings = [one for one in watch(simulate(flaky, seed)) if one.detector == DETECTOR]
    pairs = tuple(
        (float(one.evidence[SEEN]), float(one.evidence[MOVED]))
        for one in findings
        if one.evidence.get(MOVED)
    )
    report = assemble(
        findings=findings,
        services=[],
        totals=Totals(),
        window=None,
        config_hash="",
        notes=[],
        origin=[],
    )
    return Completeness(lost, seen, pairs, len(report.kpis.incomplete))


def counted_plan(services: int, reporting: Reporting, days: float = 4.0) -> Plan:
    """Return a fleet that restarts every half hour, and whose counters are read every hour."""
    return Plan(
        services=services,
        days=days,
        recoveries=Recoveries(per_day=(40.0, 80.0)),
        counters=3600.0,
        releases_per_week=0,
        autoscaled=0,
        reporting=reporting,
    )


def lines(found: Completeness) -> Iterator[str]:
    """Yield what there is to say."""
    yield (
        f"- {found.lost:.0%} of events dropped at random, others doubled or late; of the restarts "
        f"{found.seen:.1%} were told."
    )
    if found.told is None:
        yield f"- `{DETECTOR}`: not registered."
    elif not found.told:
        yield f"- `{DETECTOR}` tells no share (looked for `{SEEN}` of `{MOVED}`)."
    else:
        share = sum(seen for seen, _ in found.told) / sum(moved for _, moved in found.told)
        near = sum(abs(seen / moved - found.seen) <= GOAL for seen, moved in found.told)
        yield (
            f"- `{DETECTOR}` says {share:.1%} over {len(found.told)} findings, each of one "
            f"service; {near} of these are within {GOAL:.0%} of the truth (goal: 70 ± 2 % where "
            "30 % are dropped). One service's share of some two hundred moves is three points off "
            "by chance."
        )
        yield f"- The report marks {found.marked} spans as incomplete beside its KPIs."


def _restarts(plan: Plan, seed: int) -> int:
    return len({event.id for event in simulate(plan, seed).events() if event.type == "restart"})
