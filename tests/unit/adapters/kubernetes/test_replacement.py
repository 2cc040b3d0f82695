"""Pods that take the place of others."""

from __future__ import annotations

import msgspec
import pytest

from overheal.adapters.kubernetes import Kubernetes, KubernetesRules, Rule

SET = "ledger-dd7c956cc"
GUARD = "working set 498Mi above 480Mi for 60s, deleting pod so that it restarts"


def guard(world, pod, at, **more):
    return world.event(
        "MemoryAboveLimit",
        GUARD,
        f"Pod/{SET}-{pod}",
        at,
        component="leak-guard",
        action="RestartPod",
        **more,
    )


def created(world, pod, at, **more):
    return world.event(
        "SuccessfulCreate",
        f"Created pod: {SET}-{pod}",
        f"ReplicaSet/{SET}",
        at,
        component="replicaset-controller",
        **more,
    )


def scheduled(world, pod, at):
    return world.event(
        "Scheduled",
        f"Successfully assigned shop/{SET}-{pod} to node-1",
        f"Pod/{SET}-{pod}",
        at,
        component="default-scheduler",
    )


def recoveries(events):
    return [(event.agent, event.type, event.count) for event in events if event.recovery]


def test_deletion_creation_and_placement_are_one_recovery_with_two_witnesses(world):
    events = world.read(
        guard(world, "7gskv", 10), created(world, "ndsdr", 10), scheduled(world, "ndsdr", 11)
    )
    assert recoveries(events) == [("leak-guard", "restart", 1)]
    (action,) = [event for event in events if event.is_action]
    assert [event.name for event in events if event.witness_of == action.action_id] == [
        "SuccessfulCreate",
        "Scheduled",
    ]
    assert (action.trigger, action.outcome, action.agent_kind) == ("failure", "unknown", "script")
    assert "trigger.kind" in msgspec.json.decode(action.document)["data"]["derived"]


def test_creations_fewer_than_deletions_change_nothing(world):
    pods = ["bcdfg", "bcdfh", "bcdfj", "bcdfk"]
    deletions = [guard(world, pod, 10 * n) for n, pod in enumerate(pods)]
    late = created(world, "zzzzz", 31, count=2, first=1, uid="c")
    assert len(recoveries(world.read(*deletions, late))) == 4


def test_a_birth_is_no_recovery(world):
    events = world.read(
        created(world, "bcdfg", 1), created(world, "bcdfh", 1), scheduled(world, "bcdfg", 1)
    )
    assert {event.type for event in events} == {"change"}


def test_a_pod_lost_without_a_word_is_replaced_by_its_controller(world):
    pod = world.pod(
        f"{SET}-7gskv",
        0,
        owner=f"ReplicaSet/{SET}",
        state={"running": {"startedAt": world.at(100)}},
    )
    events = world.read(world.watch("DELETED", pod), created(world, "ndsdr", 102))
    assert recoveries(events) == [("replicaset-controller", "replace", 1)]
    (event,) = events
    assert (event.trigger, event.service) == ("failure", "shop/ledger")
    assert "trigger.kind" in msgspec.json.decode(event.document)["data"]["derived"]


def test_a_tool_that_tells_of_its_deletion_afterwards_is_still_the_one_recovery(world):
    pod = world.pod(
        f"{SET}-7gskv",
        0,
        owner=f"ReplicaSet/{SET}",
        state={"running": {"startedAt": world.at(100)}},
    )
    events = world.read(
        world.watch("DELETED", pod), created(world, "ndsdr", 102), guard(world, "7gskv", 104)
    )
    assert recoveries(events) == [("leak-guard", "restart", 1)]


def test_a_pod_that_its_controller_deleted_was_not_lost(world):
    pod = world.pod(
        f"{SET}-7gskv",
        0,
        owner=f"ReplicaSet/{SET}",
        state={"running": {"startedAt": world.at(100)}},
    )
    gone = world.event(
        "SuccessfulDelete",
        f"Deleted pod: {SET}-7gskv",
        f"ReplicaSet/{SET}",
        99,
        component="replicaset-controller",
    )
    events = world.read(gone, world.watch("DELETED", pod), created(world, "ndsdr", 102))
    assert recoveries(events) == []


def test_marking_for_deletion_is_an_eviction_and_cancelling_is_nothing(world):
    def taint(words, at):
        return world.event(
            "TaintManagerEviction",
            f"{words} Pod shop/{SET}-7gskv",
            f"Pod/{SET}-7gskv",
            at,
            component="taint-eviction-controller",
        )

    events = world.read(
        taint("Cancelling deletion of", 1),
        taint("Marking for deletion", 50),
        created(world, "ndsdr", 51),
    )
    assert recoveries(events) == [("taint-eviction-controller", "evict", 1)]
    assert [event.service for event in events] == ["shop/ledger"] * 3
    assert events[2].witness_of == events[1].action_id


