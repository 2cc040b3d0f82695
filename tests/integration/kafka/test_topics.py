"""Topics on a real broker: made, checked, verified and grown."""

from __future__ import annotations

import uuid
from dataclasses import replace

import pytest
from confluent_kafka.admin import NewTopic

from overheal.errors import BrokerUnavailable, ConfigError, TopicError
from overheal.kafka.consumer import Consumer
from overheal.kafka.partitioning import partition_of
from overheal.kafka.producer import Producer
from overheal.kafka.settings import KafkaSettings, TopicNames
from overheal.kafka.topics import (
    add_partitions,
    check,
    create,
    partition_count,
    specifications,
    topic_epoch,
    verify,
)
from tests.support.children import until
from tests.support.command import run, says


@pytest.fixture
def settings(kafka):
    return KafkaSettings(kafka.bootstrap)


@pytest.fixture
def names(topics):
    return TopicNames.prefixed(topics.prefix)


@pytest.fixture
def specs(names):
    return specifications(names, partitions=3, replication=1)


@pytest.fixture
def made(settings, specs):
    create(settings, specs)
    until(lambda: _stand(settings, specs), "topics to be known")
    return specs


def _stand(settings, specs):
    try:
        verify(settings, specs)
    except TopicError:
        return False
    return True


def alter(topics, name, **config):
    from confluent_kafka.admin import (
        AlterConfigOpType,
        ConfigEntry,
        ConfigResource,
        ResourceType,
    )

    entries = [
        ConfigEntry(key.replace("_", "."), value, incremental_operation=AlterConfigOpType.SET)
        for key, value in config.items()
    ]
    resource = ConfigResource(ResourceType.TOPIC, name, incremental_configs=entries)
    topics.admin.incremental_alter_configs([resource])[resource].result(30)


def test_topics_are_made_once_and_then_exist(settings, specs):
    assert {one.state for one in create(settings, specs)} == {"made"}
    until(lambda: _stand(settings, specs), "topics to be known")
    assert {one.state for one in create(settings, specs)} == {"exists"}
    assert check(settings, specs) == []


def test_a_missing_topic_is_an_error_that_names_the_command(settings, specs):
    with pytest.raises(TopicError, match="overheal topics create"):
        verify(settings, specs)
    assert len(check(settings, specs)) == len(specs)


def test_a_topic_with_partitions_where_it_must_have_one_is_found(settings, names, specs, topics):
    topics("findings.v1", partitions=2, config={"cleanup.policy": "compact"})
    create(settings, specs)
    with pytest.raises(TopicError, match="must have one"):
        verify(settings, specs)
    differing = {one.topic: one for one in create(settings, specs) if one.state == "differs"}
    assert set(differing) == {names.findings}


def test_what_differs_from_what_it_must_be_is_named_with_its_remedy(settings, names, made, topics):
    alter(topics, names.events, message_timestamp_type="CreateTime", retention_ms="1000")
    alter(topics, names.findings, cleanup_policy="delete")
    alter(topics, names.activity, min_insync_replicas="2")

    def found():
        return [str(one) for one in check(settings, made)]

    until(lambda: len(found()) == 4, "all four to be found")
    text = "\n".join(found())
    assert f"{names.events}: message.timestamp.type is CreateTime and must be LogAppendTime" in text
    assert f"{names.events}: retention.ms is 1000" in text
    assert f"{names.findings}: cleanup.policy is delete and must be compact" in text
    assert f"{names.activity}: min.insync.replicas is 2" in text
    assert "--add-config retention.ms=" in text


def test_longer_retention_than_asked_for_is_fine(settings, names, made, topics):
    alter(topics, names.events, retention_ms="-1")
    alter(topics, names.actions, retention_ms=str(10**12))
    assert check(settings, made) == []


def test_keys_that_a_producer_placed_elsewhere_are_found_with_an_example(settings, names, made):
    producer = Producer(settings)
    key = b"production/shop"
    wrong = (partition_of(key, 3) + 1) % 3
    for number in range(20):
        producer.send(names.events, b"{}", b"production/%d" % number)
    producer.flush(30)
    assert check(settings, made) == []
    producer.send(names.events, b"{}", key, partition=wrong)
    producer.send(names.events, b"{}")
    producer.flush(30)
    problems = [str(one) for one in check(settings, made)]
    producer.close()
    assert len(problems) == 2
    assert "'production/shop' at offset" in problems[0]
    assert f"of partition {wrong} belongs on {partition_of(key, 3)}" in problems[0]
    assert "1 of the newest 22 records have no key" in problems[1]


def test_a_topic_made_anew_has_another_epoch(settings, topics):
    name = topics("again", partitions=2)
    before = topic_epoch(settings, name)
    assert uuid.UUID(before).int
    assert topic_epoch(settings, name) == before
    topics.admin.delete_topics([name])[name].result(30)
    until(lambda: name not in topics.admin.list_topics(timeout=5).topics, "it to be gone")

    def again():
        try:
            topics.admin.create_topics([NewTopic(name, 2, 1)])[name].result(30)
        except Exception:
            return False
        return True

    until(again, "it to be made anew")
    until(lambda: name in topics.admin.list_topics(timeout=5).topics, "it to be known")
    assert topic_epoch(settings, name) != before
    assert partition_count(settings, name) == 2


