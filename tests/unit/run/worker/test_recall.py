"""What a lane took is a duplicate when it comes again, however far event time went meanwhile."""

from __future__ import annotations

import json
from typing import Any

import pytest

from overheal.catalog import Catalog
from overheal.contract.decode import decode
from overheal.model import Event
from overheal.run.worker.block import Lot
from overheal.run.worker.recall import Recall
from overheal.stages.row import Row
from overheal.store import Origin
from tests.support.events import at, document

LOT = Lot("overheal.events.v1", "epoch", 0)


class Asked:
    """A store that holds some events, by their key."""

    def __init__(self) -> None:
        self.held: dict[tuple[str, str], Origin] = {}

    def origins(self, keys: list[tuple[str, str]]) -> dict[tuple[str, str], Origin]:
        return {key: self.held[key] for key in keys if key in self.held}


@pytest.fixture
def store() -> Any:
    return Asked()


def event(name: str) -> Event:
    return decode(json.dumps(document(name, at())).encode())


def taken(*events: Event) -> list[Row]:
    return [Row(one, Catalog().place(one)) for one in events]


def test_what_was_taken_and_is_not_stored_yet_is_known_late_or_not(store: Any):
    first, second, other = event("a"), event("b"), event("c")
    recall = Recall(store, LOT, 0)
    recall.note(taken(first), 0)
    recall.note(taken(second), 7)
    assert recall([first, second, other]) == {first.key, second.key}
    recall.durable(0)
    assert recall([first, second, other]) == {second.key}


def test_what_is_stored_but_not_known_to_be_is_known_once(store: Any):
    one = event("a")
    recall = Recall(store, LOT, 5)
    store.held[one.key] = Origin(LOT.topic, LOT.epoch, LOT.partition, 5, 0)
    assert recall([one]) == set()
    recall.note(taken(one), 5)
    assert recall([one]) == {one.key}
    recall.durable(5)
    assert recall([one]) == {one.key}


def test_what_another_partition_stored_is_known(store: Any):
    one = event("a")
    store.held[one.key] = Origin(LOT.topic, LOT.epoch, 1, 99, 0)
    assert Recall(store, LOT, 0)([one]) == {one.key}
