"""Who is where is known at once, and is what looking through all acts finds."""

from __future__ import annotations

from random import Random
from typing import Any

import msgspec
import pytest

from overheal.detect.compound_hazard import crowds
from overheal.detect.compound_hazard.crowds import Act, act_of
from overheal.detect.compound_hazard.detector import HazardState
from overheal.detect.compound_hazard.gathering import Gathering
from overheal.detect.compound_hazard.meetings import Shared, meeting
from overheal.detect.compound_hazard.things import Lookup, target_key
from overheal.detect.compound_hazard.words import Hazard
from overheal.model import MICROSECOND, Target
from tests.support.made import History, catalog_of

WINDOW = 40 * MICROSECOND
CATALOG = {
    "a": {"depends_on": ["db"]},
    "b": {"depends_on": ["db", "queue"]},
    "c": {"depends_on": ["queue"]},
    "db": {},
}
SERVICES = ["a", "b", "c", "db", "shop/db", "cdn", "mail", "shop/mail", ""]
TARGETS = [None, *(Target("Pool", name) for name in "xyz")]
LEAST = 3


def seen(gathering: Gathering) -> dict[str, Any]:
    """Return what is known of each place, as plain values."""
    places = {**gathering.places, "unknown": gathering.unknown}
    found: dict[str, Any] = {
        thing: (
            sorted(act.id for act in place.acts.values()),
            dict(place.mandates),
            place.sure,
            [count for _, count in sorted(place.taken.items())],
        )
        for thing, place in places.items()
    }
    best = gathering.most()
    return {**found, "own": dict(gathering.own), "most": best and best.thing}


def slowly(acts: list[Act], newest: Act, lookup: Lookup) -> tuple[str, set[str], int, bool] | None:
    """Return thing, acts, mandates and certainty of a meeting, as the rule says it."""
    mandate = {act.agent: act.mandate for act in acts}

    def on(thing: str) -> list[Act]:
        return [act for act in acts if thing in concerned(act)]

    def concerned(act: Act) -> set[str]:
        things = lookup.things(act.service)
        return {*things.known, *things.named} | ({target_key(act.target)} if act.target else set())

    def who(some: list[Act]) -> set[str]:
        return {mandate[act.agent] for act in some}

    def ranks(thing: str) -> tuple[int, int, str]:
        own = any(thing in (act.service, act.service.rpartition("/")[2]) for act in acts)
        near = 0 if thing.startswith("\0") else 1 if own else 2
        return (-len(who(on(thing))), near, thing)

    def sure(thing: str) -> bool:
        return any(thing in lookup.things(a.service).known for a in acts) or thing[:1] == "\0"

    met = [one for one in concerned(newest) if sure(one) and len(who(on(one))) >= LEAST]
    if met:
        thing = min(met, key=ranks)
        return thing, {act.id for act in on(thing)}, len(who(on(thing))), True
    unknown = [act for act in acts if lookup.things(act.service).named]
    if not unknown:
        return None
    everything = {thing for act in acts for thing in concerned(act)}
    things = everything if lookup.things(newest.service).named else concerned(newest)
    best = min(things, key=lambda thing: (-len(who(on(thing)) | who(unknown)), thing))
    mandates = len(who(on(best)) | who(unknown))
    if mandates < LEAST:
        return None
    return "", {act.id for act in (*unknown, *on(best))}, mandates, False


def said(shared: Shared | None) -> tuple[str, set[str], int, bool] | None:
    if shared is None:
        return None
    return shared.thing, {act.id for act in shared.acts}, shared.mandates, shared.sure


def newest_act(made: History, rng: Random, at: float, mandates: int) -> Act:
    """Return one more act of somebody somewhere."""
    agent = rng.randrange(5)
    event = made.add(
        at,
        agent=f"agent-{agent}",
        service=rng.choice(SERVICES),
        target=rng.choice(TARGETS),
        new=rng.choice([None, 1, 2]),
    )
    mandate = rng.randrange(mandates) if rng.random() < 0.2 else agent % mandates
    return act_of(event, event.agent, f"mandate {mandate}")


@pytest.mark.parametrize("seed", range(16))
def test_meetings_are_those_of_all_acts(seed: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(crowds, "ACTS_KEPT", 12)
    rng, state, made, at, met = Random(seed), HazardState(), History(), 0.0, 0
    catalog = catalog_of(services={name: {**CATALOG[name], "scope": "shop"} for name in CATALOG})
    lookup = Lookup(catalog)
    for _ in range(250):
        at += rng.choice([0, 1, 2, 5]) if rng.random() < 0.98 else 60
        act = newest_act(made, rng, at, rng.choice([3, 5]))
        since = act.at - WINDOW
        state.crowds.add(act, since)
        if not state.crowds.busy(since, 2):
            state.gatherings.clear()
            continue
        gathering = state.gathering(WINDOW, lookup)
        gathering.expire(since)
        fresh = Gathering(state.crowds.acts, WINDOW, lookup, state.joined)
        fresh.expire(since)
        assert seen(gathering) == seen(fresh)
        acts = [act for mine in state.crowds.acts.values() for act in mine if act.at >= since]
        shared = meeting(gathering, act, LEAST, lambda _: False)
        assert said(shared) == slowly(sorted(acts, key=lambda act: act.at), act, lookup)
        if shared is not None:
            met += 1
            join(state, shared)
        if rng.random() < 0.1:
            state.crowds.drop(rng.choice(acts).action)
        if rng.random() < 0.02 and state.hazards:
            state.close(state.hazards[rng.choice(sorted(state.hazards))])
        if rng.random() < 0.02:
            state = msgspec.msgpack.decode(msgspec.msgpack.encode(state), type=HazardState)
    assert met > 20


def join(state: HazardState, shared: Shared) -> None:
    """Let a finding take what meets: exactly the acts that it does not have."""
    actions = {act.action for act in shared.acts}
    known = state.hazards.get(f"home\0{shared.thing}")
    both = (one for one in state.hazards.values() if not actions.isdisjoint(one.recent))
    hazard = state.belongs("home", shared)
    assert hazard is (known or next(both, None))
    if hazard is None:
        hazard = Hazard("", "home", shared.thing)
        state.hazards[hazard.subject] = hazard
    missing = [act for act in shared.acts if act.action not in hazard.recent]
    assert state.take(hazard, shared) == missing


def test_a_finding_forgets_what_can_never_meet_again():
    state, made = HazardState(), History()
    acts = [
        act_of(made.add(at, agent=f"agent-{at}", service="db"), f"agent-{at}", f"mandate-{at}")
        for at in range(4)
    ]
    for act in acts:
        state.crowds.add(act, 0)
    hazard = state.hazards["home\0db"] = Hazard("", "home", "db")
    hazard.take(acts)
    state.crowds.drop(acts[0].action)
    state.crowds.drop(acts[3].action)
    state.prune(hazard, acts[2].at)
    assert list(hazard.recent) == [acts[1].action, acts[2].action, acts[3].action]
