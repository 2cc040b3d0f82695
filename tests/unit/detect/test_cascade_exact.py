"""`cascade` along declared causes against a slow reading of the rule."""

from __future__ import annotations

import random
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from overheal.detect.cascade import Cascade
from tests.support.made import History, flow_of, of, told


def random_chains(rng: random.Random) -> History:
    """Return restarts that name one of the earlier ones as their cause, or nothing."""
    made = History()
    for number in range(rng.randint(1, 25)):
        cause = rng.choice(made.events) if made.events and rng.random() < 0.7 else None
        made.add(
            number * 40.0,
            service=rng.choice("abcdef"),
            agent=rng.choice(["one", "two", "three"]),
            trigger=rng.choice(["failure", "failure", "cost", "rollout"]),
            agent_kind=rng.choice(["platform", "platform", "platform", "human"]),
            caused_by=(rng.choice([cause.id, cause.action_id]),) if cause else (),
        )
    return made


def deepest(made: History) -> dict[str, int]:
    """Return root → services on its longest line, from scratch."""
    by_name = {name: event for event in made.events for name in (event.id, event.action_id)}
    found: dict[str, int] = {}
    for event in made.events:
        path = [event]
        while path[0].caused_by:
            path.insert(0, by_name[path[0].caused_by[0]])
        services, agents = [path[0].service], [path[0].agent]
        for before, step in pairwise(path):
            fresh = step.agent not in agents and step.agent != before.agent
            answers = step.trigger == "failure" or (fresh and step.trigger != "rollout")
            if step.service not in services and step.agent_kind != "human" and answers:
                services.append(step.service)
                agents.append(step.agent)
        found[path[0].id] = max(found.get(path[0].id, 0), len(services))
    return found


@given(seed=st.integers(0, 2**32))
@settings(max_examples=150, deadline=None)
def test_it_fires_if_and_only_if_a_chain_is_deep_enough(seed):
    made = random_chains(random.Random(seed))
    wanted = {root: depth for root, depth in deepest(made).items() if depth >= 3}
    found = of(told(made, flow=flow_of([Cascade])), "cascade")
    assert {one.subject.split("\0")[1]: one.evidence["depth"] for one in found} == wanted
