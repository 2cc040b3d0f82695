"""The forms in which Kubernetes hands out its objects."""

from __future__ import annotations

import json

import pytest

from overheal.adapters.base import Record
from overheal.adapters.kubernetes import Kubernetes
from overheal.errors import RecordError
from tests.support.shared import sample

PROBE = "Container app failed liveness probe, will be restarted"


def test_go_structs_are_read_like_the_api(world):
    (event,) = world.read(
        {
            "ObjectMeta": {"UID": "e1", "Name": "db-0.1", "Namespace": "shop"},
            "InvolvedObject": {"Kind": "Pod", "Namespace": "shop", "Name": "db-0"},
            "Reason": "Killing",
            "Message": PROBE,
            "Source": {"Component": "kubelet", "Host": "node-1"},
            "FirstTimestamp": None,
            "LastTimestamp": None,
            "EventTime": world.at(5),
            "Count": 3,
            "Type": "Normal",
        }
    )
    assert (event.type, event.count, event.service) == ("restart", 3, "shop/db")


def test_items_whose_kind_only_the_list_names_are_read(world):
    pod = world.pod("db-0", 2, state={"running": {"startedAt": world.at(9)}})
    del pod["kind"], pod["apiVersion"]
    (event,) = world.read(world.record(pod, within="PodList"))
    assert (event.type, event.count) == ("restart", 2)


def test_a_whole_list_in_one_record_is_read_in_order(world):
    items = [
        world.deployment("web", 3, [("gitops", "", 60, "f:replicas")]),
        world.deployment("web", 8, [("gitops", "", 0, "f:replicas")]),
    ]
    items[0]["metadata"]["resourceVersion"] = "900"
    (event,) = world.read({"kind": "List", "apiVersion": "v1", "items": items})
    assert (event.old, event.new) == (8, 3)


def test_openshifts_short_form_is_read(world):
    (event,) = world.read(
        {
            "namespace": "openshift-machine-api",
            "lastTimestamp": "2022-08-24T11:40:44+02:00",
            "reason": "FailedUpdate",
            "message": "machine-a: reconciler failed to Update machine: requeue in: 20s",
            "type": "Warning",
        }
    )
    assert (event.service, event.scope, event.outcome) == ("", "openshift-machine-api", "failed")


def test_an_entry_of_gkes_log_is_the_event_inside(world):
    entry = {
        "logName": "projects/p/logs/events",
        "jsonPayload": world.event("Killing", PROBE, "Pod/db-0", 5),
    }
    assert [event.type for event in world.read(entry)] == ["restart"]
    assert world.read({"logName": "projects/p/logs/events", "textPayload": "started"}) == []
    assert world.adapter.ignored == {"log entry without an Event": 1}


def test_bookmarks_and_errors_of_a_watch_are_ignored_with_their_reason(world):
    events = world.read(
        world.watch("BOOKMARK", {"kind": "Event", "metadata": {"resourceVersion": "9"}}),
        world.watch("ERROR", {"kind": "Status", "code": 410}),
    )
    assert events == []
    assert world.adapter.ignored == {"watch bookmark": 1, "watch error": 1}


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (b"{", "not_json"),
        (b"[1]", "not_object"),
        (b'{"kind":"Event","reason":"x","message":"y"}', "no_time"),
        (
            b'{"kind":"Event","reason":"x","message":"y","lastTimestamp":"2026-11-20T20:00:00"}',
            "bad_time",
        ),
        (
            b'{"kind":"Event","reason":"x","message":"y","lastTimestamp":"9999-01-01T00:00:00Z"}',
            "bad_time",
        ),
        (b'{"kind":"Event","reason":"x","message":"y","lastTimestamp":5}', "bad_time"),
        (b'{"kind":"Event","reason":"","message":""}', "no_reason"),
        (b'{"hello":"world"}', "unknown_object"),
        (b"[" * 100_000, "not_json"),
    ],
)
def test_broken_records_are_refused_with_a_reason(document, code):
    with pytest.raises(RecordError) as refused:
        Kubernetes().adapt(Record("x", 1, document))
    assert refused.value.code == code


@pytest.mark.parametrize("row", [{"REASON": ""}, {"LAST SEEN": "soon"}, {"OBJECT": "pod"}])
def test_broken_rows_are_refused_with_a_reason(world, row):
    record = world.row("1m", "Killing", "pod/db-0", "x", **row)
    with pytest.raises(RecordError):
        Kubernetes().order(record)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"kind": "Event", "reason": "x", "message": "y"}, True),
        ({"type": "ADDED", "object": {"kind": "Pod"}}, True),
        ({"apiVersion": "v1", "kind": "Node", "metadata": {}}, True),
        ({"reason": "x", "message": "y", "lastTimestamp": "z"}, True),
        ({"specversion": "1.0", "type": "io.overheal.observation.v1", "id": "a"}, False),
        ({"specversion": "1.0", "type": "ADDED", "object": {}}, False),
        ({"involvedObject": {}, "severity": "info", "timestamp": "x", "reason": "x"}, False),
        ({"alerts": []}, False),
        ([1], False),
    ],
)
def test_its_own_records_are_recognised_and_no_others(document, expected):
    assert Kubernetes().recognises(Record("x", 1, json.dumps(document).encode())) is expected


def test_a_table_is_recognised_by_its_columns(world):
    assert Kubernetes().recognises(world.row("1m", "Killing", "pod/db-0", "x"))
    assert not Kubernetes().recognises(Record("x", 1, b'{"NAME":"a","READY":"1/1"}', "table"))
    assert not Kubernetes().recognises(Record("x", 1, b"\xff", "table"))


def test_objects_of_other_kinds_hold_no_events(world):
    assert (
        world.read(
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "b"}}
        )
        == []
    )
    assert world.adapter.ignored == {"ConfigMap: tells owners and labels only": 1}


def test_the_tie_break_of_order_fits_eight_bytes(world):
    event = world.event("Scheduled", "x", "Pod/db-0", 5)
    event["metadata"]["resourceVersion"] = str(2**70)
    for document in (event, world.row("1m", "Scheduled", "pod/db-0", "x")):
        assert 0 <= Kubernetes().order(world.record(document))[1] < 2**63


@pytest.mark.parametrize(
    "name",
    [
        "khi-gke/k8s_event_sample.yaml",
        "khi-gke/k8s_event_cluster-scoped.yaml",
        "kspan/deployment-2-pods.yaml",
    ],
)
def test_recorded_yaml_is_recognised_and_read(world, name):
    yaml = pytest.importorskip("yaml")
    text = sample(f"kubernetes/{name}").read_text()
    documents = [
        json.loads(json.dumps(part, default=lambda moment: moment.isoformat()))
        for part in yaml.safe_load_all(text)
        if part
    ]
    assert Kubernetes().recognises(world.record(documents[0]))
    assert not any(event.recovery for event in world.read(*documents))
