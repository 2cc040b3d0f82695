"""One member of the fleet acts: another takes over where it left, and never do both."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random
from time import sleep

import pytest

from overheal.kafka.reader import Reader
from overheal.model import Finding, Status
from overheal.run.messages import read_finding
from overheal.run.worker.loop import TICK_SECONDS
from tests.integration.worker.accounting import cut, right, seeds
from tests.integration.worker.faults import BRISK, SESSION_SECONDS, Pulse, some_read
from tests.integration.worker.made import SCOPES, story
from tests.support import children
from tests.support.chdb_front import ChdbFront
from tests.support.events import at, restart
from tests.support.plant import Plant, Process
from tests.support.servers import Kafka

Plants = Callable[..., Plant]
ACTING = "acting, from offset"


def published(plant: Plant) -> list[Finding]:
    """Return what the fleet has published, in order."""
    reader = Reader(plant.kafka, plant.names.findings)
    try:
        found = [
            read_finding(headers) for polled in reader.to_end(20) for headers in polled.headers
        ]
    finally:
        reader.close()
    return [one for one in found if one is not None and one.stage == "fleet"]


def revisions(findings: list[Finding]) -> list[tuple[str, int]]:
    """Return which revisions were published, in order."""
    return [(one.id, one.revision) for one in findings]


def pair(plant: Plant) -> tuple[Process, Process]:
    """Start two members; return the one that acts and the one that stands by."""
    first = plant.start("fleet")
    first.says(ACTING)
    second = plant.start("fleet")
    second.says("reading")
    return first, second


def never_back(findings: list[Finding]) -> None:
    """Fail where a revision was followed by an earlier one: two would have acted at once."""
    newest: dict[str, int] = {}
    for one in findings:
        assert one.revision >= newest.get(one.id, 0), one.id
        newest[one.id] = one.revision


@pytest.mark.parametrize("seed", seeds(1, 10))
def test_when_the_acting_member_is_killed_the_other_takes_over(
    seed: int, kafka: Kafka, clickhouse_server: str, plants: Plants
):
    rng, events = Random(seed), story(seed)
    plant = plants(kafka.bootstrap, clickhouse_server, text=BRISK)
    active, standby = pair(plant)
    worker = plant.start("worker")
    first, second = cut(events, 2)
    with Pulse(plant):
        before = plant.written()
        plant.produce(first, rng=rng)
        some_read(plant, rng, before, len(first))
        active.kill()
        plant.produce(second, rng=rng)
        standby.says(ACTING, 4 * SESSION_SECONDS)
    right(plant, events)
    never_back(published(plant))
    assert [worker.end(), standby.end()] == [0, 0]


@pytest.mark.parametrize("seed", seeds(1, 10))
def test_a_member_that_stood_still_finds_another_acting_and_says_nothing_more(
    seed: int, kafka: Kafka, clickhouse_server: str, plants: Plants
):
    rng, events = Random(seed), story(seed)
    plant = plants(kafka.bootstrap, clickhouse_server, text=BRISK)
    active, standby = pair(plant)
    worker = plant.start("worker")
    first, second = cut(events, 2)
    with Pulse(plant):
        before = plant.written()
        plant.produce(first, rng=rng)
        some_read(plant, rng, before, len(first))
        active.pause()
        before, said = len(active.said()), {one.id for one in published(plant)}
        plant.produce(second, rng=rng)
        standby.says(ACTING, 4 * SESSION_SECONDS)
        active.resume()
        children.until(lambda: "standing by" in active.said()[before:], "the first to stand by")
    right(plant, events)
    never_back(published(plant))
    woken = active.said()[before:].partition("standing by")[0]
    # What it had published when it was stopped it may still log.
    assert set(re.findall(r"finding: {'id': '([^']+)'", woken)) <= said
    assert ACTING not in woken
    assert [worker.end(), active.end(), standby.end()] == [0, 0, 0]


def test_a_fleet_that_is_started_again_has_nothing_new_to_say(plant: Plant):
    events = story(7)
    plant.produce(events)
    worker, fleet = plant.start("worker"), plant.start("fleet")
    right(plant, events)
    children.until(
        lambda: published(plant)[-1].status is Status.RESOLVED,
        "a fight that is over",
    )
    assert fleet.end() == 0
    said = published(plant)
    again = plant.start("fleet")
    again.says(ACTING)
    plant.produce(events)
    plant.settled()
    assert [worker.end(), again.end()] == [0, 0]
    assert revisions(published(plant)) == revisions(said)


@pytest.mark.parametrize("seed", seeds(1, 5))
def test_while_the_store_is_down_the_fleet_waits_and_then_writes_everything(
    seed: int, kafka: Kafka, own_clickhouse: ChdbFront, plants: Plants
):
    rng, events = Random(seed), story(seed)
    plant = plants(kafka.bootstrap, own_clickhouse.url, text=BRISK)
    worker, fleet = plant.start("worker"), plant.start("fleet")
    fleet.says(ACTING)
    with Pulse(plant):
        own_clickhouse.fail("unavailable", "INTO `finding_relations`", -1)
        own_clickhouse.fail("unavailable", "INTO `findings`", rng.randint(2, 6))
        plant.produce(events, rng=rng)
        children.until(lambda: len(published(plant)) > 0, "a finding of the fleet")
    fleet.says("trying again")
    own_clickhouse.heal()
    right(plant, events)
    never_back(published(plant))
    assert [worker.end(), fleet.end()] == [0, 0]


@pytest.mark.parametrize("seed", seeds(1, 5))
def test_what_the_next_worker_tells_again_after_the_store_was_away_for_long_counts_once(
    seed: int, kafka: Kafka, own_clickhouse: ChdbFront, plants: Plants
):
    rng, events = Random(seed), story(seed)
    events += [
        restart(f"{seed}-much-later-{number}", at(hours=2), scope=f"scope-{number}")
        for number in range(SCOPES)
    ]
    plant = plants(kafka.bootstrap, own_clickhouse.url, text=BRISK)
    worker, fleet = plant.start("worker"), plant.start("fleet")
    fleet.says(ACTING)
    own_clickhouse.fail("unavailable", "INTO `action_events`", -1)
    plant.produce(events, rng=rng)
    children.until(lambda: len(published(plant)) > 0, "a finding of the fleet")
    sleep(5 * TICK_SECONDS)  # Every partition says that nothing comes any more of what was told.
    worker.kill()
    said = published(plant)
    own_clickhouse.heal()
    again = plant.start("worker")
    right(plant, events)
    assert [again.end(), fleet.end()] == [0, 0]
    assert revisions(published(plant)) == revisions(said)
