"""Whatever stands in an object, the adapter answers with documents or a reason."""

from __future__ import annotations

import copy
import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from overheal.adapters.base import Record
from overheal.adapters.kubernetes import Kubernetes
from overheal.contract.decode import decode
from overheal.errors import RecordError

JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["", "x", "True", "2026-11-20T20:00:00Z", "9999-12-31T00:00:00Z", "\u202e"]),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2)
    ),
    max_leaves=4,
)


def places(value, path=()):
    yield path
    if isinstance(value, dict):
        for key, part in value.items():
            yield from places(part, (*path, key))
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from places(part, (*path, index))


def replaced(document, path, junk):
    document = copy.deepcopy(document)
    if not path:
        return junk
    part = document
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = junk
    return document


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_value_anywhere_gives_documents_or_a_reason(world, data):
    running = {"running": {"startedAt": world.at(50)}}
    ended = {"terminated": {"startedAt": world.at(1), "finishedAt": world.at(40), "exitCode": 1}}
    kinds = [
        world.event("Started", "Started container app", "Pod/db-0", 9, count=3),
        world.event("NodeNotReady", "x", "Node/n", 9, count=3, first=1),
        world.event("SuccessfulRescale", "New size: 6; reason: x", "HorizontalPodAutoscaler/h", 9),
        world.event(
            "ScalingReplicaSet",
            "Scaled up replica set web-dd7c956cc to 3 from 2",
            "Deployment/web",
            9,
        ),
        world.pod("db-0", 3, owner="StatefulSet/db", state=running, lastState=ended),
        world.node("n", "Unknown", beat=3, changed=9),
        world.deployment("web", 5, [("gitops", "", 9, "f:replicas")], image="web:2"),
    ]
    good = data.draw(st.sampled_from(kinds))
    before = world.deployment("web", 3, [])
    broken = replaced(good, data.draw(st.sampled_from(list(places(good)))), data.draw(JUNK))
    adapter = Kubernetes()
    found = list(adapter.adapt(world.record(before)))
    record = Record("x", 1, json.dumps(broken).encode())
    adapter.recognises(record)
    try:
        time, tie = adapter.order(record)
        assert 0 <= time < 2**62
        assert 0 <= tie < 2**64
        found += adapter.adapt(record)
    except RecordError as error:
        assert error.code
    found += adapter.adapt(world.record(good))
    found += adapter.finish()
    for document in found:
        decode(document)
