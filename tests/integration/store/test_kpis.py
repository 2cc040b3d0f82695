"""What the views say of random histories is what plain Python says of them."""

from __future__ import annotations

import json
import random
from typing import Any

import msgspec
import pytest

from overheal.contract.decode import decode
from overheal.model import DAY, HOUR, MINUTE, Finding, Tier
from overheal.store import KpiReading, KpiSet, Restatement, StoredEvent, TimedInput
from overheal.store.kpis import FOREVER
from tests.integration.store.made import START
from tests.support.events import document
from tests.support.kpi_reference import Asked, History, readings

SERVICES = ("checkout", "shop/checkout", "shop/ledger")
OUTCOMES = ("succeeded",) * 6 + ("failed", "ineffective", "unnecessary", "partial", "unknown")
LENGTH = 4 * DAY
DAYS = 9
"""So many days are settled at a time: all of a history, and not each day until today over again."""
NEEDS = {"shop/checkout": ["ledger"], "ledger": ["checkout"]}
"""In the catalog by full and by short name; all of it is needed, however indirectly."""

CATALOG = TimedInput(
    "rules",
    START + DAY,
    "digest",
    json.dumps(
        {"catalog": {"services": {one: {"depends_on": some} for one, some in NEEDS.items()}}}
    ),
)


def _time(at: int) -> str:
    from overheal.report.words import rfc3339

    return rfc3339(at)


def _stored(made: dict[str, Any], drill: str = "") -> StoredEvent:
    event = decode(json.dumps(made).encode())
    return StoredEvent(event=event, scope=event.service, drill=drill, received_at=event.time)


def _action(rng: random.Random, number: int, at: int) -> list[StoredEvent]:
    shared: dict[str, Any] = {
        "action_id": f"a{number}",
        "service": rng.choice(SERVICES),
        "environment": rng.choice(["production", "production", "staging"]),
        "agent": {
            "name": rng.choice(["kubelet", "healer"]),
            "kind": rng.choice(["platform", "ai_agent", "human"]),
            "autonomy_level": rng.choice([None, 1, 3]),
        },
        "action": {"type": rng.choice(["restart", "failover", "deploy"])},
        "trigger": {"condition": "it failed", "kind": rng.choice(["failure", "failure", "demand"])},
        "impact": {"user_visible": rng.random() < 0.4, "alerted": rng.random() < 0.1},
    }
    if rng.random() < 0.6:
        shared["action"]["policy"] = {"id": rng.choice(["p1", "p2"])}
    if shared["agent"]["autonomy_level"] is None:
        del shared["agent"]["autonomy_level"]
    if rng.random() < 0.4:
        shared["before"] = {"replicas": rng.choice([1, 3])}
    if rng.random() < 0.3:
        shared["occurrences"] = {"count": rng.choice([2, 7])}
    if rng.random() < 0.05:
        shared["causality"] = {"witness_of": "another"}
    drill = "game-day" if rng.random() < 0.05 else ""
    if rng.random() < 0.1:
        why = rng.choice(["there was no need", "too risky"])
        said = {**shared, "trigger": {"condition": why, "kind": "failure"}, "phase": "rejected"}
        return [_stored(document(f"e{number}r", _time(at), **said), drill)]
    made, took = [], rng.choice([0.0, 0.5, 30.0, 400.0, 4000.0])
    end = at + int(took * 1_000_000)
    phases = rng.choice([("started", "finished"), ("finished",), ("started",)])
    if "started" in phases:
        made.append(_stored(document(f"e{number}s", _time(at), phase="started", **shared), drill))
    if "finished" in phases:
        outcome: dict[str, Any] = {"outcome": rng.choice(OUTCOMES)}
        if rng.random() < 0.3:
            outcome["verified"] = rng.random() < 0.7
        made.append(
            _stored(
                document(
                    f"e{number}f", _time(end), actual=outcome, duration_seconds=took, **shared
                ),
                drill,
            )
        )
    if rng.random() < 0.3:
        later = end + rng.choice([MINUTE, HOUR]) + 7
        checked = document(f"e{number}v", _time(later), **shared)
        checked["type"] = "io.overheal.action.verified.v1"
        checked["data"] |= {"phase": "verified", "actual": {"outcome": rng.choice(OUTCOMES)}}
        made.append(_stored(checked, drill))
    return made


def _observation(rng: random.Random, number: int, at: int) -> StoredEvent:
    data = {
        "kind": rng.choice(["symptom", "alert", "page", "page", "counter"]),
        "signal": "latency",
        "service": rng.choice(SERVICES),
        "environment": rng.choice(["production", "staging"]),
        "status": rng.choice(["firing", "firing", "resolved"]),
        "user_visible": rng.random() < 0.5,
    }
    made = {
        "specversion": "1.0",
        "id": f"o{number}",
        "source": "urn:test",
        "type": "io.overheal.observation.v1",
        "time": _time(at),
        "data": data,
    }
    if rng.random() < 0.1:
        data["agent"] = {"name": "overheal", "kind": "platform"}
    return _stored(made, "game-day" if rng.random() < 0.05 else "")


