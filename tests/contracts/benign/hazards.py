"""Several agents at once that are no hazard, and the same at once on what they share."""

from __future__ import annotations

from typing import Any

from overheal.model import Target
from tests.contracts.benign.entry import Benign
from tests.support.made import HOUR, MINUTE, History

CATALOG: dict[str, Any] = {
    "services": {
        "checkout": {"depends_on": ["orders-db"], "scope": "shop"},
        "orders-db": {"scope": "shop"},
        "edge": {"depends_on": ["edge-cache"], "scope": "shop"},
        "edge-cache": {"scope": "shop"},
    }
}


def evening(gap: float = 5 * MINUTE) -> History:
    """Three agents, one after the other, each for its own mandate; hour by hour."""
    made = History()
    for hour in range(6):
        deeds = (
            ("perf-agent", "latency", "scale", "checkout", 4 + hour % 2),
            ("cost-agent", "cost", "cleanup", "orders-db", None),
            ("routing-agent", "reliability", "traffic_shift", "checkout", None),
        )
        for number, (agent, mandate, kind, service, value) in enumerate(deeds):
            made.add(
                hour * HOUR + number * gap,
                agent=agent,
                agent_kind="ai_agent",
                mandate=mandate,
                type=kind,
                service=service,
                trigger="policy",
                target=Target("Pool", f"{agent}-{hour}", "shop"),
                field="size" if value else "",
                new=value,
            )
    return made


def apart(third: str = "edge") -> History:
    """Three agents in the same minute, of which one works on what shares nothing."""
    made = History()
    for number, (agent, mandate, service) in enumerate(
        (("perf", "latency", "checkout"), ("cost", "cost", "orders-db"), ("cdn", "privacy", third))
    ):
        made.add(
            number * 20.0,
            agent=agent,
            mandate=mandate,
            service=service,
            type="config_change",
            trigger="policy",
            target=Target("Thing", agent),
        )
    return made


def redundant(same: bool = True) -> History:
    """Three mechanisms that all see the fault and all set the same switch."""
    made = History()
    for number, mandate in enumerate(("availability", "latency", "safety")):
        made.add(
            number * 10.0,
            agent=f"watcher-{number}",
            mandate=mandate,
            type="traffic_shift",
            trigger="policy",
            target=Target("Route", "checkout", "shop"),
            field="primary",
            new="zone-b" if same else f"zone-{number}",
        )
    return made


def busy_noon(trigger: str = "rollout") -> History:
    """An autoscaler that follows demand, a tuning agent, and a release somebody merged, at once."""
    made = History()
    deeds = (
        ("scaler", "latency", "scale", "demand", 6),
        ("tuner", "performance", "config_change", "policy", 512),
        ("delivery", "delivery", "deploy", trigger, "v8"),
    )
    for number, (agent, mandate, kind, why, value) in enumerate(deeds):
        made.add(
            number * 30.0,
            agent=agent,
            mandate=mandate,
            type=kind,
            service="checkout",
            trigger=why,
            target=Target("Deployment", "checkout", "shop"),
            field=kind,
            new=value,
        )
    return made


ENTRIES = [
    Benign(
        "a release among agents at work",
        busy_noon,
        lambda: busy_noon("policy"),
        "compound_hazard",
        catalog=CATALOG,
    ),
    Benign(
        "three agents with time in between",
        evening,
        lambda: evening(gap=40.0),
        "compound_hazard",
        catalog=CATALOG,
    ),
    Benign(
        "three agents at once on what shares nothing",
        apart,
        lambda: apart(third="checkout"),
        "compound_hazard",
        catalog=CATALOG,
    ),
    Benign(
        "redundant mechanisms that do the same",
        redundant,
        lambda: redundant(same=False),
        "compound_hazard",
    ),
]
