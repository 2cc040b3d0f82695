"""What it costs to move a threshold: every setting, halved and doubled, or turned round."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from benchmarks.fleet_calibration.completeness import DETECTOR as COUNTED
from benchmarks.fleet_calibration.completeness import counted_plan
from benchmarks.fleet_calibration.found import DECAY, measured
from benchmarks.fleet_calibration.nulls import DAYS, spoken_of
from benchmarks.fleet_calibration.scenarios import decay_plan, mass_plan, null_plan, trouble_plan
from benchmarks.fleet_calibration.watching import FINDS, Remembered, watch
from overheal.detect import registry
from overheal.detect.base import CRITICAL, Settings
from overheal.errors import ConfigError
from overheal.model import DAY, Tier
from overheal.testing.simulate import Reporting, Simulation, Stretch

Said = tuple[int, int, int, int, int, int]
"""Services spoken of in nulls (actionable, critical); troubles found in time, critical, in all;
findings of every tier, wherever it watched."""

Injected = tuple[str, Any, Simulation, list[Stretch]]
"""An entry's name, the entry, its fleet, and what was injected there."""


@dataclasses.dataclass(frozen=True)
class Moved:
    """What one setting does at half its default, at its default and at double; None: impossible.

    A default of 0 is moved to 1 alone, and what is no becomes yes.
    """

    detector: str
    setting: str
    default: float
    unit: str
    services: int
    said: tuple[Said | None, Said, Said | None]


class Bench:
    """The fleets that a detector is watched over: nulls, and those with its troubles."""

    def __init__(self, chosen: Mapping[str, Any], services: int, times: int, seed: int) -> None:
        self._nulls = [
            Remembered(null_plan(entry, services, DAYS), seed) for entry in chosen["nulls"].values()
        ]
        self.services = services * len(self._nulls)
        self._chosen, self._times, self._seed = chosen, times, seed
        lossy = counted_plan(max(4, services // 2), Reporting(lost=0.1), 2.0)
        self._counted = Remembered(lossy, seed)

    def troubles(self, detector: str) -> list[Injected]:
        """Return the entries that a detector is there for, with their fleets."""
        ours = {
            name: entry
            for name, entry in self._chosen["found"].items()
            if FINDS[entry["trouble"]] == detector
        }
        made: list[Injected] = []
        for name, entry in ours.items():
            if entry["trouble"] in DECAY:
                plan = decay_plan(entry, self._times, self._seed)
            elif entry["trouble"] == "mass_action":
                plan = mass_plan(entry, max(4, self._times // 3), self._seed, 150)
            else:
                plan, _ = trouble_plan({name: entry}, self._times, self._seed)
            fleet = Remembered(plan, self._seed)
            made.append((name, entry, fleet, fleet.truth))
        return made

    def said(
        self, detector: str, troubles: list[Injected],
        settings: Mapping[str, Any],
    ) -> Said:  # fmt: skip
        """Return what a detector says with these settings."""
        own = {detector: settings}
        loud, critical, hits, paged, runs, every = 0, 0, 0, 0, 0, 0
        if detector == COUNTED:
            every = len(watch(self._counted, [detector], own))
        for fleet in self._nulls:
            findings = watch(fleet, [detector], own)
            every += len(findings)
            loud += spoken_of(findings, detector, Tier.ACTIONABLE)
            critical += spoken_of(findings, detector, Tier.CRITICAL)
        for name, entry, injected, truth in troubles:
            findings = watch(injected, [detector], own, overrun=DAY)
            every += sum(one.detector == detector for one in findings)
            got = measured(name, entry, findings, truth)
            hits, paged, runs = hits + got.hits, paged + got.critical, runs + len(got.delays)
        return loud, critical, hits, paged, runs, every


def moved(bench: Bench) -> Iterator[Moved]:
    """Yield every setting of registered detectors, moved both ways."""
    kinds: dict[str, type[Settings]] = {
        kind.name: kind.settings_type
        for kind in (*registry.SCOPE_DETECTORS, *registry.FLEET_DETECTORS)
    }
    for name, kind in kinds.items():
        troubles = bench.troubles(name)
        usual = bench.said(name, troubles, {})
        for field in dataclasses.fields(kind):
            half, double = (
                _said(bench, name, troubles, values) if values else None
                for values in moves(kind, field)
            )
            unit = field.metadata["unit"]
            yield Moved(
                name, field.name, field.default, unit, bench.services, (half, usual, double)
            )


def table(rows: list[Moved]) -> Iterator[str]:
    """Yield the lines of a table: a row for each setting."""
    yield (
        "| setting | default | false alarms: halved | default | doubled "
        "| found in time / critical: halved | default | doubled "
        "| findings: halved | default | doubled |"
    )
    yield "|---|---|" + "---:|" * 9
    for row in rows:
        alarms = " | ".join(_alarms(said, row.services) for said in row.said)
        hits = " | ".join(_hits(said) for said in row.said)
        every = " | ".join("not possible" if said is None else str(said[5]) for said in row.said)
        yield (
            f"| `{row.detector}.{row.setting}` | {shown(row.default, row.unit)} | {alarms} "
            f"| {hits} | {every} |"
        )


def shown(default: float, unit: str) -> str:
    """Return a default as the table has it."""
    return ("yes" if default else "no") if isinstance(default, bool) else f"{default:g} {unit}"


def moves(
    kind: type[Settings], field: dataclasses.Field[Any]
) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """Return the settings with half of one, and with its double; None where that is the same.

    What is no becomes yes, and a default of 0 becomes 1. What makes critical what a setting opens
    goes along where it has to: of a probability it may not be higher, of all else not lower.
    """
    default = field.default
    half, double = type(default)(default / 2), type(default)(default * 2 or 1)
    return tuple(  # type: ignore[return-value]
        _with_critical(kind, field, value) if value != default else None
        for value in ((default, not default) if isinstance(default, bool) else (half, double))
    )


def _with_critical(
    kind: type[Settings], field: dataclasses.Field[Any], value: float
) -> dict[str, Any]:
    critical = getattr(kind(), CRITICAL + field.name, None)
    if critical is None:
        return {field.name: value}
    least = value + (field.metadata["bound"] == "exclusive")
    is_error = field.metadata["unit"] == "probability"
    along = min(critical, value) if is_error else max(critical, least)
    return {field.name: value, CRITICAL + field.name: along}


def _said(bench: Bench, name: str, troubles: list[Any], settings: Mapping[str, Any]) -> Said | None:
    try:
        return bench.said(name, troubles, settings)
    except (ConfigError, ValueError):
        return None


def _alarms(said: Said | None, services: int) -> str:
    if said is None:
        return "not possible"
    return f"{said[0] / services:.2%} / {said[1] / services:.2%}"


def _hits(said: Said | None) -> str:
    if said is None:
        return "not possible"
    return f"{said[2] / said[4]:.0%} / {said[3] / said[4]:.0%}" if said[4] else "-"
