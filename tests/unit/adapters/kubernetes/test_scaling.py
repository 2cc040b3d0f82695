"""Writes of replicas and images, and their witnesses."""

from __future__ import annotations

import msgspec
import pytest

from overheal.adapters.kubernetes import Kubernetes, KubernetesRules

HPA = ("kube-controller-manager", "scale", None, "f:replicas")


def gitops(at):
    return ("gitops", "", at, "f:replicas")


def rescaled(world, size, at, *, count=1, first=None, uid="hpa", name="web"):
    return world.event(
        "SuccessfulRescale",
        f"New size: {size}; reason: cpu above target",
        f"HorizontalPodAutoscaler/{name}",
        at,
        component="horizontal-pod-autoscaler",
        count=count,
        first=first,
        uid=f"{uid}-{size}",
    )


def scaled(world, old, new, at, *, replica_set="web-7d4b8c9f6d", name="web", **more):
    word = "up" if old is None or new > old else "down"
    origin = "" if old is None else f" from {old}"
    return world.event(
        "ScalingReplicaSet",
        f"Scaled {word} replica set {replica_set} to {new}{origin}",
        f"Deployment/{name}",
        at,
        component="deployment-controller",
        **more,
    )


def writes(events):
    return [
        (event.agent, event.old, event.new)
        for event in events
        if event.is_action and event.target.kind != "ReplicaSet"
    ]


def document(event):
    return msgspec.json.decode(event.document)["data"]


def test_the_writer_and_both_values_come_from_two_versions(world):
    events = world.read(
        world.deployment("web", 8, [gitops(0)]),
        world.deployment("web", 3, [gitops(60)]),
    )
    assert writes(events) == [("gitops", 8, 3)]
    (event,) = events
    assert (event.type, event.field, event.trigger, event.recovery) == (
        "scale",
        "replicas",
        "policy",
        False,
    )
    assert event.time == world.micros(60)
    assert document(event)["intent"] == {"desired": {"replicas": 3}}
    assert "time" not in document(event)["derived"]


def test_a_scale_write_without_time_is_bounded_by_its_neighbours(world):
    events = world.read(
        world.deployment("web", 3, [gitops(10)], status_at=10),
        world.deployment("web", 6, [HPA], status_at=10),
        world.deployment("web", 6, [HPA], status_at=300),
    )
    assert writes(events) == [("horizontal-pod-autoscaler", 3, 6)]
    (event,) = events
    assert event.time == world.micros(300)
    assert document(event)["ext"] == {"not_before": world.at(10)}
    assert {"time", "agent.name", "trigger.kind"} <= set(document(event)["derived"])
    assert (event.agent_kind, event.mandate, event.trigger) == ("autoscaler", "latency", "demand")


def test_the_autoscalers_event_dates_that_write_and_counts_no_more(world):
    events = world.read(
        world.deployment("web", 3, [gitops(10)], status_at=10),
        world.deployment("web", 6, [HPA], status_at=10),
        world.deployment("web", 6, [HPA], status_at=300),
        rescaled(world, 6, 205),
        scaled(world, 3, 6, 205),
    )
    assert writes(events) == [("horizontal-pod-autoscaler", 3, 6)]
    write = next(event for event in events if event.is_action)
    assert write.time == world.micros(205)
    assert {event.name for event in events if event.witness_of == write.action_id} == {
        "SuccessfulRescale",
        "ScalingReplicaSet",
    }


def test_a_write_that_still_waits_at_the_end_is_told_at_its_earliest_time(world):
    (event,) = world.read(
        world.deployment("web", 3, [gitops(10)], status_at=10),
        world.deployment("web", 6, [HPA], status_at=10),
    )
    assert (event.new, event.time) == (6, world.micros(10))


def test_versions_out_of_order_or_repeated_change_nothing(world):
    first = world.deployment("web", 8, [gitops(0)])
    second = world.deployment("web", 3, [gitops(60)])
    events = world.read(second, first, second, world.watch("ADDED", second))
    assert writes(events) == [("gitops", 8, 3)]
    assert world.adapter.ignored["seen before"] == 2


