"""The control topic as every process reads it: rules, expectations and drills."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from overheal.catalog import Catalog, CatalogFile
from overheal.drills import DeclaredDrill
from overheal.expectations import Expectation
from overheal.kafka.polled import Polled
from overheal.run.config.judging import to_judging
from overheal.run.control.records import acknowledgement_record, record_of
from overheal.run.inputs import Inputs
from overheal.store import Acknowledgement

EXPECTED = Expectation(
    id="e", service="cart", count=1, per="day", owner="o", reason="r", since=100, until=900
)
DRILL = DeclaredDrill(id="d", since=100, until=900, services=("cart",), no_automation=True)
JUDGING = to_judging({}, CatalogFile())


class Topic:
    """A topic of which a reader reads all, and to which a producer sends."""

    def __init__(self, *records: tuple[bytes | None, bytes | None]) -> None:
        self.records = list(records)
        self._read = 0

    def read(self, _seconds: float) -> list[Polled]:
        new = self.records[self._read :]
        self._read = len(self.records)
        if not new:
            return []
        count = len(new)
        return [
            Polled(
                0,
                [value for _, value in new],
                [key for key, _ in new],
                list(range(count)),
                [0] * count,
                [None] * count,
            )
        ]

    def to_end(self, _seconds: float) -> Iterator[Polled]:
        yield from self.read(0)

    def send(self, _topic: str, value: bytes, key: bytes) -> None:
        self.records.append((key, value))

    def flush(self, _seconds: float) -> None: ...


def started(topic: Any) -> Inputs:
    inputs = Inputs(topic, topic, "overheal.control.v1", "worker")
    inputs.start(JUDGING, 500)
    return inputs


def test_what_was_declared_before_any_rules_holds():
    inputs = started(Topic(record_of(EXPECTED), record_of(DRILL)))
    declared = inputs.rules.declared
    assert declared.expected("production", "cart", "thrashing", 100) == [EXPECTED]
    assert declared.drill_at("cart", "shop", 100) == "d"
    assert inputs.rules.drill("d", inputs.rules.latest) == DRILL
    assert isinstance(inputs.rules.latest.catalog, Catalog)


def test_what_is_declared_later_is_taken_up_and_handed_out_to_be_stored_once():
    topic = Topic()
    inputs = started(topic)
    assert inputs.take_declared() == []
    topic.records += [record_of(EXPECTED), record_of(DRILL), record_of(DRILL)]
    assert not inputs.poll()
    assert inputs.take_declared() == [EXPECTED, DRILL]
    assert inputs.take_declared() == []
    ended = msgspec.structs.replace(DRILL, ended_at=300)
    topic.records += [record_of(ended), record_of(DRILL)]
    inputs.poll()
    assert inputs.take_declared() == [ended]
    assert inputs.rules.declared.drill_at("cart", "shop", 299) == "d"
    assert inputs.rules.declared.drill_at("cart", "shop", 300) == ""


def test_acknowledgements_are_handed_out_to_be_stored():
    given = Acknowledgement(
        id="thrashing-1", kind="finding", at=100, by="ada", found="it is a leak"
    )
    topic = Topic(acknowledgement_record(given), (b"acknowledgement/x", b'{"kind": "drill"}'))
    inputs = started(topic)
    assert inputs.take_acknowledged() == [given]
    later = msgspec.structs.replace(given, kind="follow_up", id="followup-1", author="root")
    topic.records.append(acknowledgement_record(later))
    inputs.poll()
    assert (inputs.take_acknowledged(), inputs.take_acknowledged()) == ([later], [])


def test_other_rules_keep_what_was_declared():
    topic = Topic(record_of(DRILL))
    inputs = started(topic)
    other = to_judging({"recovery_frequency": {"per_hour": 2}}, CatalogFile())
    assert inputs.decide(other, 400)
    assert inputs.rules.declared.drill_at("cart", "shop", 450) == "d"


def test_what_cannot_be_read_is_left_aside(caplog):
    inputs = started(
        Topic((b"drill/x", b"{}"), (b"expectation/y", b"no"), (None, b"x"), (b"z", None))
    )
    assert inputs.take_declared() == []
    assert len([one for one in caplog.messages if "left aside" in one]) == 2
