"""Forty recorded minutes of a control plane: what is counted, and what is not."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import pairwise

import pytest

from tests.support.shared import sample

FOLDER = "kubernetes/controllers-2026/"
WATCHES = ("events-watch.jsonl.gz", "deployments-watch.jsonl.gz", "nodes-watch.jsonl.gz")
ALL = (*WATCHES, "events-list.json.gz", "events.txt.gz")


def paths(*names):
    return [sample(FOLDER + name) for name in names]


@pytest.fixture
def together(recording):
    return recording(paths(*ALL))


def recoveries(events):
    counts = Counter()
    for event in events:
        if event.is_action and event.recovery and not event.witness_of:
            counts[event.service] += event.count
    return counts


def writes(events, deployment):
    return [
        (event.agent, event.new)
        for event in events
        if event.is_action
        and event.field == "replicas"
        and event.target.kind == "Deployment"
        and event.target.name == deployment
    ]


def node_states(events):
    states = defaultdict(list)
    for event in events:
        if event.name == "node_ready":
            states[event.target.name].append(event.new)
    return states


EXPECTED = {"shop/ledger": 293, "shop/checkout": 1, "shop/search": 1}


def test_each_deletion_by_the_leak_guard_is_one_recovery_and_node_7_costs_two(together):
    assert recoveries(together) == EXPECTED


@pytest.mark.parametrize("name", ["events-watch.jsonl.gz", "events-list.json.gz", "events.txt.gz"])
def test_the_recoveries_are_the_same_from_a_watch_a_list_or_a_table_alone(recording, name):
    assert recoveries(recording(paths(name))) == EXPECTED


def test_list_and_table_add_nothing_to_what_the_watches_show(recording, together):
    alone = recording(paths(*WATCHES))
    assert [event.document for event in alone] == [event.document for event in together]


def test_no_id_stands_twice(together):
    assert max(Counter(event.key for event in together).values()) == 1


def test_gitops_and_the_autoscaler_write_checkout_to_and_fro_each_write_once(together):
    seen = writes(together, "checkout")
    assert Counter(seen) == {
        ("gitops", 3): 30,
        ("horizontal-pod-autoscaler", 6): 31,
        ("horizontal-pod-autoscaler", 8): 19,
    }
    for before, after in pairwise(seen):
        assert before[1] != after[1]
        assert not before[0] == after[0] == "gitops"


def test_old_and_new_values_of_checkout_form_one_chain(together):
    chain = [
        (event.old, event.new)
        for event in together
        if event.is_action
        and event.target
        and event.target.name == "checkout"
        and event.field == "replicas"
        and event.target.kind == "Deployment"
    ]
    assert all(before[1] == after[0] for before, after in pairwise(chain[1:]))


def test_ordinary_autoscaling_has_one_agent_whatever_is_read(recording, together):
    for events in (together, *(recording(paths(name)) for name in ALL)):
        for service in ("cart", "search"):
            agents = {agent for agent, _ in writes(events, service)}
            assert agents <= {"horizontal-pod-autoscaler"}


def test_from_events_alone_the_other_writer_is_unknown_but_the_fight_is_seen(recording):
    seen = writes(recording(paths("events-watch.jsonl.gz")), "checkout")
    assert {agent for agent, _ in seen} == {"horizontal-pod-autoscaler", "unknown-writer"}
    assert {value for agent, value in seen if agent == "unknown-writer"} == {3}


def test_node_3_flips_eighteen_times_and_node_7_twice(together):
    states = node_states(together)
    assert {name: len(seen) for name, seen in states.items()} == {"node-3": 18, "node-7": 2}
    assert states["node-3"] == ["not_ready", "ready"] * 9


def test_from_events_alone_each_loss_of_node_3_is_separated_by_a_return(recording):
    states = node_states(recording(paths("events-watch.jsonl.gz")))
    assert states["node-3"] == [*["not_ready", "ready"] * 8, "not_ready"]


def test_reports_shows_one_attempt_that_fails_twenty_times(together):
    failed = [event for event in together if event.outcome == "failed"]
    assert {(event.service, event.name, event.recovery) for event in failed} == {
        ("batch/reports", "FailedCreate", False)
    }
    assert len({(event.agent, event.target, event.condition) for event in failed}) == 1
    assert sum(event.count for event in failed) == 20


def test_rollouts_the_load_test_and_births_are_no_recoveries(together):
    for event in together:
        if event.service == "shop/web" or event.service.startswith("batch2/"):
            assert not event.recovery
            assert not event.is_action or event.trigger == "rollout"


def test_a_rollout_begins_with_a_deploy_of_the_new_image(together):
    deploys = [event for event in together if event.type == "deploy"]
    assert [(event.agent, event.old, event.new) for event in deploys] == [
        ("kubectl-set", f"registry.example/web:1.{n}", f"registry.example/web:1.{n + 1}")
        for n in range(3)
    ]


def test_every_replacement_of_a_ledger_pod_is_a_witness_of_its_deletion(together):
    primary = {event.action_id for event in together if event.agent == "leak-guard"}
    witnesses = [event for event in together if event.witness_of in primary]
    assert {event.name for event in witnesses} == {"SuccessfulCreate", "Scheduled"}
    assert all(not event.is_action for event in witnesses)
    assert sum(event.name == "Scheduled" for event in witnesses) == 292


def test_nothing_claims_success(together):
    assert {event.outcome for event in together if event.is_action} == {"unknown", "failed"}


@pytest.mark.parametrize(
    ("folder", "service", "restarts", "failures"),
    [
        ("sbctl-bundle/velero.json", "velero/velero", 3, 0),
        ("troubleshoot-fixtures/message-image-pull-fail.json", "", 0, 4),
        ("sonobuoy-results-0.10/kube-system.events.json", "kube-system/calico-node", 2, 11),
        ("sonobuoy-results-0.9/heptio-sonobuoy.events.json", "", 0, 0),
    ],
)
def test_other_clusters_show_their_crash_loops_and_failed_attempts(
    recording, folder, service, restarts, failures
):
    events = recording([sample("kubernetes/" + folder)])
    assert recoveries(events) == ({service: restarts} if restarts else {})
    assert sum(event.count for event in events if event.outcome == "failed") == failures


def test_a_container_that_fails_its_probe_three_times_restarts_three_times(recording):
    name = "kubernetes/troubleshoot-fixtures/message-container-creating-failed-mount.json"
    assert recoveries(recording([sample(name)])) == {
        "message-container-creating-failed-mount/failing-liveness-pod": 3
    }
