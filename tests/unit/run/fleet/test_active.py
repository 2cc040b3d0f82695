"""What the acting member says last about what is over, before it forgets it."""

from __future__ import annotations

import msgspec
import pytest

from overheal.catalog import Catalog
from overheal.detect.settings import SettingsBook
from overheal.model import DAY, HOUR, MINUTE, Activity, Status, Target
from overheal.run.fleet.active import Active, Said
from overheal.run.messages import Frontier, Told
from overheal.stages.rules import RuleBook, rules_of

START = 1_772_416_800_000_000
LATENESS = 10 * MINUTE
EPOCH = "first"


def member() -> Active:
    return Active(RuleBook(rules_of(Catalog(), SettingsBook())), LATENESS, 5.0, 0.0)


def fight(rounds: int, first: int = 0) -> list[Activity]:
    """Return two agents that undo each other over two targets of different scopes."""
    made = []
    for number in range(first, first + rounds):
        for scope in ("a", "b"):
            for agent, old, new, shift in (("hpa", 3, 8, 0), ("gitops", 8, 3, 1)):
                second = START + (4 * number + shift) * MINUTE
                name = f"{scope}{number}{agent}"
                made.append(
                    Activity(
                        scope=f"production\0{scope}",
                        agent=agent,
                        mandate="",
                        target=Target("Deployment", scope),
                        field="replicas",
                        second=second,
                        old=old,
                        new=new,
                        service=scope,
                        environment="production",
                        type="scale",
                        trigger="demand",
                        count=1,
                        ids=(f"action-{name}",),
                        first=(second, name),
                        last=(second, name),
                    )
                )
    return made


def passed(
    active: Active,
    activities: list[Activity],
    reached: int,
    order: int,
    *,
    offset: int = 0,
    upto: int = -1,
) -> Said:
    """Let a member take activity and time up to `reached`, and say what is new."""
    frontier = Frontier(0, 1, reached, reached - LATENESS, reached - LATENESS, order, EPOCH, upto)
    active.take([Told(0, offset, EPOCH, activities), frontier], 0.0)
    active.advance(0.0)
    said = active.say(order)
    active.said(said)
    return said


def test_a_fight_that_was_over_long_ago_is_said_to_be_over():
    active, writes = member(), fight(6)
    first = passed(active, writes[:-4], START + 20 * MINUTE, 1)
    assert [one.status for one in first.findings] == [Status.OPEN]
    last = passed(active, writes[-4:], START + 200 * DAY, 2)
    assert [one.status for one in last.findings] == [Status.RESOLVED]
    assert {"b5gitops", "a5gitops"} <= set(last.findings[0].members)


def test_what_a_partition_that_was_idle_brings_afterwards_still_counts():
    active, writes = member(), fight(6)
    early, late = writes[::2], writes[1::2]
    mark, present = START - LATENESS, START + 200 * DAY
    idle = [Frontier(0, 1, present, present - LATENESS, mark, order) for order in (1, 2)]
    for part, frontier in zip((early, late), idle, strict=True):
        active.take([Told(0, 0, EPOCH, part), frontier], 0.0)
        active.advance(0.0)
    in_order = passed(member(), writes, present, 1).findings
    assert active.say(3).findings[0].members == in_order[0].members


@pytest.mark.parametrize("restarted", [False, True])
def test_what_the_worker_after_a_killed_one_tells_again_counts_once_however_late(restarted: bool):
    active, writes = member(), fight(6)
    assert passed(active, writes, START + HOUR, 1, offset=47, upto=47).findings != []
    assert passed(active, [], START + 2 * HOUR, 2, upto=47).findings == []
    if restarted:
        saved = active.save()
        active = member()
        active.restore(saved, 0.0)
    for number, activity in enumerate(writes):
        said = passed(active, [activity], START + 2 * HOUR, 3 + number, offset=number, upto=number)
        assert not said
    more = fight(6, 30)
    assert passed(active, more, START + 3 * HOUR, 99, offset=95, upto=95).findings != []


def test_a_topic_that_was_made_anew_says_what_was_never_said():
    active, writes = member(), fight(6)
    assert passed(active, [], START, 1, offset=99, upto=99).findings == []
    frontier = Frontier(0, 1, START + HOUR, START, START, 2, "second", -1)
    active.take([Told(0, 47, "second", writes), frontier], 0.0)
    assert len(active.say(2).findings) == 1


def test_what_explains_an_open_finding_is_remembered_as_long_as_that():
    active, writes = member(), fight(6)
    (fleet,) = passed(active, writes, START + 30 * MINUTE, 1).findings
    mine = [one for one in fleet.members if one.startswith("a")]
    scope = msgspec.structs.replace(
        fleet, id="agent_conflict-of-a", stage="scope", scope="production\0a", members=mine
    )
    active.learn(scope)
    (told,) = passed(active, [], START + 31 * MINUTE, 2).relations
    assert (told.id, told.superseded_by) == (scope.id, fleet.id)
    passed(active, [], START + 200 * DAY, 3)
    assert passed(active, [], START + 201 * DAY, 4).relations == []
    over = {"status": Status.RESOLVED, "resolved_at": scope.last_at, "revision": 1_000}
    active.learn(msgspec.structs.replace(scope, **over))
    assert passed(active, [], START + 202 * DAY, 5).relations == []