def test_a_rate_limited_counter_adds_nothing_to_exact_versions(world):
    versions = [world.deployment("web", 3, [gitops(0)])]
    versions += [
        world.deployment(
            "web", 6 if n % 2 else 3, [HPA if n % 2 else gitops(60 * n)], status_at=60 * n
        )
        for n in range(1, 8)
    ]
    events = world.read(
        *versions,
        rescaled(world, 6, 60, count=19, first=60, uid="a"),
        world.watch("MODIFIED", rescaled(world, 6, 420, count=22, first=60, uid="a")),
    )
    assert len(writes(events)) == 7


def test_from_events_alone_a_counter_that_jumps_stands_for_all(world):
    events = world.read(
        world.watch("ADDED", rescaled(world, 6, 60)),
        world.watch("MODIFIED", rescaled(world, 6, 360, count=8, first=60)),
    )
    assert [(event.count, event.new) for event in events] == [(1, 6), (7, 6)]


def test_a_scaling_event_with_no_known_writer_is_the_view_that_remains(world):
    events = world.read(
        *(
            world.watch("ADDED", item)
            for item in (
                scaled(world, None, 8, 0),
                scaled(world, 8, 3, 100),
                rescaled(world, 6, 105),
                scaled(world, 3, 6, 105),
            )
        )
    )
    assert writes(events) == [("unknown-writer", 8, 3), ("horizontal-pod-autoscaler", 3, 6)]
    unknown = next(event for event in events if event.agent == "unknown-writer")
    assert unknown.trigger == "unknown"
    assert not unknown.recovery
    assert "agent.name" in document(unknown)["derived"]


def test_a_scaling_event_before_the_autoscalers_own_is_still_its_witness(world):
    events = world.read(
        world.watch("ADDED", scaled(world, None, 3, 0)),
        world.watch("ADDED", scaled(world, 3, 6, 104)),
        world.watch("ADDED", rescaled(world, 6, 105)),
    )
    assert writes(events) == [("horizontal-pod-autoscaler", 3, 6)]


def test_a_list_shows_the_autoscaler_only_where_it_last_was_and_accuses_nobody(world):
    events = world.read(
        scaled(world, None, 4, 0),
        scaled(world, 4, 6, 10),
        rescaled(world, 6, 1700, count=2, first=10),
    )
    assert {agent for agent, _, _ in writes(events)} == {"horizontal-pod-autoscaler"}


def test_an_autoscaler_of_another_name_is_matched_to_what_it_scales(world):
    events = world.read(
        world.watch("ADDED", scaled(world, None, 3, 0)),
        world.watch("ADDED", rescaled(world, 6, 100, name="web-hpa")),
        world.watch("ADDED", scaled(world, 3, 6, 100)),
    )
    assert writes(events) == [("horizontal-pod-autoscaler", 3, 6)]
    assert {event.service for event in events if event.is_action} == {"shop/web"}


def test_an_autoscalers_object_names_what_it_scales(world):
    hpa = {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "h", "namespace": "shop", "creationTimestamp": world.at(0)},
        "spec": {"scaleTargetRef": {"kind": "StatefulSet", "name": "db"}},
    }
    (event,) = world.read(hpa, rescaled(world, 6, 100, name="h"))
    assert (event.target.kind, event.service) == ("StatefulSet", "shop/db")
    assert "target.name" not in document(event)["derived"]


