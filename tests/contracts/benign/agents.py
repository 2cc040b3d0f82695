"""Several hands on one thing that do not fight."""

from __future__ import annotations

from tests.contracts.benign.entry import Benign
from tests.support.made import DAY, HOUR, MINUTE, History


def same_value(gitops: int = 5) -> History:
    """Two tools that write what is already there, every few minutes."""
    made = History()
    for number in range(60):
        made.write(number * 300, "hpa", 5)
        made.write(number * 300 + 60, "gitops", gitops, trigger="policy")
    return made


def corrected_once(times: int = 1) -> History:
    """A human who takes back what an autoscaler did; it insists, and is left alone."""
    made = History()
    for number in range(times):
        at = number * HOUR
        made.write(at, "hpa", 8, 4)
        made.write(at + 5 * MINUTE, "ada", 4, 8, agent_kind="human", trigger="manual")
    made.write(times * HOUR, "hpa", 8, 4)
    return made


def tidied_up(kind: str = "cleanup") -> History:
    """Test environments that somebody makes and somebody else clears away, over one day."""
    made = History()
    for number in range(12):
        for branch in ("alpha", "beta", "gamma"):
            at = number * 2 * HOUR
            fields = {"service": "ci", "target": f"env-{branch}", "field": "exists"}
            made.write(at, "creator", True, False, type="deploy", trigger="policy", **fields)
            made.write(at + HOUR, "cleaner", False, True, type=kind, trigger="policy", **fields)
    return made


def takes_turns(every: float = DAY) -> History:
    """Two schedules, one for the day and one for the night."""
    made = History()
    for number in range(14):
        made.write(number * every, "day-shift", 10, trigger="schedule")
        made.write((number + 0.5) * every, "night-shift", 2, trigger="schedule")
    return made


ENTRIES = [
    Benign(
        "two tools that write the same value",
        same_value,
        lambda: same_value(gitops=3),
        "agent_conflict",
    ),
    Benign(
        "a human who corrects an autoscaler once",
        corrected_once,
        lambda: corrected_once(times=3),
        "agent_conflict",
    ),
    Benign(
        "clean-up that alternates with a creator",
        tidied_up,
        lambda: tidied_up(kind="other"),
        "agent_conflict",
    ),
    Benign(
        "a day shift and a night shift",
        takes_turns,
        lambda: takes_turns(every=2 * HOUR),
        "agent_conflict",
    ),
]