def test_a_topic_that_does_not_exist_has_no_epoch(settings, topics):
    with pytest.raises(TopicError, match="does not exist"):
        topic_epoch(settings, topics.prefix + "nowhere")


class Group:
    """A member that reads everything and commits what it is told to."""

    def __init__(self, settings, topic, group) -> None:
        self.ends = {}
        ignore = lambda _: None  # noqa: E731
        self.member = Consumer(
            settings, topic, group, on_assign=ignore, on_revoke=ignore, on_lost=ignore
        )

    def read(self, count):
        seen = 0

        def enough():
            nonlocal seen
            batches = self.member.poll(1000, 0.2)
            self.member.resume(self.member.assigned)
            for batch in batches:
                seen += len(batch.offsets)
                self.ends[batch.partition] = batch.offsets[-1] + 1
            return seen >= count

        until(enough, f"{count} records")

    def commit(self):
        self.member.commit({partition: (end, "") for partition, end in self.ends.items()})


def test_partitions_are_added_only_when_nothing_is_under_way(settings, names, made):
    producer = Producer(settings, transactional_id=f"{names.events}.tx")
    producer.begin()
    for number in range(30):
        producer.send(names.events, b"{}", b"production/%d" % number)
    producer.commit_transaction()
    producer.close()
    with pytest.raises(TopicError, match="no group has consumed"):
        add_partitions(settings, names.events, 6)
    group = Group(settings, names.events, f"{names.events}.group")
    group.read(30)
    group.commit()
    with pytest.raises(TopicError, match="has 1 members"):
        add_partitions(settings, names.events, 6)
    group.member.close()
    add_partitions(settings, names.events, 6)
    until(lambda: partition_count(settings, names.events) == 6, "six partitions")


def test_partitions_are_not_added_while_records_are_left_to_consume(settings, names, made):
    producer = Producer(settings)
    producer.send(names.events, b"1", b"k")
    producer.send(names.events, b"2", b"k")
    producer.flush(30)
    producer.close()
    group = Group(settings, names.events, f"{names.events}.group")
    group.read(2)
    ((partition, end),) = group.ends.items()
    group.member.commit({partition: (end - 1, "")})
    group.member.close()
    with pytest.raises(TopicError, match="records left to consume"):
        add_partitions(settings, names.events, 6)
    assert partition_count(settings, names.events) == 3


def test_partitions_cannot_be_taken_away(settings, names, made):
    with pytest.raises(TopicError, match="only be added"):
        add_partitions(settings, names.events, 2)


def test_a_cluster_that_does_not_answer_is_said_to_be_unavailable(specs):
    with pytest.raises(BrokerUnavailable, match=r"\[kafka\] bootstrap"):
        verify(KafkaSettings("127.0.0.1:1"), specs)


def test_a_property_that_the_driver_does_not_know_is_an_error_of_configuration(kafka, specs):
    with pytest.raises(ConfigError, match="lingr"):
        verify(KafkaSettings(kafka.bootstrap, {"lingr.ms": "1"}), specs)


def test_replication_can_be_asked_for(settings, specs):
    from overheal.errors import BrokerError

    with pytest.raises(BrokerError, match="replication"):
        create(settings, [replace(specs[0], replication=9)])


def test_the_commands_make_check_and_refuse(kafka, topics):
    env = {"OVERHEAL_KAFKA__BOOTSTRAP": kafka.bootstrap, "OVERHEAL_KAFKA__PREFIX": topics.prefix}
    env["OVERHEAL_OPERATIONS__LISTEN"] = ""
    missing = run("topics", "check", env=env)
    assert missing.returncode == 1
    assert "overheal topics create" in says(missing)
    created = run("topics", "create", env=env)
    assert created.returncode == 0, says(created)
    assert created.stdout.decode().count("made") == 6
    checked = run("topics", "check", env=env)
    assert checked.returncode == 0, says(checked)
    everything = run("check-config", env=env)
    assert everything.returncode == 0, everything.stdout.decode()
    refused = run("topics", "add-partitions", topics.prefix + "events.v1", "1", env=env)
    assert refused.returncode == 1
    assert "only be added" in says(refused)


def test_check_config_names_what_fails_and_the_remedy(tmp_path):
    config = tmp_path / "overheal.toml"
    config.write_text(
        '[kafka]\nbootstrap = "127.0.0.1:1"\nsecurity = "ssl"\nca_file = "/nowhere/ca.pem"\n'
        '[store]\nserver = "http://127.0.0.1:1/x"\n'
    )
    done = run("check-config", "--config", config)
    shown = done.stdout.decode()
    says(done)
    assert done.returncode == 1
    failed = [line for line in shown.splitlines() if line.startswith("FAILS")]
    assert any("/nowhere/ca.pem" in line for line in failed)
    assert any("store" in line for line in failed)
    assert any("kafka" in line for line in failed)
