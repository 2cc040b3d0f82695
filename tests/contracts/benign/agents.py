"""Several hands on one thing that do not fight."""

from __future__ import annotations

from tests.contracts.benign.entry import Benign, unless
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


def colours(trigger: str = "rollout") -> History:
    """Two pipelines that switch all traffic to their colour, by turns, all day."""
    made = History()
    for number in range(12):
        colour = ("blue", "green")[number % 2]
        fields = {"field": "active", "type": "traffic_shift", "trigger": trigger}
        made.write(number * HOUR, f"{colour}-pipeline", colour, **fields)
    return made


def releases(again: bool = False) -> History:
    """A release an hour, some of which a watcher takes back; the next one is another."""
    made = History()
    for number in range(8):
        release = 41 if again else 41 + number
        fields = {"field": "revision", "agent_kind": "workflow"}
        at = number * HOUR
        made.write(at, "ci", release, 40, type="deploy", trigger="rollout", **fields)
        if again or number % 2:
            back = at + 10 * MINUTE
            made.write(back, "watcher", 40, release, type="rollback", trigger="policy", **fields)
    return made


def grow_together(against: bool = False) -> History:
    """An autoscaler of replicas and one of nodes, of which the second follows the first."""
    made, size = History(), 10
    for wave in range(16):
        step = 2 if against or wave % 4 < 2 else -2
        at, after = wave * 8 * MINUTE, wave * 8 * MINUTE + 2 * MINUTE
        nodes = -step if against else step
        made.write(at, "hpa", size + step, size, mandate="latency")
        fields = {"field": "nodes", "target": "pool", "mandate": "cost"}
        made.write(after, "node-autoscaler", 50 + size + nodes, 50 + size, **fields)
        size += step
    return made


def corrected_each_once(comes_back: bool = False) -> History:
    """A person who takes back on many services, once each, what an autoscaler did."""
    made = History()
    for number in range(8):
        fields = {"service": f"svc-{number // 2 if comes_back else number}"}
        at = number * 5 * MINUTE
        made.write(at, "hpa", 8, 4, **fields)
        made.write(at + 60, "ada", 4, 8, agent_kind="human", trigger="manual", **fields)
    made.write(HOUR, "hpa", 8, 4, service="svc-0")
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
    Benign(
        "a blue and a green pipeline",
        colours,
        lambda: colours(trigger="policy"),
        "agent_conflict",
        silent=unless("thrashing"),
    ),
    Benign(
        "numbered releases and their rollbacks",
        releases,
        lambda: releases(again=True),
        "agent_conflict",
        silent=unless("thrashing"),
    ),
    Benign(
        "autoscalers that grow and shrink together",
        grow_together,
        lambda: grow_together(against=True),
        "agent_conflict",
        silent=unless("thrashing"),
    ),
    Benign(
        "a person who corrects many services once each",
        corrected_each_once,
        lambda: corrected_each_once(comes_back=True),
        "agent_conflict",
    ),
]