def test_eviction_under_pressure_is_a_recovery_and_preemption_is_not(world):
    evicted = world.event(
        "Evicted", "The node was low on resource: memory.", f"Pod/{SET}-7gskv", 5, level="Warning"
    )
    preempted = world.event(
        "Preempted",
        "Preempted by pod x on node y",
        f"Pod/{SET}-7gskw",
        6,
        component="default-scheduler",
    )
    assert recoveries(world.read(evicted, preempted)) == [("kubelet", "evict", 1)]


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("DeletionByTaintManager", [("taint-eviction-controller", "evict", 1)]),
        ("TerminationByKubelet", [("kubelet", "evict", 1)]),
        ("EvictionByEvictionAPI", []),
        ("PreemptionByScheduler", []),
    ],
)
def test_a_pods_own_condition_tells_who_ended_it(world, reason, expected):
    condition = {
        "type": "DisruptionTarget",
        "status": "True",
        "reason": reason,
        "lastTransitionTime": world.at(50),
    }
    pod = world.pod(f"{SET}-7gskv", 0, owner=f"ReplicaSet/{SET}", conditions=[condition])
    assert (
        recoveries(world.read(pod, world.watch("DELETED", pod), created(world, "ndsdr", 51)))
        == expected
    )


def test_a_stateful_set_says_itself_that_it_replaces_a_failed_pod(world):
    event = world.event(
        "RecreatingFailedPod",
        "StatefulSet shop/db is recreating failed Pod db-0",
        "StatefulSet/db",
        5,
        component="statefulset-controller",
        level="Warning",
    )
    assert recoveries(world.read(event)) == [("statefulset-controller", "replace", 1)]


def test_a_tools_deletion_in_a_table_is_by_a_writer_not_named(world):
    (event,) = world.read(world.row("10m", "MemoryAboveLimit", f"pod/{SET}-7gskv", GUARD))
    assert (event.agent, event.type, event.recovery) == (
        "writer-of-MemoryAboveLimit",
        "restart",
        True,
    )
    assert "agent.name" in msgspec.json.decode(event.document)["data"]["derived"]


def test_a_tool_that_may_not_act_has_failed(world):
    event = guard(world, "7gskv", 5)
    event["message"] = "failed to delete pod: forbidden"
    (seen,) = world.read(event)
    assert seen.outcome == "failed"


def test_a_failed_creation_is_a_failed_attempt_with_a_condition_that_stays_the_same(world):
    def failed(pod, at, used, words=""):
        return world.event(
            "FailedCreate",
            f'{words}Error creating: pods "{SET}-{pod}" is forbidden: exceeded quota: few, '
            f"requested: pods=1, used: pods={used}, limited: pods=2",
            f"ReplicaSet/{SET}",
            at,
            component="replicaset-controller",
            level="Warning",
        )

    events = world.read(
        failed("bcdfg", 1, 2),
        failed("bcdfh", 2, 2),
        failed("bcdfj", 3, 3, "(combined from similar events): "),
    )
    assert {(event.type, event.outcome, event.recovery) for event in events} == {
        ("other", "failed", False)
    }
    assert len({(event.condition, event.target, event.agent) for event in events}) == 1


def test_a_pull_that_fails_is_a_failed_attempt_and_its_echo_a_symptom(world):
    pull = 'Failed to pull image "x.com/no-such-image": rpc error: code = Unknown'
    events = world.read(
        world.event("Failed", pull, "Pod/db-0", 1, count=4, level="Warning"),
        world.event("Failed", "Error: ErrImagePull", "Pod/db-0", 1, count=4, level="Warning"),
    )
    assert {(event.outcome, event.condition, event.count) for event in events} == {
        ("failed", 'Failed: Failed to pull image "x.com/no-such-image"', 4),
        ("", "", 4),
    }


def test_rules_of_the_user_come_first(world):
    rule = Rule(
        reasons=("MemoryAboveLimit",),
        components=("leak-guard",),
        becomes="cleanup",
        trigger="policy",
        expected="memory is free",
    )
    events = world.read(
        guard(world, "7gskv", 1), adapter=Kubernetes(KubernetesRules(rules=(rule,)))
    )
    assert [(event.type, event.recovery) for event in events] == [("cleanup", False)]


@pytest.mark.parametrize(
    "wrong",
    [
        {"becomes": "reboot"},
        {"becomes": "scale", "trigger": "x"},
        {"becomes": "scale", "outcome": "fine"},
    ],
)
def test_a_rule_outside_the_vocabulary_is_refused(wrong):
    with pytest.raises(ValueError, match="is none of"):
        Rule(**wrong)
