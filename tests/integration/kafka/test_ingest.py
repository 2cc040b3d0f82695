"""`overheal ingest` on a real broker: what producers send, and what comes out the other side."""

from __future__ import annotations

import json
import signal
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from overheal import telemetry
from overheal.catalog import parse
from overheal.errors import PoisonError
from overheal.kafka.partitioning import partition_of
from overheal.model import DAY, HOUR
from overheal.run.bounds import Bounds
from tests.integration.kafka.running import Installation, process
from tests.support.broker import LocalKafka
from tests.support.children import until
from tests.support.events import at, document
from tests.support.servers import Kafka
from tests.support.topics import Topics

SECRET = "sk_live_abcdefgh12345678"


@pytest.fixture
def site(kafka: Kafka, topics: Topics) -> Installation:
    return Installation(kafka.bootstrap, topics)


def binary(event_id: str) -> tuple[bytes, dict[str, bytes]]:
    whole = document(event_id, at())
    headers = {f"ce_{key}": str(value).encode() for key, value in whole.items() if key != "data"}
    return json.dumps(whole["data"]).encode(), {**headers, "content-type": b"application/json"}


def pod_event(uid: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": f"web.{uid}", "namespace": "shop", "uid": uid, "resourceVersion": "7"},
        "involvedObject": {
            "kind": "Pod",
            "name": "web-5d9c7b-abcde",
            "namespace": "shop",
            "uid": "p-1",
        },
        "reason": "Killing",
        "message": "Container web failed liveness probe, will be restarted",
        "type": "Normal",
        "count": 1,
        "firstTimestamp": at(),
        "lastTimestamp": at(),
        "source": {"component": "kubelet"},
    }


def test_every_mode_and_format_of_one_topic_becomes_canonical_events(site):
    value, headers = binary("binary")
    site.send(document("structured", at()), partition=0)
    site.send(value, headers=headers, partition=0)
    site.send([document("batch-1", at()), document("batch-2", at())], partition=0)
    site.send({"id": "bare", "time": at(), **document("x", at())["data"]}, partition=0)
    site.send(pod_event("u-1"), partition=0)
    with site.ingest():
        ids = site.wait_for(6)
    assert ids[:5] == ["structured", "binary", "batch-1", "batch-2", "bare"]
    assert len(ids) == 6
    assert site.letters() == []
    for record in site.records(site.names.events):
        assert json.loads(record.value)["specversion"] == "1.0"


def test_events_are_keyed_by_scope_and_placed_as_java_clients_do(site):
    site.send(document("a", at(), service="cart"), document("b", at(), scope="shop"))
    catalog = parse({"services": {"cart": {"scope": "store"}}}, "catalog", [])
    with site.ingest(catalog=catalog):
        site.wait_for(2)
    records = site.records(site.names.events)
    keys = {json.loads(record.value)["id"]: record.key for record in records}
    assert keys == {"a": b"production/store", "b": b"production/shop"}
    assert all(record.place[0] == partition_of(record.key, 2) for record in records)


def test_the_order_within_a_scope_is_kept_over_many_polls(site):
    names = [f"{scope}-{number:04d}" for number in range(400) for scope in ("cart", "shop", "pay")]
    for name in names:
        site._producer.send(
            site.names.actions, json.dumps(document(name, at(), service=name[:4])).encode(), b"k"
        )
    site.send()
    with site.ingest():
        ids = site.wait_for(len(names))
    for scope in ("cart", "shop", "pay-"):
        own = [name for name in ids if name.startswith(scope)]
        assert own == sorted(own)
        assert len(own) == 400


