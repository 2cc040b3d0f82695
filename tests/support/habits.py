"""Agents that go about their work for months: how many targets they touch at a time, and when."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

from overheal.catalog import Catalog
from overheal.detect.mass_action import MassAction
from overheal.detect.settings import SettingsBook
from overheal.model import DAY, HOUR, MINUTE, Activity, Finding, Target
from overheal.stages.fleet import FleetStage
from overheal.stages.rules import RuleBook, Rules

Batch = tuple[int, int]
"""When (microseconds), and how many targets in the minutes from then on."""

Habit = Callable[[random.Random, int], Iterator[Batch]]
"""Batches of one agent over so many days."""


def steady(per_hour: float) -> Habit:
    """Return single targets at random moments."""

    def batches(rng: random.Random, days: int) -> Iterator[Batch]:
        at = 0.0
        while (at := at + rng.expovariate(per_hour / HOUR)) < days * DAY:
            yield int(at), 1

    return batches


def in_batches(per_day: float, size: Callable[[random.Random], float]) -> Habit:
    """Return batches of random size at random moments."""

    def batches(rng: random.Random, days: int) -> Iterator[Batch]:
        at = 0.0
        while (at := at + rng.expovariate(per_day / DAY)) < days * DAY:
            yield int(at), max(1, round(size(rng)))

    return batches


def by_day(rng: random.Random, days: int) -> Iterator[Batch]:
    """Return single targets in working hours, more of them around noon."""
    for day in range(days):
        if day % 7 < 5:
            for _ in range(round(rng.gauss(40, 6))):
                yield day * DAY + int(rng.triangular(8, 18, 12) * HOUR), 1


def weekly(rng: random.Random, days: int) -> Iterator[Batch]:
    """Return a patch night each week, and little in between."""
    yield from steady(0.3)(rng, days)
    for week in range(0, days, 7):
        yield week * DAY + 3 * HOUR, rng.randint(35, 50)


def growing(rng: random.Random, days: int) -> Iterator[Batch]:
    """Return nightly batches that grow by one in a hundred each day."""
    for day in range(days):
        yield day * DAY + 3 * HOUR, round(rng.uniform(4, 6) * 1.01**day)


HABITS: dict[str, Habit] = {
    "one target now and then (0.5 an hour)": steady(0.5),
    "steady (6 an hour)": steady(6),
    "busy (60 an hour)": steady(60),
    "working hours": by_day,
    "batches, geometric, mean 3": in_batches(8, lambda rng: rng.expovariate(1 / 3)),
    "batches, geometric, mean 10": in_batches(4, lambda rng: rng.expovariate(1 / 10)),
    "batches, log-normal, sigma 0.7": in_batches(6, lambda rng: rng.lognormvariate(1.2, 0.7)),
    "a patch night each week": weekly,
    "nightly, growing 1 % a day": growing,
}


def told(habit: Habit, agents: int, days: int, targets: int, seed: int) -> list[Finding]:
    """Return what is found of so many agents over so many days in a fleet of `targets`."""
    rng, acts = random.Random(seed), list[tuple[int, int, int]]()
    for agent in range(agents):
        for at, size in habit(rng, days):
            for one in rng.sample(range(targets), min(size, targets)):
                acts.append((at + rng.randrange(2 * MINUTE), agent, one))
    acts.sort()
    catalog, book = Catalog(), SettingsBook()
    rules = Rules(catalog, [], [MassAction(book.lookup(MassAction))])
    stage, known = FleetStage(RuleBook(rules), 0), dict[str, Finding]()
    stage.detect([seen(one) for one in range(targets)], 0)
    for start in range(0, len(acts), 5_000):
        part = acts[start : start + 5_000]
        changed = stage.detect([act(*one) for one in part], part[-1][0])
        known.update({one.id: one for one in changed})
    known.update({one.id: one for one in stage.advance((days + 1) * DAY)})
    return list(known.values())


def act(at: int, agent: int, target: int, trigger: str = "policy") -> Activity:
    """Return one agent's restart of one target."""
    second, name = at - at % 1_000_000, f"svc-{target:04d}"
    key = (at, f"{at}-{agent}-{target}")
    return Activity(
        scope=f"production\0team-{target % 25}",
        agent=f"agent-{agent}",
        mandate="",
        target=Target("Deployment", name),
        field="",
        second=second,
        old=None,
        new=None,
        service=name,
        environment="production",
        type="restart",
        trigger=trigger,
        count=1,
        ids=(key[1],),
        first=key,
        last=key,
        outcome="succeeded",
        events=(key[1],),
    )


def seen(target: int) -> Activity:
    """Return a sign that a target exists, before all else."""
    return act(target % 60 * 1_000_000, 10**6, target, "rollout")
