"""A fleet's ordinary life: one concern a function, each with a Generator of its own.

Every concern yields its events in order of time, and keeps no more than times in memory. None of
it is trouble, though some of it looks alike: a lost node moves many pods at once, releases are
taken back, people correct what automation did.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from overheal.model import Event
from overheal.testing.simulate.changes import by_ai, by_hand, cost_agents, demand, deploys
from overheal.testing.simulate.upkeep import counters, growing, node_losses, recoveries
from overheal.testing.simulate.world import World

CONCERNS: dict[str, Callable[[World], Iterator[Event]]] = {
    "recoveries": recoveries,
    "growing": growing,
    "demand": demand,
    "deploys": deploys,
    "node_losses": node_losses,
    "by_hand": by_hand,
    "by_ai": by_ai,
    "cost_agents": cost_agents,
    "counters": counters,
}
"""Every concern by its name."""