def test_what_is_refused_or_ignored_is_accounted_for_and_the_rest_goes_on(site):
    value, headers = binary("no-id")
    site.send(None, b"", b"nonsense", b"{" + b" " * 985_000 + b"}")
    site.send(value, headers={**headers, "ce_id": b"\xff"})
    site.send([document("good", at()), {"specversion": "1.0"}])
    site.send(document("last", at()))
    with site.ingest() as running:
        assert site.wait_for(2) == ["good", "last"]
        metrics = running.metrics
    letters = {(letter.offset, letter.item): letter for letter in site.letters()}
    codes = {place: letter.code for place, letter in letters.items()}
    assert codes == {
        (2, 0): "not_json",
        (3, 0): "too_long",
        (4, 0): "invalid_header",
        (5, 1): "missing_field",
    }
    assert letters[4, 0].reason.startswith("header ce_id: byte 0 (0xff) is not valid UTF-8")
    assert letters[4, 0].headers["ce_source"] == "urn:test"
    assert {record.key.decode() for record in site.records(site.names.dead_letters)} == {
        f"{site.names.actions}/0/{offset}/{item}" for offset, item in codes
    }
    assert metrics.value(telemetry.IGNORED, reason="tombstone") == 1
    assert metrics.value(telemetry.IGNORED, reason="empty value") == 1
    assert metrics.value(telemetry.RECEIVED) == metrics.value(telemetry.FORWARDED) + 4
    assert site.committed() == 7


def test_no_secret_reaches_any_topic(site):
    condition = {"kind": "failure", "condition": f"token {SECRET} expired"}
    site.send(document("good", at(), trigger=condition))
    site.send(
        document("bad", at(), unknown=SECRET), key=SECRET.encode(), headers={"x": SECRET.encode()}
    )
    site.send(f'{{"broken {SECRET}'.encode(), headers={"authorization": b"hunter2hunter2"})
    with site.ingest():
        site.wait_for(1)
        until(lambda: len(site.letters()) == 2, "two dead letters")
    left = repr([vars(one) for one in site.records(site.names.events)]) + repr(site.letters())
    assert SECRET not in left
    assert "hunter2" not in left
    assert "[redacted:" in left


def test_impossible_times_are_refused_with_the_remedy(site):
    site.send(document("old", "1999-01-01T00:00:00Z"), document("new", "2099-01-01T00:00:00Z"))
    site.send(document("now", time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())))
    with site.ingest(bounds=Bounds(400 * DAY, 24 * HOUR)):
        assert site.wait_for(1) == ["now"]
    assert [letter.code for letter in site.letters()] == ["impossible_time"] * 2
    assert "worker.retention_days" in site.letters()[0].reason


def test_what_users_feel_is_told_to_the_scopes_it_depends_on(site):
    services = {"checkout": {"depends_on": ["orders-db"]}, "orders-db": {"scope": "data"}}
    catalog = parse({"services": services}, "catalog", [])
    felt = document("felt", at(), impact={"user_visible": True})
    site.send(document("calm", at()), felt)
    with site.ingest(catalog=catalog):
        site.wait_for(2)
    copies = [one for one in site.records(site.names.events) if "overheal-felt" in one.headers]
    assert [(one.key, one.headers["overheal-felt"]) for one in copies] == [
        (b"production/data", b"production/data")
    ]
    assert json.loads(copies[0].value)["id"] == "felt"


def test_nothing_but_refusals_stops_and_stays_stopped_without_draining_the_topic(site):
    site.send(document("good", at()), *[b"nonsense"] * 50)
    for _ in range(3):
        with site.ingest(poison_limit=10) as running:
            running.join()
        assert isinstance(running.error, PoisonError)
        assert "offsets 1 to 10" in str(running.error)
        assert "`ingest.poison_limit`" in str(running.error)
    assert len(site.letters()) == 10
    assert site.committed() == 11
    site.send(document("after", at()))
    with site.ingest(poison_limit=0):
        assert site.wait_for(2)[-1] == "after"
    assert len(site.letters()) == 50


