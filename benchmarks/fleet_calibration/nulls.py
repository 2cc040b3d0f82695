"""(a) False alarms: fleets in which nothing is wrong, and what detectors say of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.fleet_calibration.intervals import bounds
from benchmarks.fleet_calibration.scenarios import busy_plan, null_plan
from benchmarks.fleet_calibration.watching import INFERRING, reached, watch
from overheal.detect import registry
from overheal.model import Finding, Tier
from overheal.testing.simulate import simulate

DAYS = 90.0
TIERS = (Tier.ACTIONABLE, Tier.CRITICAL)


@dataclass(frozen=True)
class Null:
    """What one detector said of one null: services it spoke of, by tier, out of all."""

    title: str
    detector: str
    services: int
    spoken: tuple[int, int]
    days: float = DAYS


def false_alarms(
    chosen: Mapping[str, Any], services: int, seed: int, days: float = DAYS
) -> Iterator[Null]:
    """Yield what each registered inferring detector says of each null."""
    names = [name for name in INFERRING if name in registry.names()]
    for entry in chosen["nulls"].values():
        fleet = simulate(null_plan(entry, services, days), seed)
        findings = watch(fleet, names)
        for name in names:
            spoken = (spoken_of(findings, name, TIERS[0]), spoken_of(findings, name, TIERS[1]))
            yield Null(entry["title"], name, services, spoken)


def busy(services: int, seed: int, days: float) -> list[Null]:
    """Return what each registered inferring detector says of a busy fleet."""
    names = [name for name in INFERRING if name in registry.names()]
    findings = watch(simulate(busy_plan(services, days), seed), names)
    return [
        Null(
            f"busy fleet of {services} in {days:g} days",
            name,
            services,
            (spoken_of(findings, name, TIERS[0]), spoken_of(findings, name, TIERS[1])),
            days,
        )
        for name in names
    ]


def spoken_of(findings: list[Finding], name: str, tier: Tier) -> int:
    """Return how many services a detector spoke of at a tier; a finding of several counts once."""
    loud = [one for one in findings if one.detector == name and reached(one, tier) is not None]
    return len({one.service or one.id for one in loud})


def table(nulls: list[Null]) -> Iterator[str]:
    """Yield the lines of a table: a row for each null, and what it means for a whole fleet."""
    names = list(dict.fromkeys(null.detector for null in nulls))
    yield "| null | " + " | ".join(f"`{name}`" for name in names) + " |"
    yield "|---|" + "---:|" * len(names)
    for title in dict.fromkeys(null.title for null in nulls):
        row = [null for null in nulls if null.title == title]
        yield f"| {title} | " + " | ".join(_cell(null) for null in row) + " |"
    pooled = [_pooled(nulls, name) for name in names]
    yield "| **all together** | " + " | ".join(_cell(null) for null in pooled) + " |"
    yield ""
    yield "| detector | findings a week, 1,000 services | 10,000 services | of these critical |"
    yield "|---|---:|---:|---:|"
    for null in pooled:
        week = null.spoken[0] / null.services * 7 / null.days
        critical = null.spoken[1] / null.services * 7 / null.days
        yield (
            f"| `{null.detector}` | {1000 * week:.2f} | {10_000 * week:.1f} "
            f"| {10_000 * critical:.1f} |"
        )


def _pooled(nulls: list[Null], name: str) -> Null:
    ours = [null for null in nulls if null.detector == name]
    spoken = (sum(null.spoken[0] for null in ours), sum(null.spoken[1] for null in ours))
    return Null("", name, sum(null.services for null in ours), spoken, ours[0].days)


def _cell(null: Null) -> str:
    return " / ".join(
        f"{hits / null.services:.2%} (≤ {bounds(min(hits, null.services), null.services)[1]:.2%})"
        for hits in null.spoken
    )
