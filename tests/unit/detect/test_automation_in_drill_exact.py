"""It fires if and only if automation began something in the drill: a slow second implementation."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from overheal.model import MICROSECOND, Event
from tests.support.events import START
from tests.support.made import HOUR, MINUTE, History, catalog_of, moment, of, told

DRILL = (2 * HOUR, 4 * HOUR)
CATALOG = {
    "drills": [
        {
            "id": "unplugged",
            "services": ["checkout", "cart"],
            "from": START + timedelta(seconds=DRILL[0]),
            "until": START + timedelta(seconds=DRILL[1]),
            "no_automation": True,
        }
    ]
}


def random_history(seed: int) -> list[Event]:
    rng, made = random.Random(seed), History()
    now = HOUR
    for _ in range(rng.randint(1, 30)):
        now += rng.choice([1.0, 60.0, 900.0])
        kind = rng.choice(["platform", "script", "human"])
        fields = {
            "service": rng.choice(["checkout", "cart", "search"]),
            "environment": rng.choice(["production", "staging"]),
            "agent": kind,
            "agent_kind": kind,
            "scope": "shop",
        }
        if made.events and rng.random() < 0.4:
            cause = rng.choice(made.events)
            fields["caused_by"] = (rng.choice([cause.id, cause.action_id]),)
        if rng.random() < 0.1:
            fields["witness_of"] = "x"
        length = rng.choice([0.0, 30.0, HOUR])
        if rng.random() < 0.5:
            made.action(now, now + length, **fields)
        else:
            made.recovery(now, duration=length, **fields)
    return made.ordered()


def expected(events: list[Event]) -> dict[tuple[str, str], int]:
    """Return how many actions touched each service; environments know nothing of each other."""
    counts: dict[tuple[str, str], int] = {}
    for environment in ("production", "staging"):
        here = [event for event in events if event.environment == environment]
        for service, count in touches(here).items():
            counts[environment, service] = count
    return counts


def touches(events: list[Event]) -> dict[str, int]:
    """Return how many actions touched each service, asking every event about all before it."""
    start, end = moment(DRILL[0]), moment(DRILL[1])
    people: set[str] = set()
    heard: set[str] = set()
    counts: dict[str, int] = defaultdict(int)
    for event in events:
        if not start <= event.time < end or event.service == "search":
            continue
        if event.action_id in heard:
            if event.action_id in people:
                people.add(event.id)
            continue
        heard.add(event.action_id)
        length = event.duration or 0 if event.phase == "finished" else 0
        if event.agent_kind == "human":
            people |= {event.id, event.action_id}
        elif event.witness_of or event.time - int(length * MICROSECOND) < start:
            continue
        elif people & set(event.caused_by):
            people |= {event.id, event.action_id}
        else:
            counts[event.service] += 1
    return dict(counts)


@given(seed=st.integers(0, 2**32))
@settings(max_examples=150, deadline=None)
def test_it_fires_if_and_only_if_automation_began_something_in_the_drill(seed):
    events = random_history(seed)
    catalog = catalog_of(**CATALOG)
    found = of(told(events, until=6 * HOUR + MINUTE, catalog=catalog), "automation_in_drill")
    assert {(one.environment, one.service): one.count for one in found} == expected(events)
