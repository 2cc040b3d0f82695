"""What a team states for the review and for readiness; every default is in docs/review.md."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from overheal.report.review.items import Item


@dataclass(frozen=True)
class Rates:
    """Minutes of people's time, None where the team does not say.

    `manual_minutes` a recovery by hand takes, `failure_minutes` one that automation failed at or
    that did not help costs, `unnecessary_minutes` one that was not needed; `upkeep_minutes` is what
    a policy takes to keep up in 90 days.
    """

    manual_minutes: float | None = None
    failure_minutes: float | None = None
    unnecessary_minutes: float = 0.0
    upkeep_minutes: float = 0.0


@dataclass(frozen=True)
class ReviewSettings:
    """How the review judges; shares and ratios are numbers, not percent."""

    manual_runs: int = 10
    stateful_types: tuple[str, ...] = ("failover", "restore")
    level_days: int = 180
    success_bound: float = 0.9
    unknown_share: float = 0.2
    stale_days: int = 90
    costlier_ratio: float = 1.5
    acted_minutes: int = 60
    impact_minutes: int = 15
    least: int = 5
    always_share: float = 0.8
    rates: Rates = Rates()
    policies: Mapping[str, Rates] = field(default_factory=dict)


@dataclass(frozen=True)
class ReadinessSettings:
    """How readiness judges: which items are required, and after how many days what was seen is old.

    Without `required` all items are.
    """

    required: tuple[Item, ...] = ()
    drill_days: int = 180
    state_days: int = 7
    history_days: int = 90