def history(seed: int, size: int = 150) -> History:
    rng = random.Random(seed)
    rows: list[StoredEvent] = []
    quiet = rng.random() < 0.3
    for number in range(size):
        at = START + rng.randrange(LENGTH // 1_000_000) * 1_000_000 + number
        if rng.random() < 0.5 and number > 5:
            at = rows[-1].event.time + rng.randrange(40 * MINUTE) * 2 + 1
        if rng.random() < 0.6:
            rows += _action(rng, number, at)
        elif not quiet:
            rows.append(_observation(rng, number, at))
    told = [row.event for row in rows if row.event.phase == "finished"]
    restated = [
        Restatement(
            environment=event.environment,
            service=event.service,
            action_id=event.action_id,
            decided_by=f"{event.id}-again",
            decided_at=event.time + HOUR,
            count=event.count,
            withdrawn=rng.random() < 0.2,
        )
        for event in told
        if event.outcome == "succeeded" and rng.random() < 0.2
    ]
    return History(rows, restated, [_finding(rng, number) for number in range(2)])


def _finding(rng: random.Random, number: int) -> Finding:
    at = START + rng.randrange(LENGTH)
    return Finding(
        id=f"f{number}",
        detector="recovery_frequency",
        stage="scope",
        subject="",
        service=rng.choice(SERVICES),
        environment="production",
        scope="",
        first_at=at,
        last_at=at,
        detected_at=at,
        tier=rng.choice(list(Tier)),
        resolved_at=rng.choice([None, at + DAY]),
    )


def keep(store, made: History) -> None:
    store.write_inputs([CATALOG] if made.needs else [])
    store.write_events(made.rows)
    store.write_restatements(made.restatements)
    store.write_findings(made.findings)


def _plain(reading: KpiReading) -> KpiReading:
    return msgspec.structs.replace(reading, reason="")


def same(found: KpiSet, made: History, asked: Asked) -> None:
    expected = readings(made, asked)
    for reading in found.readings:
        wanted = expected.pop((reading.name, reading.of))
        assert _plain(reading) == wanted
        assert (reading.value is None) == (reading.reason != "")
    assert not expected


SPANS = (
    Asked(START, START + LENGTH, FOREVER),
    Asked(START + DAY, START + 2 * DAY, FOREVER),
    Asked(START + DAY, START + 3 * DAY, START + 2 * DAY + 12_345_678),
    Asked(START, START + LENGTH, FOREVER, "checkout", "production"),
    Asked(START, START + LENGTH, FOREVER, "shop/ledger"),
)


def test_users_feel_a_service_through_those_that_depend_on_it(store):
    made = history(38, size=80)._replace(
        needs={"shop/checkout": ["ledger", "checkout"], "ledger": ["checkout"]}
    )
    keep(store, made)
    asked = SPANS[0]
    assert readings(made, asked) != readings(made._replace(needs={}), asked)
    same(store.kpis(asked.start, asked.end, as_of=asked.as_of), made, asked)


def test_each_service_has_the_kpis_that_plain_python_counts_of_it(store):
    made = history(12, size=100)
    keep(store, made)
    asked = SPANS[1]
    found = store.kpis_by_service(asked.start, asked.end, as_of=asked.as_of)
    assert len(found) > 3
    for one in found:
        same(one, made, asked._replace(alone=(one.environment, one.service)))


def answers(store, made: History, *spans: Asked) -> None:
    """Every KPI of these spans is what plain Python counts."""
    for asked in spans:
        found = store.kpis(asked.start, asked.end, asked.service, asked.environment, asked.as_of)
        same(found, made, asked)


def test_every_kpi_is_what_plain_python_counts(store):
    made = history(0)
    keep(store, made)
    answers(store, made, SPANS[0], SPANS[3])
    if store._engine.connection.alone:
        answers(store, made, SPANS[2])


def test_every_kpi_of_settled_hours_is_what_plain_python_counts(store):
    made = history(1)
    keep(store, made)
    assert store.settle_hours() > 0
    answers(store, made, SPANS[1])
    if store._engine.connection.alone:
        answers(store, made, SPANS[4])


@pytest.mark.slow
@pytest.mark.parametrize("settled", [False, True])
@pytest.mark.parametrize("seed", range(2, 6))
def test_every_kpi_of_every_span_is_what_plain_python_counts(store, seed, settled):
    made = history(seed)
    keep(store, made)
    if settled:
        store.settle_hours()
    answers(store, made, *SPANS)
