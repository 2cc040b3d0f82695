"""A store that fails, hangs, crawls or is away: the worker waits, says why, and goes on by itself."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from time import monotonic, sleep

import pytest

from tests.integration.worker.accounting import KILLED, cut, fed, fleet, member, right, seeds
from tests.integration.worker.made import story
from tests.integration.worker.operated import Operated
from tests.support import children, servers
from tests.support.chdb_front import ChdbFront, Kind
from tests.support.plant import Plant

BRISK = """
[kafka.properties]
"session.timeout.ms" = 3000
"heartbeat.interval.ms" = 500
"max.poll.interval.ms" = 6000
"""
SESSION = 3.0
QUICK = {"OVERHEAL_STORE__TIMEOUT_SECONDS": "1"}
NEVER = "after-commit:1000000"
"""A place where nobody dies: with it a worker makes snapshots with every block."""
INSERTS = [
    *("INSERT INTO `action_events`", "INSERT INTO `observations`", "INSERT INTO `findings`"),
    *("INSERT INTO `ingest_ranges`", "INSERT INTO `detector_state`"),
    "-- purpose: action events that are stored are written again",
]
READS = [
    "-- purpose: how far the ledger of one partition goes",
    "-- purpose: judged events of one lane",
    "-- purpose: (source, id) of all events of one lane",
    "FROM detector_state",
]
KINDS: list[Kind] = ["lost_answer", "hang_after", "reset", "reset_body", "unavailable", "hang"]
PAIRS = [KINDS[:2], KINDS[2:4], KINDS[4:]]


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChdbFront]:
    """The ClickHouse that these tests break and heal one after another."""
    made = ChdbFront(tmp_path_factory.mktemp("front"))
    try:
        made.start()
        yield made
    finally:
        made.kill()


@pytest.fixture
def plant(plants: Callable[..., Plant], kafka: servers.Kafka, front: ChdbFront) -> Iterator[Plant]:
    yield plants(kafka.bootstrap, front.url, text=member(BRISK))
    front.heal()


@pytest.mark.parametrize("seed", seeds(1, 20))
@pytest.mark.parametrize(
    "kinds",
    [PAIRS[0], *(pytest.param(pair, marks=pytest.mark.slow) for pair in PAIRS[1:])],
    ids=" and ".join,
)
def test_an_insert_that_fails_or_whose_answer_is_lost_is_there_once(
    plant: Plant, front: ChdbFront, kinds: list[Kind], seed: int
):
    rng = random.Random(f"{seed} {kinds}")
    events = story(seed, 200)
    struck = {kind: front.struck(kind) for kind in kinds}
    one = fleet(plant, **QUICK)
    worker = plant.start(dies=NEVER, OVERHEAL_SNAPSHOTS="always", **QUICK)
    for number, piece in enumerate(cut(events, 2 * len(INSERTS))):
        kind = kinds[number % 2]
        for insert in (INSERTS[number // 2], rng.choice(INSERTS)):
            front.fail(kind, insert, rng.randint(1, 2))
        fed(plant, worker, iter([piece]), rng)
    assert all(front.struck(kind) > struck[kind] for kind in kinds)
    front.heal()
    plant.settled()
    kind = rng.choice(kinds)
    front.fail(kind, rng.choice(INSERTS), 2)
    assert worker.end() == 0, worker.said()
    front.heal()
    worker = plant.start()
    right(plant, events)
    assert [worker.end(), one.end()] == [0, 0]


@pytest.mark.parametrize("seed", seeds(1, 20))
def test_a_lane_is_rebuilt_although_the_store_breaks_off(plant: Plant, front: ChdbFront, seed: int):
    rng = random.Random(seed)
    events = story(seed, 200)
    pieces = iter(cut(events, 8))
    fleet(plant, **QUICK)
    worker = plant.start(dies=f"before-commit:{rng.randint(3, 5)}", OVERHEAL_SNAPSHOTS="always")
    fed(plant, worker, pieces, rng)
    assert worker.died() == KILLED
    for read in READS:
        kind: Kind = rng.choice(["reset", "unavailable", "lost_answer", "hang"])
        front.fail(kind, read, 5)
    again = plant.start(**QUICK)
    again.says("trying again")
    for piece in pieces:
        plant.produce(piece, rng=rng)
    right(plant, events)
    assert again.end() == 0


@pytest.mark.parametrize(
    "seconds", [SESSION + 5, pytest.param(180.0, marks=pytest.mark.slow)], ids="{:.0f} s".format
)
def test_a_store_that_is_away_for_longer_than_a_session_is_waited_for(
    plant: Plant, front: ChdbFront, seconds: float
):
    events = story(1, 200)
    first, second = cut(events, 2)
    fleet(plant)
    worker = Operated(plant, **QUICK)
    plant.produce(first)
    plant.settled()
    front.fail("down")
    plant.produce(second)
    waited(worker, "cannot be reached", seconds)
    front.heal()
    right(plant, events)
    worker.ready()
    kept(worker)
    assert worker.process.end() == 0


def test_a_worker_that_starts_before_its_store_waits_for_it(plant: Plant, front: ChdbFront):
    events = story(2, 150)
    plant.produce(events)
    front.fail("down")
    worker = Operated(plant, **QUICK)
    waited(worker, "cannot be reached", 3.0)
    front.heal()
    fleet(plant)
    right(plant, events)
    assert worker.process.end() == 0


def test_a_store_that_goes_while_a_lane_is_rebuilt_is_waited_for(plant: Plant, front: ChdbFront):
    events = story(3, 200)
    first, second = cut(events, 2)
    fleet(plant)
    worker = plant.start()
    fed(plant, worker, iter([first]), random.Random(1))
    worker.kill()
    front.fail("unavailable", READS[1], -1)
    again = Operated(plant, **QUICK)
    waited(again, "cannot take this just now", SESSION + 1)
    front.fail("down")
    plant.produce(second)
    waited(again, "cannot be reached", 2.0)
    front.heal()
    right(plant, events)
    kept(again)
    assert again.process.end() == 0


@pytest.mark.parametrize("seed", seeds(1, 5))
def test_a_slow_store_pauses_reading_and_nothing_grows(
    plants: Callable[..., Plant], kafka: servers.Kafka, front: ChdbFront, seed: int
):
    most = 300
    plant = plants(
        kafka.bootstrap,
        front.url,
        text=member(f"batch_events = 100\npending_events = {most}{BRISK}"),
    )
    events = story(seed, 1500)
    worker = Operated(plant, **QUICK)
    said = worker.process.said
    children.until(lambda: said().count("from offset") == plant.partitions, "its lanes")
    front.fail("slow", times=-1, seconds=0.3)
    front.fail("hang", INSERTS[0], -1)
    highest = 0.0
    for piece in cut(events, 30):
        plant.produce(piece)
        highest = max(highest, worker.value("overheal_pending_events"))
    worker.process.says("reading pauses")
    waited(worker, "reading is paused", 5.0)
    assert worker.value("overheal_paused") == 1
    highest = max(highest, worker.value("overheal_pending_events"))
    assert most < highest < len(events)
    front.heal()
    worker.process.says("reading goes on")
    fleet(plant)
    right(plant, events)
    worker.ready()
    kept(worker)
    assert worker.process.end() == 0


@pytest.mark.parametrize("seed", seeds(1, 20))
def test_faults_in_any_order_lose_nothing(plant: Plant, front: ChdbFront, seed: int):
    rng = random.Random(seed)
    events = story(seed, 250)
    fleet(plant, **QUICK)
    worker = plant.start(dies=NEVER, OVERHEAL_SNAPSHOTS="always", **QUICK)
    for piece in cut(events, 10):
        fault: Kind = rng.choice([*KINDS, "disk_full", "down", "slow"])
        if fault == "down":
            front.fail("down")
        else:
            front.fail(fault, rng.choice(["", *INSERTS]), rng.randint(1, 4), seconds=0.3)
        plant.produce(piece, rng=rng)
        if rng.random() < 0.3:
            worker.kill()
            worker = plant.start(dies=NEVER, OVERHEAL_SNAPSHOTS="always", **QUICK)
        sleep(rng.uniform(0, 1))
        if fault == "down":
            front.heal()
    front.heal()
    right(plant, events)
    assert worker.end() == 0


def waited(worker: Operated, reason: str, seconds: float) -> None:
    """Wait until the worker gives a reason, and fail unless it lives on unready for so long."""
    worker.gives(reason)
    end = monotonic() + seconds
    while monotonic() < end:
        assert worker.reasons(), worker.process.said()
        assert worker.is_alive(), worker.process.said()
        sleep(0.2)


def kept(worker: Operated) -> None:
    """Fail unless a worker kept its partitions all the time."""
    said = worker.process.said()
    assert said.count("are ours") == 1, said
    assert "go to others" not in said, said
    assert "taken away" not in said, said
