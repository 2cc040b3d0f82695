"""Whose pod is this?"""

from __future__ import annotations

import pytest

from overheal.adapters.kubernetes import Kubernetes, KubernetesRules
from overheal.adapters.kubernetes.names import Names

HOUR = 3_600_000_000


@pytest.mark.parametrize(
    ("kind", "name", "service"),
    [
        ("Pod", "ledger-dd7c956cc-7gskv", "shop/ledger"),
        ("Pod", "bench-0-7d955668df-n6qs6", "shop/bench-0"),
        ("Pod", "heapster-1288166888-jt1rl", "shop/heapster"),
        ("ReplicaSet", "checkout-bcf7f76d9", "shop/checkout"),
        ("ReplicaSet", "frontend", "shop/frontend"),
        ("Pod", "db-0", "shop/db"),
        ("Pod", "fluentd-7gskv", "shop/fluentd"),
        ("Pod", "report-28391040-7gskv", "shop/report"),
        ("Job", "report-28391040", "shop/report"),
        ("Deployment", "web", "shop/web"),
        ("Pod", "standalone", "shop/standalone"),
        ("Node", "node-3", ""),
        ("PersistentVolumeClaim", "data-db-0", ""),
    ],
)
def test_services_are_named_after_the_controller(kind, name, service):
    assert Names((), "", HOUR).service("shop", kind, name) == service


def test_a_static_pod_is_named_without_its_node():
    name = "kube-apiserver-ip-10-0-9-206.internal"
    assert (
        Names((), "", HOUR).service("s", "Pod", name, "ip-10-0-9-206.internal")
        == "s/kube-apiserver"
    )


def test_a_creation_seen_earlier_tells_the_owner(world):
    created = world.event(
        "SuccessfulCreate",
        "Created pod: oddly-named",
        "ReplicaSet/shop-front-dd7c956cc",
        1,
        component="replicaset-controller",
    )
    scaled = world.event(
        "ScalingReplicaSet",
        "Scaled up replica set shop-front-dd7c956cc to 1",
        "Deployment/storefront",
        0,
        component="deployment-controller",
    )
    symptom = world.event("Unhealthy", "x", "Pod/oddly-named", 2)
    assert {event.service for event in world.read(scaled, created, symptom)} == {"shop/storefront"}


def test_a_label_names_the_service_of_all_that_belongs_to_the_workload(world):
    events = world.read(
        world.deployment(
            "rel-web",
            3,
            [("gitops", "", 0, "f:replicas")],
            labels={"app.kubernetes.io/name": "web"},
        ),
        world.event("Unhealthy", "x", "Pod/rel-web-dd7c956cc-7gskv", 2),
    )
    assert [event.service for event in events] == ["shop/web"]


def test_the_labels_to_ask_can_be_set(world):
    events = world.read(
        world.deployment("rel-web", 3, [], labels={"app": "x", "team": "payments"}),
        world.event("Unhealthy", "x", "Pod/rel-web-dd7c956cc-7gskv", 2),
        adapter=Kubernetes(KubernetesRules(service_labels=("team",))),
    )
    assert [event.service for event in events] == ["shop/payments"]


def test_owner_references_win_over_the_pods_name(world):
    pod = world.pod(
        "x-0", 1, owner="StatefulSet/database", state={"running": {"startedAt": world.at(5)}}
    )
    assert [event.service for event in world.read(pod)] == ["shop/database"]


def test_the_cluster_stands_before_the_namespace_in_service_scope_and_source(world):
    adapter = Kubernetes(cluster="eu-1", environment="staging")
    (event,) = world.read(world.event("Unhealthy", "x", "Pod/db-0", 2), adapter=adapter)
    assert (event.service, event.scope, event.environment) == (
        "eu-1/shop/db",
        "eu-1/shop",
        "staging",
    )
    assert (event.source, event.target.cluster) == ("urn:overheal:kubernetes:eu-1", "eu-1")
    (node,) = world.read(
        world.node("n", "False", beat=1, changed=1), adapter=Kubernetes(cluster="eu-1")
    )
    assert (node.service, node.scope) == ("", "eu-1")
