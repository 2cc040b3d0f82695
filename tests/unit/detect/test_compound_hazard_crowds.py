"""What agents wrote lately is found at once, and is what looking through all acts finds."""

from __future__ import annotations

from random import Random

import msgspec
import pytest

from overheal.detect.compound_hazard import crowds
from overheal.detect.compound_hazard.crowds import Crowds, order
from overheal.model import MICROSECOND, Event, Target
from tests.support.made import History

WINDOW = 40 * MICROSECOND
TARGETS = [Target("deployment", name) for name in ("a", "b", "c")]
VALUES = [None, 1, 2]


def stands(made: Crowds, event: Event, since: int) -> bool:
    """Look through everything, as `Crowds.stands` says it."""
    if event.new is None or event.target is None:
        return False
    acts = [act for mine in made.acts.values() for act in mine]
    written = [
        act
        for act in acts
        if act.target == event.target
        and act.field == event.field
        and act.value is not None
        and act.at >= since
    ]
    same = bool(written) and max(written, key=order).value == event.new
    return event.new == event.old or same


@pytest.mark.parametrize("seed", range(20))
def test_the_newest_write_is_that_of_all_acts(seed: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(crowds, "ACTS_KEPT", 6)
    rng, made, history, at = Random(seed), Crowds(), History(), 0.0
    asked = 0
    for number in range(400):
        at += rng.choice([0, 0, 1, 5, 60] if rng.random() < 0.1 else [0, 1, 3])
        event = history.add(
            at,
            id=f"{rng.randrange(1000):03}-{number}",
            agent=rng.choice("xyz"),
            target=rng.choice([None, *TARGETS]),
            field=rng.choice(["replicas", "cpu"]),
            old=rng.choice(VALUES),
            new=rng.choice(VALUES),
            action_id=f"action-{number}",
        )
        since = event.time - rng.choice([WINDOW, WINDOW // 2])
        expected = stands(made, event, since)
        assert made.stands(event, since) == expected
        asked += expected
        made.add(crowds.act_of(event, event.agent, f"mandate of {event.agent}"), since)
        made.busy(since, 2)
        if rng.random() < 0.1:
            made.drop(f"action-{number - rng.randrange(5)}")
        if rng.random() < 0.05:
            made = msgspec.msgpack.decode(msgspec.msgpack.encode(made), type=Crowds)
    assert 20 < asked < 380
