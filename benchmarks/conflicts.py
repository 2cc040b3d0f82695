"""Measure precision and recall of `agent_conflict` against confusing neighbours.

    python -m benchmarks.conflicts [--fleets N] [--seed N]

Prints a Markdown page. A fleet is a set of stories about agents of their own, told over eighteen
hours with random delays, values and gaps: fights of several kinds, and neighbours that look like
them and are none. The truth is who fights whom, by story; a finding that stands is right where
its agents are those of a fight. Beside each kind stands at which reversal it was found.
"""

import argparse
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from overheal.catalog import Catalog
from overheal.contract.recovery import is_recovery
from overheal.detect.agent_conflict import AgentConflict, FleetAgentConflict
from overheal.detect.settings import SettingsBook
from overheal.flow import Flow
from overheal.model import MICROSECOND, Event, Finding, Status, Target
from overheal.stages.rules import RuleBook, Rules

START = 1_795_000_000 * MICROSECOND
MINUTE, HOUR = 60.0, 3600.0
LEVELS = range(2, 9)
GOAL = 0.95


@dataclass
class Story:
    """One group of agents, and the events they make; `agents` fight if it is a fight."""

    number: int
    rng: random.Random
    events: list[Event] = field(default_factory=list)

    def name(self, role: str) -> str:
        """Return the agent that plays a role."""
        return f"{role}-{self.number}"

    def write(self, at: float, role: str, value: Any, old: Any = None, **changes: Any) -> None:
        """Add one write, `at` seconds into the story."""
        service = changes.pop("service", "web")
        name = changes.pop("field", "replicas")
        made: dict[str, Any] = {
            "id": f"s{self.number}-{len(self.events)}",
            "source": "urn:bench",
            "time": START + int((HOUR + at) * MICROSECOND),
            "action_id": f"a{self.number}-{len(self.events)}",
            "phase": "finished",
            "service": f"{service}-{self.number}",
            "environment": "production",
            "scope": f"scope-{self.number}",
            "agent": self.name(role),
            "agent_kind": "ai_agent",
            "mandate": role,
            "type": "scale",
            "name": "",
            "target": Target(changes.pop("kind", "Deployment"), f"{service}-{self.number}"),
            "field": name,
            "old": old,
            "new": value,
            "trigger": "policy",
            "condition": "wanted",
            "outcome": "succeeded",
            "duration": 0.0,
            "recovery_overridden": False,
            "count": 1,
            "witness_of": "",
            "caused_by": (),
            "correlation_id": "",
            "user_visible": False,
            "prior_uptime": None,
            "labels": {},
            "document": b"{}",
            **changes,
        }
        made["first_at"] = made["time"]
        made["recovery"] = is_recovery(made["type"], made["trigger"])
        self.events.append(Event(**made))


Tell = Callable[[Story], None]


def one_field(story: Story) -> None:
    """Tell of an autoscaler and a manifest, on one field."""
    _pair(story, ["web"], story.rng.randint(3, 8))


def demand_and_release(story: Story) -> None:
    """Tell of a release that resets what demand asked for."""
    now = 0.0
    for _ in range(story.rng.randint(3, 6)):
        story.write(now, "latency", story.rng.randint(6, 9), 3, trigger="demand")
        now += story.rng.uniform(2, 20) * MINUTE
        story.write(now, "delivery", 3, type="deploy", trigger="rollout")
        now += story.rng.uniform(2, 20) * MINUTE


def spread_out(story: Story) -> None:
    """Tell of a pair that meets on many targets, rarely twice on one."""
    now = 0.0
    for number in range(story.rng.randint(6, 12)):
        two = [("latency", 8), ("conformity", 3)]
        first, second = two if number % 2 else two[::-1]
        service = f"svc{number % story.rng.randint(5, 9)}"
        story.write(now, first[0], first[1], second[1], service=service)
        now += story.rng.uniform(1, 10) * MINUTE
        story.write(now, second[0], second[1], first[1], service=service)
        now += story.rng.uniform(1, 15) * MINUTE


def replicas_and_nodes(story: Story) -> None:
    """One grows the deployment, the other takes nodes away."""
    now, replicas, nodes = 0.0, 4, 30
    for turn in range(story.rng.randint(5, 10)):
        if turn % 2 == 0:
            story.write(now, "latency", replicas + 2, replicas)
            replicas += 2
        else:
            story.write(now, "cost", nodes - 1, nodes, field="node_count", kind="NodePool")
            nodes -= 1
        now += story.rng.uniform(1, 12) * MINUTE


def weight_and_health(story: Story) -> None:
    """One steers traffic to what the other takes out."""
    now, weight = 0.0, 10
    for turn in range(story.rng.randint(5, 10)):
        if turn % 2 == 0:
            story.write(now, "latency", weight + 10, weight, field="dns_weight", kind="Record")
            weight += 10
        else:
            story.write(now, "safety", "unhealthy", "healthy", field="health", kind="Pool")
        now += story.rng.uniform(1, 12) * MINUTE


