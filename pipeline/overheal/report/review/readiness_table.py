"""Readiness as tables: one row a service that a manager understands, then what is missing where."""

from __future__ import annotations

from overheal.report.review.items import TITLES
from overheal.report.review.readiness import Readiness, ServicePart
from overheal.report.review.tables import NOTHING, SHOWN, Table
from overheal.report.words import clean, shorten


def readiness_tables(found: Readiness, most: int = SHOWN) -> list[Table]:
    """Return the overview, what contradicts, what is missing, each with at most so many rows."""
    services = found.services[:most]
    asked = len(found.required)
    overview = Table(
        title="Services",
        about="Whether all is known that must be before anything acts on a service by itself.",
        headers=("Service", "Owner", "Ready", "Known", "Missing", "Contradicts"),
        rows=[
            [
                _name(one),
                clean(one.owner) or "nobody",
                "yes" if one.ready else "no",
                f"{one.known} of {asked}",
                ", ".join(TITLES[item].lower() for item in one.missing) or NOTHING,
                ", ".join(TITLES[item].lower() for item in one.contradicts) or NOTHING,
            ]
            for one in services
        ],
        marks=["good" if one.ready else _mark(one) for one in services],
        unlisted=len(found.services) - len(services),
        thin="",
        none="No service is known.",
    )
    return [overview, _details(found, "contradicts", most), _details(found, "missing", most)]


def _details(found: Readiness, state: str, most: int) -> Table:
    rows = [
        [_name(one), TITLES[item.item], shorten(clean(item.why), 200)]
        for one in found.services
        for item in one.items
        if item.state == state and item.required
    ]
    against = state == "contradicts"
    return Table(
        title="Two sources that contradict each other" if against else "What is missing",
        about="Decide which of the two is right, and correct the other."
        if against
        else "Write it into the catalog, or have it reported.",
        headers=("Service", "Item", "Why"),
        rows=rows[:most],
        marks=["critical" if against else ""] * min(len(rows), most),
        unlisted=max(len(rows) - most, 0),
        thin="",
        none="Nothing contradicts itself." if against else "Nothing is missing.",
    )


def _mark(one: ServicePart) -> str:
    return "critical" if one.contradicts else "actionable"


def _name(one: ServicePart) -> str:
    home = "" if one.environment == "production" else f" ({one.environment})"
    return clean(f"{one.service}{home}")
