"""(b) Found, and when: troubles in fleets that live as usual."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from benchmarks.fleet_calibration.intervals import shown
from benchmarks.fleet_calibration.oracle import power
from benchmarks.fleet_calibration.scenarios import decay_plan, mass_plan, trouble_plan
from benchmarks.fleet_calibration.watching import FINDS, caught, watch
from overheal.detect import registry
from overheal.model import DAY, MICROSECOND, Finding, Tier
from overheal.testing.simulate import Stretch, simulate

DECAY = ("degradation", "step")
QUIET = ("incomplete", "stale_policy")
"""Troubles that need no more than to be told at all."""


@dataclass(frozen=True)
class Found:
    """What became of one sort of trouble: for each time, after how many units it was found.

    A delay is None where it was never found; `critical` counts those that reached that tier.
    """

    name: str
    title: str
    detector: str
    unit: str
    within: float
    goal: float | None
    delays: tuple[float | None, ...]
    critical: int
    oracle: float | None = None

    @property
    def hits(self) -> int:
        """How many were found as soon as they should be."""
        return sum(delay is not None and delay <= self.within for delay in self.delays)


def found(chosen: Mapping[str, Any], times: int, seed: int) -> Iterator[Found]:
    """Yield what became of every trouble of a set, each injected so many times."""
    known = {
        name: entry
        for name, entry in chosen["found"].items()
        if FINDS[entry["trouble"]] in registry.names()
    }
    for name, entry in known.items():
        if entry["trouble"] in DECAY:
            fleet = simulate(decay_plan(entry, times, seed), seed)
            findings = watch(fleet, [FINDS[entry["trouble"]]])
            best = power(entry, seed)
            yield replace(measured(name, entry, findings, fleet.truth), oracle=best)
    for name, entry in known.items():
        if entry["trouble"] == "mass_action":
            fleet = simulate(mass_plan(entry, max(5, times // 2), seed), seed)
            yield measured(name, entry, watch(fleet), fleet.truth)
    rest = {
        name: entry
        for name, entry in known.items()
        if entry["trouble"] not in (*DECAY, "mass_action")
    }
    plan, owners = trouble_plan(rest, times, seed)
    fleet = simulate(plan, seed)
    findings = watch(fleet, overrun=DAY)
    kinds = [trouble.kind for trouble in plan.troubles]
    labels = [f"{kind}-{kinds[:place].count(kind)}" for place, kind in enumerate(kinds)]
    by_label = {stretch.label: stretch for stretch in fleet.truth}
    for name, entry in rest.items():
        pairs = zip(labels, owners, strict=True)
        ours = [by_label[label] for label, owner in pairs if owner == name and label in by_label]
        yield measured(name, entry, findings, ours)


def measured(
    name: str, entry: Mapping[str, Any], findings: list[Finding], stretches: list[Stretch]
) -> Found:
    """Return how late each stretch was found, in the entry's unit."""
    ours = [one for one in findings if one.detector == FINDS[entry["trouble"]]]
    tier = Tier.INFORMATIONAL if entry["trouble"] in QUIET else Tier.ACTIONABLE
    delays, critical = list[float | None](), 0
    for stretch in stretches:
        at = caught(ours, stretch, tier)
        critical += caught(ours, stretch, Tier.CRITICAL) is not None
        delays.append(None if at is None else _delay(stretch, at, entry["unit"]))
    return Found(
        name,
        entry["title"],
        FINDS[entry["trouble"]],
        entry["unit"],
        entry["within"],
        entry.get("share"),
        tuple(delays),
        critical,
    )


def _delay(stretch: Stretch, at: int, unit: str) -> float:
    if unit == "seconds":
        return max(0.0, (at - stretch.steps[0]) / MICROSECOND)
    return stretch.steps_by(at)


def table(rows: list[Found]) -> Iterator[str]:
    """Yield the lines of a table: a row for each trouble."""
    yield (
        "| trouble | detector | found in time | goal | oracle | ever | critical | median delay "
        "| runs |"
    )
    yield "|---|---|---:|---:|---:|---:|---:|---:|---:|"
    for row in rows:
        runs = len(row.delays)
        ever = [delay for delay in row.delays if delay is not None]
        median = f"{statistics.median(ever):.0f} {row.unit}" if ever else "-"
        goal = f"by {row.within:g} {row.unit}" + (f": {row.goal:.0%}" if row.goal else "")
        share = [f"{count / runs:.0%}" if runs else "-" for count in (len(ever), row.critical)]
        best = "-" if row.oracle is None else f"{row.oracle:.0%}"
        cells = [
            row.title,
            f"`{row.detector}`",
            shown(row.hits, runs),
            goal,
            best,
            *share,
            median,
            runs,
        ]
        yield "| " + " | ".join(str(cell) for cell in cells) + " |"
