"""The store's disk is full: the worker waits, says so, and goes on once there is room."""

from __future__ import annotations

import os
import random
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.integration.worker.accounting import cut, fed, fleet, member, right, seeds
from tests.integration.worker.made import story
from tests.integration.worker.operated import Operated
from tests.support import children, servers
from tests.support.chdb_front import ChdbFront
from tests.support.plant import Plant

FULL = "is full; free some space there"
SIZE = 64 << 20
Plants = Callable[..., Plant]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 MB where a front in the folder above keeps its data."""
    folder = tmp_path / "clickhouse" / "data"
    folder.mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder)]
    if os.getuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("mounting a small disk takes root, on a system that lets it")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.parametrize("seed", seeds(1, 20))
def test_a_store_without_room_is_waited_for(
    plants: Plants, kafka: servers.Kafka, own_clickhouse: ChdbFront, seed: int
):
    rng = random.Random(seed)
    front = own_clickhouse
    plant = plants(kafka.bootstrap, front.url, text=member())
    events = story(seed, 200)
    first, second = cut(events, 2)
    fleet(plant)
    worker = Operated(plant)
    fed(plant, worker.process, iter([first]), rng)
    front.fail("disk_full", rng.choice(["INSERT INTO", "`ingest_ranges`", "`findings`"]), -1)
    plant.produce(second, rng=rng)
    worker.gives(FULL)
    assert worker.is_alive()
    front.heal()
    right(plant, events)
    worker.ready()
    assert worker.process.end() == 0


def test_a_small_disk_fills_up_is_emptied_and_nothing_is_missing(
    plants: Plants, kafka: servers.Kafka, disk: Path
):
    front = ChdbFront(disk.parent)
    try:
        front.start()
        plant = plants(kafka.bootstrap, front.url, text=member())
        events = story(1, 400)
        first, second = cut(events, 2)
        fleet(plant)
        worker = Operated(plant)
        fed(plant, worker.process, iter([first]), random.Random(1))
        ballast = disk / "ballast"
        fills_up(ballast, worker)
        plant.produce(second)
        children.until(lambda: fills_up(ballast, worker), "a full disk is noticed")
        assert worker.is_alive()
        ballast.unlink()
        right(plant, events)
        worker.ready()
        assert worker.process.end() == 0
    finally:
        front.kill()


def fills_up(ballast: Path, worker: Operated) -> bool:
    """Take all room that is left on a disk; return whether the worker has noticed."""
    with suppress(OSError), ballast.open("ab", buffering=0) as file:
        while file.write(bytes(1 << 12)):
            pass
    return any(FULL in reason for reason in worker.reasons() or [])
