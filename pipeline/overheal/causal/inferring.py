"""How sure a link is that a rule infers: what was seen beyond chance.

A rule says that one thing may lead to another soon after: a deploy to a restart of its service, a
lost node to pods that move. How often that is so shows in how often the second follows the first
within the rule's time, beyond how often it does by chance: with causes moved by whole days, which
keeps rhythms of the day as they are. The share beyond chance is the confidence (the attributable
fraction among the exposed), held near a prior share while little was seen.
"""

from __future__ import annotations

from typing import NamedTuple

from overheal.model import DAY, MINUTE

LEAST = 0.5
"""A link that is likelier wrong than right is not followed."""

WITHIN = {
    "deploy": 15 * MINUTE,
    "config_change": 15 * MINUTE,
    "rollback": 15 * MINUTE,
    "scale": 15 * MINUTE,
    "traffic_shift": 15 * MINUTE,
    "credential_rotation": 15 * MINUTE,
    "failover": 15 * MINUTE,
    "dependency": 2 * MINUTE,
    "target": 60 * MINUTE,
    "node": 15 * MINUTE,
    "pressure": 10 * MINUTE,
    "relief": 10 * MINUTE,
}
"""By rule: how soon after (microseconds)."""

_CHANGE = (0.2, 0.1, 0.05)
PRIOR = dict.fromkeys(WITHIN, _CHANGE) | {
    "deploy": (0.5, 0.5, 0.4),
    "rollback": (0.5, 0.5, 0.4),
    "dependency": (0.4, 0.4, 0.2),
    "target": (0.9, 0.8, 0.6),
    "node": (0.95, 0.9, 0.7),
    "pressure": (0.5, 0.5, 0.2),
    "relief": (0.9, 0.9, 0.5),
}
"""By rule: the share that is right within a tenth, a third and all of its time, before anything
was seen; what simulated fleets have on average."""

WEIGHT = 6.0
"""So many links seen weigh as much as the prior."""

MOVES = (0, -2 * DAY, -DAY, DAY, 2 * DAY)
"""By how much causes are moved to see what chance brings."""

HISTORY = 5 * DAY
"""In a shorter one nothing can be moved by days, and the prior stands alone."""

MOST = 0.99


class Rate(NamedTuple):
    """How often a rule held in an environment, so soon (0 to 2), and how often by chance."""

    rule: str
    environment: str
    soon: int
    seen: int
    by_chance: float | None


def confidence(rate: Rate) -> float:
    """Return the probability that a link by this rule is right.

    >>> round(confidence(Rate("deploy", "production", 0, 400, 40.0)), 2)
    0.89
    >>> confidence(Rate("node", "production", 0, 1000, None))
    0.95
    """
    prior = PRIOR[rate.rule][rate.soon]
    if rate.by_chance is None:
        return prior
    beyond = max(0.0, rate.seen - rate.by_chance)
    return min(MOST, (beyond + WEIGHT * prior) / (rate.seen + WEIGHT))
