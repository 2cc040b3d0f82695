"""Metrics are declared once; what counts them and what lists them follows."""

from __future__ import annotations

import importlib.util

import pytest

from overheal import telemetry
from overheal.run.metrics import Metrics
from tests.support.command import ROOT


def test_the_page_lists_every_metric_as_declared():
    tool = importlib.util.spec_from_file_location("metrics_tool", ROOT / "tools" / "metrics.py")
    module = importlib.util.module_from_spec(tool)
    tool.loader.exec_module(module)
    written = (ROOT / "docs" / "operations.md").read_text()
    assert written == module.page(written), "run: python tools/metrics.py"
    assert all(f"`{metric.name}`" in written for metric in telemetry.METRICS)


def test_names_are_unique_and_follow_prometheus_habits():
    names = [metric.name for metric in telemetry.METRICS]
    assert len(set(names)) == len(names)
    for metric in telemetry.METRICS:
        assert metric.name.startswith("overheal_")
        assert metric.name.endswith("_total") == (metric.kind == "counter")
        assert metric.meaning.endswith(".")


def test_counting_setting_and_observing_show_in_the_registry():
    metrics = Metrics()
    metrics.add(telemetry.STORED, 5)
    metrics.add(telemetry.DEAD_LETTERS, reason="not_json")
    metrics.set(telemetry.CONSUMER_LAG, 7, topic="events", partition="3")
    metrics.observe(telemetry.INSERT, 0.2, table="action_events")
    assert metrics.value(telemetry.STORED) == 5
    assert metrics.value(telemetry.DEAD_LETTERS, reason="not_json") == 1
    assert metrics.value(telemetry.CONSUMER_LAG, topic="events", partition="3") == 7
    assert metrics.value(telemetry.INSERT, table="action_events") == 1


def test_a_partition_given_away_is_shown_no_more():
    metrics = Metrics()
    metrics.set(telemetry.CONSUMER_LAG, 7, topic="events", partition="3")
    metrics.forget(telemetry.CONSUMER_LAG, topic="events", partition="3")
    metrics.forget(telemetry.CONSUMER_LAG, topic="events", partition="3")
    labels = {"topic": "events", "partition": "3"}
    assert metrics.registry.get_sample_value("overheal_consumer_lag_records", labels) is None


def test_labels_and_kinds_other_than_the_declared_are_refused():
    metrics = Metrics()
    with pytest.raises(ValueError, match="label"):
        metrics.add(telemetry.DEAD_LETTERS, source="x")
    with pytest.raises(TypeError, match="not a gauge"):
        metrics.set(telemetry.STORED, 1)


def test_two_processes_in_one_interpreter_do_not_share_counts():
    one, other = Metrics(), Metrics()
    one.add(telemetry.STORED)
    assert other.value(telemetry.STORED) == 0
