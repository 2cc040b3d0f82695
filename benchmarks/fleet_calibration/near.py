"""What it costs to move a threshold where limits are near: random histories, every setting moved.

Simulated fleets come near few limits, because trouble in them is either clear or absent. The random
histories of the tests (`tests/support/histories.py`, with the blocks of each detector) and the
stories of `limits` are made to lie on both sides of every limit; what is found in them says how
much hangs on it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from benchmarks.fleet_calibration import limits
from benchmarks.fleet_calibration.thresholds import moves, shown
from overheal.catalog import Catalog
from overheal.detect import registry
from overheal.errors import ConfigError
from overheal.model import DAY, Event, Tier
from tests.support import histories
from tests.support.made import EVERY, flow_of, told

EVENTS, UNTIL = 150, 700.0 * 86_400
"""Events of one history, and how long one goes on looking after its start, in seconds."""


@dataclasses.dataclass(frozen=True)
class Told:
    """What a detector says of all histories: findings, those that are loud, and days they lasted.

    `actionable` counts critical ones, too.
    """

    findings: int
    actionable: int
    critical: int
    days: float


@dataclasses.dataclass(frozen=True)
class Near:
    """One setting at half its default, at its default and at double; None where impossible."""

    detector: str
    setting: str
    default: float
    unit: str
    told: tuple[Told | None, Told, Told | None]

    @property
    def matters(self) -> bool:
        """Whether moving it either way changes anything."""
        return any(one is not None and one != self.told[1] for one in self.told)


def near(times: int, only: Sequence[str] = ()) -> Iterator[Near]:
    """Yield every setting of registered detectors, moved both ways over `times` histories each."""
    known = limits.catalog()
    for name in only or registry.names():
        made = [
            (histories.history(seed, EVENTS, name), histories.catalog()) for seed in range(times)
        ]
        made += [(events, known) for seed in range(times) if (events := limits.story(name, seed))]
        usual = _said(name, made, {})
        kind = registry.named(name)[0].settings_type
        for field in dataclasses.fields(kind):
            half, double = (
                _possible(name, made, values) if values else None for values in moves(kind, field)
            )
            unit = field.metadata["unit"]
            yield Near(name, field.name, field.default, unit, (half, usual, double))


def table(rows: Sequence[Near]) -> Iterator[str]:
    """Yield the lines of a table: a row for each setting."""
    yield (
        "| setting | default | findings (actionable / critical): halved | default | doubled "
        "| days open: halved | default | doubled |"
    )
    yield "|---|---|" + "---:|" * 6
    for row in rows:
        found = " | ".join(
            "not possible" if one is None else f"{one.findings} ({one.actionable} / {one.critical})"
            for one in row.told
        )
        lasted = " | ".join("-" if one is None else f"{one.days:.1f}" for one in row.told)
        yield (
            f"| `{row.detector}.{row.setting}` | {shown(row.default, row.unit)} | {found} "
            f"| {lasted} |"
        )


def _possible(
    name: str, made: list[tuple[list[Event], Catalog]], values: Mapping[str, Any]
) -> Told | None:
    try:
        return _said(name, made, values)
    except ConfigError:
        return None


def _said(name: str, made: list[tuple[list[Event], Catalog]], values: Mapping[str, Any]) -> Told:
    kinds = [kind for kind in EVERY if kind.name == name]
    findings, loud, critical, open_for = 0, 0, 0, 0
    for events, catalog in made:
        flow = flow_of(kinds, catalog=catalog, settings={name: values}, strict=True)
        for one in told(events, flow=flow, until=UNTIL):
            findings += 1
            loud += one.tier >= Tier.ACTIONABLE
            critical += one.tier is Tier.CRITICAL
            until = one.resolved_at if one.resolved_at is not None else one.last_at
            open_for += until - one.detected_at
    return Told(findings, loud, critical, open_for / DAY)
