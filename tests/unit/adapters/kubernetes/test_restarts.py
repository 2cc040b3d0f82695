"""Restarts of containers, whoever tells of them."""

from __future__ import annotations

import msgspec
import pytest

PROBE = "Container app failed liveness probe, will be restarted"


def crashed(world, started, finished, reason="OOMKilled", code=137):
    return {
        "terminated": {
            "startedAt": world.at(started),
            "finishedAt": world.at(finished),
            "reason": reason,
            "exitCode": code,
        }
    }


def running(world, at):
    return {"running": {"startedAt": world.at(at)}}


def restarts(events):
    return sum(event.count for event in events if event.is_action and event.recovery)


def test_a_growing_restart_count_is_a_recovery_with_the_uptime_before(world):
    events = world.read(
        world.pod("db-0", 0, state=running(world, 5)),
        world.pod("db-0", 1, state=running(world, 130), lastState=crashed(world, 5, 125)),
    )
    (event,) = events
    assert (event.type, event.agent, event.trigger, event.recovery) == (
        "restart",
        "kubelet",
        "failure",
        True,
    )
    assert (event.prior_uptime, event.time, event.service) == (120.0, world.micros(130), "shop/db")
    data = msgspec.json.decode(event.document)["data"]
    assert data["before"] == {"reason": "OOMKilled", "exit_code": 137, "prior_uptime_seconds": 120}
    assert data["actual"] == {"outcome": "unknown"}


def test_a_pod_first_seen_with_seventeen_restarts_counts_them_since_its_start(world):
    (event,) = world.read(
        world.pod("db-0", 17, state=running(world, 900), lastState=crashed(world, 800, 890))
    )
    assert (event.count, event.first_at, event.time) == (17, world.micros(0), world.micros(900))


def test_a_second_reading_of_the_same_pod_adds_nothing(world):
    pod = world.pod("db-0", 2, state=running(world, 50), lastState=crashed(world, 5, 45))
    assert restarts(world.read(pod, pod, world.watch("ADDED", pod))) == 2


def test_a_clean_exit_is_restarted_for_an_unknown_reason(world):
    (event,) = world.read(
        world.pod(
            "db-0", 1, state=running(world, 50), lastState=crashed(world, 5, 45, "Completed", 0)
        )
    )
    assert (event.trigger, event.recovery) == ("unknown", True)


def test_a_new_pod_of_the_same_name_counts_from_nothing(world):
    events = world.read(
        world.pod("db-0", 4, uid="one", state=running(world, 50), lastState=crashed(world, 5, 45)),
        world.pod("db-0", 1, uid="two", state=running(world, 90), lastState=crashed(world, 60, 85)),
    )
    assert restarts(events) == 5


def test_liveness_kill_started_and_restart_count_tell_of_one_restart(world):
    name = "db-0"
    events = world.read(
        world.pod(name, 0, state=running(world, 5)),
        world.event("Started", "Started container app", f"Pod/{name}", 5, uid="s"),
        world.event("Killing", PROBE, f"Pod/{name}", 100),
        world.event("Created", "Created container app", f"Pod/{name}", 129, count=2, first=4),
        world.watch(
            "MODIFIED",
            world.event(
                "Started", "Started container app", f"Pod/{name}", 130, count=2, first=5, uid="s"
            ),
        ),
        world.pod(name, 1, state=running(world, 130), lastState=crashed(world, 5, 128)),
    )
    assert restarts(events) == 1
    (restart,) = [event for event in events if event.is_action]
    assert restart.name == "Killing"
    assert {event.name for event in events if event.witness_of == restart.action_id} == {
        "Created",
        "Started",
    }


def test_without_pods_a_container_started_again_shows_its_restarts(world):
    events = world.read(
        world.event("Started", "Started container app", "Pod/db-0", 90, count=4, first=5),
        world.event(
            "BackOff",
            "Back-off restarting failed container",
            "Pod/db-0",
            200,
            count=94,
            level="Warning",
        ),
    )
    assert restarts(events) == 3


def test_a_first_start_is_an_observation(world):
    (event,) = world.read(world.event("Started", "Started container app", "Pod/db-0", 5))
    assert not event.is_action


@pytest.mark.parametrize(
    "message",
    [
        PROBE,
        "Container app failed startup probe, will be restarted",
        "Killing container with id docker://app:pod db_shop container app is unhealthy, it will be killed and re-created.",
    ],
)
def test_a_kill_for_a_failed_probe_is_a_recovery(world, message):
    (event,) = world.read(world.event("Killing", message, "Pod/db-0", 5))
    assert (event.type, event.trigger, event.recovery) == ("restart", "failure", True)


def test_a_kill_to_stop_the_pod_is_none(world):
    (event,) = world.read(world.event("Killing", "Stopping container app", "Pod/db-0", 5))
    assert not event.is_action


@pytest.mark.parametrize("reason", ["BackOff", "Unhealthy", "FailedScheduling", "FailedMount"])
def test_symptoms_are_no_recoveries(world, reason):
    (event,) = world.read(world.event(reason, "x", "Pod/db-0", 5, count=99, level="Warning"))
    assert (event.type, event.recovery, event.count) == ("symptom", False, 99)
