"""(c) Conflicts: precision and recall among neighbours that look alike, over the threshold."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from benchmarks.fleet_calibration.intervals import shown
from benchmarks.fleet_calibration.scenarios import conflict_plan
from benchmarks.fleet_calibration.watching import Remembered, belongs, caught, reached, watch
from overheal.detect import registry
from overheal.model import Tier
from overheal.testing.simulate import Reporting

DETECTOR = "agent_conflict"
THRESHOLDS = (1, 2, 3, 4, 5, 6, 8, 10)
DEFAULT: Any = next(
    field.default
    for kind in registry.SCOPE_DETECTORS
    if kind.name == DETECTOR
    for field in dataclasses.fields(kind.settings_type)
    if field.name == "reversals"
)
FLAKY = Reporting(lost=0.1, doubled=0.1)


@dataclasses.dataclass(frozen=True)
class Conflicts:
    """What `agent_conflict` found at one threshold; `mistaken` counts false ones by what it was."""

    threshold: int
    fights: int
    found: int
    findings: int
    true: int
    mistaken: Mapping[str, int]


def conflicts(
    chosen: Mapping[str, Any], fights: int, seed: int, reporting: Reporting | None = None
) -> Iterator[Conflicts]:
    """Yield what is found at each threshold, in the same fleet; at the default if it is flaky."""
    plan = conflict_plan(chosen, fights, seed)
    if reporting is not None:
        plan = dataclasses.replace(plan, reporting=reporting)
    fleet = Remembered(plan, seed)
    harmful = [stretch for stretch in fleet.truth if stretch.harmful]
    alike = [stretch for stretch in fleet.truth if not stretch.harmful]
    for threshold in THRESHOLDS if reporting is None else (DEFAULT,):
        settings = {DETECTOR: {"reversals": threshold}}
        findings = [
            one
            for one in watch(fleet, [DETECTOR], settings)
            if reached(one, Tier.ACTIONABLE) is not None
        ]
        true = [one for one in findings if any(belongs(one, stretch) for stretch in harmful)]
        wrong = Counter(
            next((stretch.kind for stretch in alike if belongs(one, stretch)), "ordinary life")
            for one in findings
            if one not in true
        )
        found = sum(caught(findings, stretch, Tier.ACTIONABLE) is not None for stretch in harmful)
        yield Conflicts(threshold, len(harmful), found, len(findings), len(true), wrong)


def flaky(row: Conflicts) -> str:
    """Return what is found where a tenth of all events is lost and a tenth told twice."""
    return (
        "With a tenth of all events lost and a tenth told twice, at the default: precision "
        f"{shown(row.true, row.findings)}, recall {shown(row.found, row.fights)}."
    )


def table(rows: list[Conflicts]) -> Iterator[str]:
    """Yield the lines of a table: a row for each threshold."""
    yield "| `reversals` | precision | recall | findings | mistaken for fights |"
    yield "|---:|---:|---:|---:|---|"
    for row in rows:
        wrong = ", ".join(f"{kind} {many}" for kind, many in sorted(row.mistaken.items())) or "none"
        mark = " (default)" if row.threshold == DEFAULT else ""
        yield (
            f"| {row.threshold}{mark} | {shown(row.true, row.findings)} "
            f"| {shown(row.found, row.fights)} | {row.findings} | {wrong} |"
        )