def test_records_of_a_format_with_a_memory_are_read_again_until_they_have_spoken(site):
    rescale = {
        **pod_event("u-9"),
        "reason": "SuccessfulRescale",
        "involvedObject": {
            "kind": "HorizontalPodAutoscaler",
            "name": "web",
            "namespace": "shop",
            "uid": "h-1",
        },
        "message": "New size: 5; reason: cpu resource utilization (percentage of request) above target",
        "source": {"component": "horizontal-pod-autoscaler"},
    }
    site.send(document("before", at()), rescale, document("after", at()))
    with site.ingest():
        site.wait_for(2)
    assert site.committed() == 1
    with site.ingest():
        ids = site.wait_for(3)
    assert Counter(ids)["before"] == 1
    assert Counter(ids)["after"] == 2


def test_ended_in_the_middle_and_started_again_loses_nothing(site, tmp_path: Path):
    names = [f"e-{number:05d}" for number in range(20_000)]
    config = site.config(tmp_path)
    for number, name in enumerate(names):
        raw = json.dumps(document(name, at())).encode()
        site._producer.send(site.names.actions, raw, b"k", None, number % 2)
    site.send()
    for kind, share in ((signal.SIGTERM, 0.0), (signal.SIGKILL, 0.3)):
        child = process(config)
        until(lambda wanted=share: len(site.events()) > wanted * len(names), "some events")
        child.send_signal(kind)
        _, said = child.communicate(timeout=40)
        assert kind == signal.SIGKILL or child.returncode == 0, said
        assert b"Traceback" not in said
    with site.ingest():
        until(lambda: len(set(site.events())) == len(names), "all events")
    for partition in (0, 1):
        assert site.committed(partition) == len(names) // 2


def test_a_second_sigterm_stops_at_once(own_kafka: LocalKafka, tmp_path: Path):
    site = Installation(own_kafka.bootstrap, Topics(own_kafka.client()))
    site.send(*[document(f"e-{number}", at()) for number in range(20_000)])
    child = process(site.config(tmp_path))
    site.wait_for(1)
    own_kafka.pause()
    try:
        child.send_signal(signal.SIGTERM)
        time.sleep(1)
        assert child.poll() is None
        child.send_signal(signal.SIGTERM)
        child.communicate(timeout=5)
    finally:
        own_kafka.resume()
    assert child.returncode == 128 + signal.SIGTERM


def test_a_broker_that_goes_away_is_waited_for_and_nothing_is_lost(own_kafka: LocalKafka):
    site = Installation(own_kafka.bootstrap, Topics(own_kafka.client()))
    names = {f"e-{number}" for number in range(60_000)}
    site.send(*[document(name, at()) for name in sorted(names)])
    with site.ingest() as running:
        until(lambda: running.metrics.value(telemetry.FORWARDED) > 0, "the first events")
        own_kafka.kill()
        until(lambda: running.reasons, "not being ready")
        own_kafka.restart()
        until(lambda: set(site.events()) == names, "all events")
        until(lambda: running.reasons == [], "being ready")
    assert running.error is None
    assert site.committed() == len(names)


def test_sighup_takes_a_new_catalog_and_refuses_a_broken_one(site, tmp_path: Path):
    catalog = tmp_path / "catalog.toml"
    catalog.write_text('[services.checkout]\nscope = "one"\n')
    child = process(site.config(tmp_path), catalog)
    site.send(document("a", at()))
    site.wait_for(1)
    catalog.write_text("[services.checkout]\nscop = 3\n")
    child.send_signal(signal.SIGHUP)
    said = child.stderr.readline()
    while b"stays as it was" not in said:
        said = child.stderr.readline()
        assert said, "the process ended"
    assert b"catalog.toml" in said
    site.send(document("b", at()))
    site.wait_for(2)
    catalog.write_text('[services.checkout]\nscope = "two"\n')
    child.send_signal(signal.SIGHUP)
    while b"read again" not in child.stderr.readline():
        assert child.poll() is None
    site.send(document("c", at()))
    site.wait_for(3)
    child.send_signal(signal.SIGTERM)
    child.communicate(timeout=30)
    assert child.returncode == 0
    keys = {json.loads(one.value)["id"]: one.key for one in site.records(site.names.events)}
    assert keys == {"a": b"production/one", "b": b"production/one", "c": b"production/two"}