def ring(story: Story) -> None:
    """Three who take turns."""
    now, values = 0.0, story.rng.choice([("x", "y", "z"), (8, 3, 9), (2, 20, 11)])
    for turn in range(story.rng.randint(7, 14)):
        story.write(now, ("latency", "cost", "safety")[turn % 3], values[turn % 3])
        now += story.rng.uniform(2, 25) * MINUTE


def noisy(story: Story) -> None:
    """Tell of a fight of which every tenth event is lost and every tenth told twice."""
    one_field(story)
    kept = [event for event in story.events if story.rng.random() > 0.1]
    story.events = kept + [event for event in kept if story.rng.random() < 0.1]


def _pair(story: Story, services: Sequence[str], rounds: int) -> None:
    now = 0.0
    for number in range(rounds):
        service = services[number % len(services)]
        story.write(now, "latency", story.rng.randint(6, 9), 3, trigger="demand", service=service)
        now += story.rng.uniform(1, 25) * MINUTE
        story.write(now, "conformity", 3, service=service)
        now += story.rng.uniform(1, 25) * MINUTE


def redundant_writers(story: Story) -> None:
    """Two that follow the same source."""
    value = 3
    for number in range(30):
        if number % 6 == 5:
            value = story.rng.randint(2, 9)
        order = story.rng.sample(["latency", "safety"], 2)
        for place, role in enumerate(order):
            story.write(number * 20 * MINUTE + place * 30, role, value)


def clean_up(story: Story) -> None:
    """Environments that one makes and another clears away."""
    for number in range(12):
        for branch in range(story.rng.randint(1, 4)):
            where: dict[str, Any] = {"service": f"env{branch}", "field": "exists", "kind": "Env"}
            at = number * HOUR + branch * MINUTE
            story.write(at, "delivery", True, False, type="deploy", **where)
            story.write(at + 30 * MINUTE, "cost", False, True, type="cleanup", **where)


def rollback(story: Story) -> None:
    """Releases, some of which a watcher takes back."""
    numbered, good = story.rng.random() < 0.5, 40
    for number in range(8):
        at, fresh = number * HOUR, 41 + number
        name = (lambda n: n) if numbered else (lambda n: f"v{n}")
        where: dict[str, Any] = {"field": "revision" if numbered else "image"}
        story.write(
            at, "delivery", name(fresh), name(good), type="deploy", trigger="rollout", **where
        )
        if story.rng.random() < 0.6:
            back = at + story.rng.uniform(2, 20) * MINUTE
            story.write(back, "safety", name(good), name(fresh), type="rollback", **where)
        else:
            good = fresh


def up_and_down(story: Story) -> None:
    """One autoscaler that follows a restless load."""
    size = 5
    for number in range(60):
        fresh = max(2, size + story.rng.randint(-3, 3))
        story.write(number * 10 * MINUTE, "latency", fresh, size, trigger="demand")
        size = fresh


def blue_green(story: Story) -> None:
    """Two pipelines that switch to their colour."""
    for number in range(story.rng.randint(6, 12)):
        colour = ("blue", "green")[number % 2]
        at = number * story.rng.uniform(60, 80) * MINUTE
        changes = {"field": "active", "type": "traffic_shift", "trigger": "rollout"}
        story.write(at, colour, colour, **changes)


def corrected_once(story: Story) -> None:
    """Tell of a person who takes back once what automation did, on one or on many."""
    for number in range(story.rng.choice([1, 1, 4, 8])):
        where = {"service": f"svc{number}"}
        at = number * MINUTE
        story.write(at, "latency", 8, 4, trigger="demand", **where)
        at += story.rng.uniform(5, 20) * MINUTE
        person = {"agent_kind": "human", "mandate": "", "trigger": "manual"}
        story.write(at, "ada", 4, 8, **person, **where)
    story.write(HOUR, "latency", 8, 4, trigger="demand", service="svc0")


def follows(story: Story) -> None:
    """Tell of a node autoscaler that follows a deployment's autoscaler, both ways."""
    now, size, nodes = 0.0, 10, 5
    for _ in range(20):
        step = story.rng.choice([-2, 2]) if 4 < size < 20 else 2 if size <= 4 else -2
        story.write(now, "latency", size + step, size, trigger="demand")
        after = now + story.rng.uniform(0.5, 4) * MINUTE
        sign = 1 if step > 0 else -1
        story.write(after, "cost", nodes + sign, nodes, field="node_count", kind="NodePool")
        size, nodes = size + step, nodes + sign
        now += story.rng.uniform(5, 25) * MINUTE


def neighbours(story: Story) -> None:
    """Two agents that tune coupled fields of one service, and know nothing of each other."""
    sizes = {"latency": 10, "cost": 40}
    for role, name in (("latency", "replicas"), ("cost", "node_count")):
        now = story.rng.uniform(0, 30) * MINUTE
        while now < 14 * HOUR:
            fresh = max(1, sizes[role] + story.rng.choice([-2, -1, 1, 2]))
            story.write(now, role, fresh, sizes[role], field=name, trigger="demand")
            sizes[role] = fresh
            now += story.rng.expovariate(1 / (25 * MINUTE))


