"""What the other recorded Kubernetes samples say, and that none of it is an invented success."""

from __future__ import annotations

import json

import pytest

from tests.support.command import here, says
from tests.support.shared import sample

READABLE = [
    "kubernetes/sbctl-bundle/velero.json",
    "kubernetes/troubleshoot-fixtures/message-container-creating-failed-mount.json",
    "kubernetes/troubleshoot-fixtures/message-image-pull-fail.json",
    "kubernetes/troubleshoot-fixtures/message-pod-init-crashloop-backoff.json",
    "kubernetes/sonobuoy-results-0.10/kube-system.events.json",
    "kubernetes/sonobuoy-results-0.9/heptio-sonobuoy.events.json",
    "kubernetes/kspan/deployment-2-pods.yaml",
    "kubernetes/insights-operator/openshift-machine-api.compact.json",
    "kubernetes/khi-gke/k8s_event_sample.yaml",
]


@pytest.mark.parametrize("name", READABLE)
def test_a_recorded_sample_is_read_whole(name):
    done = here("analyze", sample(name), "--output", "json")
    assert done.returncode == 0, says(done)
    report = json.loads(done.stdout)
    assert report["totals"]["dead_letters"] == 0
    assert report["totals"]["received"] > 0
    assert not [item for item in report["services"] if item["succeeded"]]


def test_a_list_without_events_says_so():
    done = here("analyze", sample("kubernetes/sbctl-bundle/default.json"))
    assert done.returncode == 0, says(done)
    assert "empty" in done.stdout.decode()


def test_a_format_that_is_not_known_is_refused_with_what_was_tried():
    done = here("analyze", sample("kubernetes/splunk-otel-k8sevents/expected_k8sevents.yaml"))
    assert done.returncode == 1
    assert "tried canonical, kubernetes" in says(done)


def test_the_copied_recording_is_the_shared_one():
    from overheal.recording import FILES

    for path in FILES:
        original = sample(f"kubernetes/controllers-2026/{path.name}")
        assert original.read_bytes() == path.read_bytes()
