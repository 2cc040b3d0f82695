"""What the topics must be."""

from __future__ import annotations

from overheal.kafka.settings import TopicNames
from overheal.kafka.specification import specifications

SPECS = {spec.name: spec for spec in specifications(TopicNames(), 24, 3, 14)}
DAY = 86_400_000


def test_every_topic_is_specified():
    assert len(SPECS) == 6


def test_actions_and_events_have_the_partitions_and_the_retention_that_were_asked_for():
    for name in ("overheal.actions.v1", "overheal.events.v1"):
        assert SPECS[name].partitions == 24
        assert SPECS[name].config["retention.ms"] == str(14 * DAY)
    assert SPECS["overheal.events.v1"].config["message.timestamp.type"] == "LogAppendTime"


def test_what_must_be_in_one_order_has_one_partition():
    single = {spec.name for spec in SPECS.values() if spec.single}
    assert single == {"overheal.activity.v1", "overheal.findings.v1", "overheal.control.v1"}
    assert all(SPECS[name].partitions == 1 for name in single)


def test_findings_are_compacted_and_control_is_kept_for_ever():
    assert SPECS["overheal.findings.v1"].config["cleanup.policy"] == "compact"
    assert SPECS["overheal.control.v1"].config["retention.ms"] == "-1"
    assert SPECS["overheal.dead-letters.v1"].config["retention.ms"] == str(30 * DAY)
