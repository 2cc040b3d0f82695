"""(d) Completeness: what is said of a fleet whose reporters lose events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.fleet_calibration.watching import watch
from overheal.detect import registry
from overheal.testing.simulate import Plan, Recoveries, drop, simulate

DETECTOR = "silent_automation"
GOAL = 0.02
SHARES = ("seen_share", "seen", "share_seen", "completeness")
"""Names under which a finding's evidence may tell the share that was seen."""


@dataclass(frozen=True)
class Completeness:
    """What share of restarts was told, and what shares findings say; `told` is None if nobody."""

    lost: float
    seen: float
    told: tuple[float, ...] | None


def completeness(chosen: Mapping[str, Any], services: int, seed: int) -> Completeness:
    """Return what is said of a fleet that restarts three times a day and loses events."""
    lost = float(chosen["reporting"]["lost"])
    whole = Plan(
        services=services,
        days=7,
        recoveries=Recoveries(per_day=(2.0, 4.0)),
        counters=3600.0,
        releases_per_week=0,
        autoscaled=0,
    )
    flaky = Plan(**{**vars(whole), "reporting": drop(lost)})
    seen = _restarts(flaky, seed) / _restarts(whole, seed)
    if DETECTOR not in registry.names():
        return Completeness(lost, seen, None)
    findings = [one for one in watch(simulate(flaky, seed)) if one.detector == DETECTOR]
    shares = [_share(one.evidence) for one in findings]
    return Completeness(lost, seen, tuple(share for share in shares if share is not None))


def lines(found: Completeness) -> Iterator[str]:
    """Yield what there is to say."""
    yield (
        f"- {found.lost:.0%} of events dropped at random; of the restarts {found.seen:.1%} were "
        "told."
    )
    if found.told is None:
        yield f"- `{DETECTOR}`: not registered."
    elif not found.told:
        yield f"- `{DETECTOR}` tells no share (looked for {', '.join(SHARES)})."
    else:
        mean = sum(found.told) / len(found.told)
        near = sum(abs(share - found.seen) <= GOAL for share in found.told)
        yield (
            f"- `{DETECTOR}` says {mean:.1%} on average of {len(found.told)} findings; {near} are "
            f"within {GOAL:.0%} (goal: 70 ± 2 % where 30 % are dropped)."
        )


def _restarts(plan: Plan, seed: int) -> int:
    return sum(event.type == "restart" for event in simulate(plan, seed).events())


def _share(evidence: Mapping[str, Any]) -> float | None:
    found = next((evidence[name] for name in SHARES if name in evidence), None)
    return float(found) if isinstance(found, int | float) else None
