"""What counts as a recovery: one rule, used by the decoder and by every adapter."""

from __future__ import annotations

PREPARATION = frozenset({"deploy", "config_change", "cleanup", "backup"})
"""Types that never put a service back, even when a failure triggered them."""

RESTORATION = frozenset(
    {
        "restart",
        "replace",
        "reschedule",
        "failover",
        "rollback",
        "restore",
        "quarantine",
        "cache_flush",
    }
)
"""Types that are a recovery unless something else is known to have triggered them."""


def is_recovery(action_type: str, trigger: str) -> bool:
    """Return whether an action of this type and trigger kind is a recovery.

    A failure makes any type one but deploy, config_change, cleanup and backup; with an unknown
    trigger the types in `RESTORATION` are; demand, schedule, rollout, cost, policy and manual
    triggers never make one.

    >>> is_recovery("scale", "failure"), is_recovery("scale", "demand")
    (True, False)
    >>> is_recovery("restart", "unknown"), is_recovery("restart", "schedule")
    (True, False)
    """
    if trigger == "failure":
        return action_type not in PREPARATION
    return trigger == "unknown" and action_type in RESTORATION