def shifts(story: Story) -> None:
    """Tell of a day and a night schedule."""
    for number in range(3):
        story.write(number * 8 * HOUR, "day", 10, trigger="schedule")
        story.write((number + 0.5) * 8 * HOUR, "night", 2, trigger="schedule")


FIGHTS: dict[Tell, tuple[str, ...]] = {
    one_field: ("conformity", "latency"),
    demand_and_release: ("delivery", "latency"),
    spread_out: ("conformity", "latency"),
    replicas_and_nodes: ("cost", "latency"),
    weight_and_health: ("latency", "safety"),
    ring: ("cost", "latency", "safety"),
    noisy: ("conformity", "latency"),
}
PEACE: tuple[Tell, ...] = (
    redundant_writers,
    clean_up,
    rollback,
    up_and_down,
    blue_green,
    corrected_once,
    follows,
    neighbours,
    shifts,
)
KINDS: tuple[Tell, ...] = (*FIGHTS, *PEACE)


@dataclass
class Score:
    """What became of all stories at one threshold."""

    right: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    first: dict[str, list[int]] = field(default_factory=dict)

    @property
    def precision(self) -> float:
        """The share of those accused that fight."""
        found = self.right.total() + self.wrong.total()
        return self.right.total() / found if found else 1.0

    @property
    def recall(self) -> float:
        """The share of those that fight that were accused."""
        return self.right.total() / max(1, self.right.total() + self.missed.total())


def fleet(seed: int) -> list[tuple[Tell, Story]]:
    """Return one story of each kind, all told together."""
    told = []
    for number, tell in enumerate(KINDS):
        story = Story(number, random.Random(f"{seed}-{tell.__name__}"))
        tell(story)
        told.append((tell, story))
    return told


def judged(events: list[Event], reversals: int) -> list[tuple[Finding, int]]:
    """Return the findings that stand at the end, with the count at which each opened."""
    book = SettingsBook({"agent_conflict": {"reversals": reversals}}, lambda _: {})
    rules = Rules(
        Catalog(),
        [AgentConflict(book.lookup(AgentConflict))],
        [FleetAgentConflict(book.lookup(FleetAgentConflict))],
    )
    flow, known, opened = Flow(RuleBook(rules), 0), dict[str, Finding](), dict[str, int]()
    for event in [*sorted(events, key=lambda event: (event.time, event.id)), None]:
        batch = [event] if event is not None else []
        changed = flow.judge(batch).findings if batch else flow.advance(events[-1].time + 10**12)
        for one in changed:
            known[one.id] = one
            opened.setdefault(one.id, one.count)
    for one in flow.relate(list(known.values())):
        known[one.id] = one
    stands = (Status.OPEN, Status.RESOLVED)
    return [(one, opened[one.id]) for one in known.values() if one.status in stands]


def score(seeds: Sequence[int], reversals: int) -> Score:
    """Return how the stories of all fleets were judged."""
    found = Score()
    for seed in seeds:
        stories = fleet(seed)
        findings = judged([event for _, story in stories for event in story.events], reversals)
        for tell, story in stories:
            kind = tell.__name__
            truth = {story.name(role) for role in FIGHTS.get(tell, ())}
            ours = {story.name(role): None for role in {e.mandate for e in story.events} | {"ada"}}
            about = {tuple(sorted(one.agents)) for one, _ in findings if set(one.agents) <= {*ours}}
            hits = [count for one, count in findings if set(one.agents) == truth]
            found.wrong[kind] += len([agents for agents in about if set(agents) != truth])
            if truth:
                found.right[kind] += bool(hits)
                found.missed[kind] += not hits
                found.first.setdefault(kind, []).extend(hits[:1])
    return found


def main() -> None:
    """Print the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--fleets", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    seeds = range(chosen.seed, chosen.seed + chosen.fleets)
    scores = {level: score(seeds, level) for level in LEVELS}
    print(f"# Fights between agents\n\n{chosen.fleets} fleets of {len(KINDS)} stories each.\n")
    print("| `reversals` | precision | recall | both ≥ 95 % |\n|---|---|---|---|")
    for level, found in scores.items():
        good = "yes" if min(found.precision, found.recall) >= GOAL else "no"
        print(f"| {level} | {found.precision:.1%} | {found.recall:.1%} | {good} |")
    usual = scores[3]
    print("\n| fight, at `reversals` 3 | found | missed | found at reversal (median, last) |")
    print("|---|---|---|---|")
    for tell in FIGHTS:
        kind = tell.__name__
        at = usual.first[kind]
        when = f"{median(at):g}, {max(at)}" if at else "never"
        print(f"| {kind.replace('_', ' ')} | {usual.right[kind]} | {usual.missed[kind]} | {when} |")
    print("\n| accused wrongly, at | " + " | ".join(map(str, LEVELS)) + " |")
    print("|---|" + "---|" * len(LEVELS))
    for tell in KINDS:
        counts = [str(scores[level].wrong[tell.__name__]) for level in LEVELS]
        print(f"| {tell.__name__.replace('_', ' ')} | " + " | ".join(counts) + " |")


if __name__ == "__main__":
    main()