def test_a_rollout_is_told_by_its_second_replica_set_and_is_no_write_of_replicas(world):
    old, new = "web-7d4b8c9f6d", "web-5f6d7c8b9d"
    events = world.read(
        *(
            world.watch("ADDED", item)
            for item in (
                scaled(world, None, 4, 0, replica_set=old),
                scaled(world, None, 2, 1000, replica_set=new),
                scaled(world, 4, 2, 1001, replica_set=old),
                scaled(world, 2, 4, 1002, replica_set=new),
                scaled(world, 2, 0, 1003, replica_set=old),
                scaled(world, 4, 6, 2000, replica_set=new),
            )
        )
    )
    rollouts = [event for event in events if event.trigger == "rollout"]
    assert len(rollouts) == 5
    assert {event.target.kind for event in rollouts} == {"ReplicaSet"}
    assert not any(event.recovery for event in events)
    assert writes(events) == [("unknown-writer", 4, 6)]


def test_a_rollout_cut_off_at_its_beginning_is_still_one(world):
    events = world.read(
        world.watch("ADDED", scaled(world, 4, 2, 0, replica_set="web-7d4b8c9f6d")),
        world.watch("ADDED", scaled(world, 2, 4, 1, replica_set="web-5f6d7c8b9d")),
    )
    assert {event.trigger for event in events} == {"rollout"}


def test_the_words_of_newer_and_older_versions_are_read(world):
    newer = world.event(
        "ScalingReplicaSet",
        "Scaled down replica set web-7d4b8c9f6d from 8 to 3",
        "Deployment/web",
        100,
        component="deployment-controller",
    )
    assert writes(world.read(newer)) == [("unknown-writer", 8, 3)]


def test_an_image_is_a_deploy_by_its_field_manager(world):
    events = world.read(
        world.deployment("web", 3, [("kubectl-set", "", 0, "f:image")], image="web:1"),
        world.deployment("web", 3, [("kubectl-set", "", 60, "f:image")], image="web:2"),
    )
    (event,) = events
    assert (event.type, event.agent, event.agent_kind) == ("deploy", "kubectl-set", "human")
    assert (event.field, event.old, event.new, event.trigger) == (
        "image",
        "web:1",
        "web:2",
        "rollout",
    )
    assert not event.recovery


def test_a_rolling_restart_asked_for_is_by_hand_and_no_recovery(world):
    before = world.deployment("web", 3, [gitops(0)])
    after = world.deployment("web", 3, [gitops(0)])
    after["spec"]["template"]["metadata"] = {
        "annotations": {"kubectl.kubernetes.io/restartedAt": world.at(50)}
    }
    (event,) = world.read(before, after)
    assert (event.type, event.trigger, event.recovery) == ("restart", "manual", False)


def test_a_stateful_sets_replicas_are_followed_too(world):
    events = world.read(
        world.deployment("db", 3, [gitops(0)], kind="StatefulSet"),
        world.deployment("db", 5, [gitops(9)], kind="StatefulSet"),
    )
    assert events[0].target.kind == "StatefulSet"
    assert writes(events) == [("gitops", 3, 5)]


def test_a_deployment_created_anew_under_the_same_name_begins_afresh(world):
    events = world.read(
        world.deployment("web", 3, [gitops(0)], uid="one"),
        world.deployment("web", 9, [gitops(60)], uid="two"),
    )
    assert events == []


def test_names_and_kinds_of_writers_can_be_set(world):
    rules = KubernetesRules(
        managers={"deploy-bot": "release-agent"}, agents={"release-agent": "ai_agent"}
    )
    events = world.read(
        world.deployment("web", 3, [("deploy-bot", "", 0, "f:replicas")]),
        world.deployment("web", 5, [("deploy-bot", "", 9, "f:replicas")]),
        adapter=Kubernetes(rules),
    )
    assert [(event.agent, event.agent_kind) for event in events] == [("release-agent", "ai_agent")]


@pytest.mark.parametrize("managed", [None, [], [None], [{"fieldsV1": 3}], [{"manager": None}]])
def test_without_managed_fields_the_writer_is_unknown_and_nothing_breaks(world, managed):
    versions = [world.deployment("web", 3, []), world.deployment("web", 5, [])]
    for version in versions:
        version["metadata"]["managedFields"] = managed
    assert writes(world.read(*versions)) == [("unknown-writer", 3, 5)]
