"""The brokers that tests run against are real, and do what they are told."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer
from confluent_kafka.admin import AdminClient

from tests.support import broker_files, children, servers
from tests.support.broker import LocalKafka
from tests.support.command import ROOT
from tests.support.topics import Topics


def send(settings: dict[str, str], topic: str, values: list[bytes], seconds: float = 30) -> int:
    """Return how many of the records were acknowledged."""
    acknowledged: list[bytes] = []

    def told(error: KafkaError | None, message: object) -> None:
        if error is None:
            acknowledged.append(b"")

    limit = {"message.timeout.ms": str(int(seconds * 1000)), "log_level": "0"}
    producer = Producer({**settings, **limit})
    for value in values:
        producer.produce(topic, value, on_delivery=told)
    producer.flush(seconds + 5)
    return len(acknowledged)


def received(settings: dict[str, str], topic: str, number: int) -> list[bytes]:
    consumer = Consumer(
        {**settings, "group.id": "g", "auto.offset.reset": "earliest", "log_level": "0"}
    )
    found: list[bytes] = []
    consumer.subscribe([topic])

    def enough() -> bool:
        found.extend(m.value() for m in consumer.consume(100, 0.2) if m.error() is None)
        return len(found) >= number

    children.until(enough, f"{number} records of {topic}")
    consumer.close()
    return sorted(found)


def test_records_go_in_and_come_out_of_the_shared_broker(kafka: servers.Kafka, topics: Topics):
    topic = topics("events", partitions=3, config={"cleanup.policy": "compact"})
    assert topic.startswith(topics.prefix)
    assert send(kafka.client(), topic, [b"a", b"b"]) == 0  # a compacted topic wants keys
    plain = topics("plain")
    assert send(kafka.client(), plain, [b"a", b"b"]) == 2
    assert received(kafka.client(), plain, 2) == [b"a", b"b"]


def test_a_topic_nobody_made_does_not_appear(kafka: servers.Kafka, topics: Topics):
    assert send(kafka.client(), topics.prefix + "unmade", [b"a"], seconds=3) == 0
    assert topics.prefix + "unmade" not in topics.admin.list_topics(timeout=10).topics


def test_a_killed_broker_comes_back_with_what_it_acknowledged(own_kafka: LocalKafka):
    topic = Topics(own_kafka.client())("events")
    assert send(own_kafka.client(), topic, [b"a"]) == 1
    own_kafka.kill()
    assert send(own_kafka.client(), topic, [b"lost"], seconds=1) == 0
    own_kafka.restart()
    assert send(own_kafka.client(), topic, [b"b"]) == 1
    assert received(own_kafka.client(), topic, 2) == [b"a", b"b"]


def test_a_paused_broker_answers_nobody_until_it_is_resumed(own_kafka: LocalKafka):
    topic = Topics(own_kafka.client())("events")
    own_kafka.pause()
    assert send(own_kafka.client(), topic, [b"a"], seconds=1) == 0
    own_kafka.resume()
    assert send(own_kafka.client(), topic, [b"b"]) == 1


def test_three_brokers_go_on_without_one(local_kafka: Callable[..., LocalKafka]):
    cluster = local_kafka(brokers=3)
    topic = Topics(cluster.client())("events")
    led = cluster.leader(topic)
    cluster.kill(led)
    assert send(cluster.client(), topic, [b"a"]) == 1
    assert cluster.leader(topic) not in (led, -1)
    cluster.restart(led)
    second = cluster.leader(topic)
    cluster.stop(second)
    assert send(cluster.client(), topic, [b"b"]) == 1
    cluster.restart(second)
    assert received(cluster.client(), topic, 2) == [b"a", b"b"]


def test_a_wire_between_client_and_broker_can_be_broken(local_kafka: Callable[..., LocalKafka]):
    cluster = local_kafka(proxied=True)
    topic = Topics(cluster.client())("events")
    assert send(cluster.client(), topic, [b"a"]) == 1
    (proxy,) = cluster.proxies
    for breaking in (proxy.blackhole, proxy.refuse, lambda: proxy.delay(30)):
        breaking()
        assert send(cluster.client(), topic, [b"lost"], seconds=1) == 0
        proxy.cut()
        proxy.heal()
    assert send(cluster.client(), topic, [b"b"]) == 1
    assert received(cluster.client(), topic, 2) == [b"a", b"b"]


def test_an_answer_can_be_lost_after_the_record_is_stored(local_kafka: Callable[..., LocalKafka]):
    cluster = local_kafka(proxied=True)
    topic = Topics(cluster.client())("events")
    (proxy,) = cluster.proxies
    told: list[KafkaError | None] = []
    producer = Producer({**cluster.client(), "message.timeout.ms": "4000", "log_level": "0"})
    producer.produce(topic, b"a", on_delivery=lambda error, _: told.append(error))
    assert producer.flush(10) == 0
    proxy.mute()
    producer.produce(topic, b"b", on_delivery=lambda error, _: told.append(error))
    producer.flush(10)
    assert [error is None for error in told] == [True, False]
    proxy.cut()
    proxy.heal()
    assert received(cluster.client(), topic, 2) == [b"a", b"b"]


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
def test_passwords_and_rights_are_checked(sasl: LocalKafka, mechanism: str):
    worker = sasl.client("worker", mechanism)
    topic = Topics(worker)("events")
    assert send(worker, topic, [b"a"]) == 1
    assert send(sasl.client("stranger", mechanism), topic, [b"a"], seconds=2) == 0
    assert send({**worker, "sasl.password": "wrong"}, topic, [b"a"], seconds=2) == 0
    denied = AdminClient({**sasl.client("stranger", mechanism), "log_level": 0})
    error = denied.list_topics(topic, timeout=10).topics[topic].error
    assert error.code() == KafkaError.TOPIC_AUTHORIZATION_FAILED


@pytest.fixture(scope="module")
def sasl(tmp_path_factory: pytest.TempPathFactory):
    cluster = servers.local_kafka(tmp_path_factory.mktemp("sasl"), security="sasl")
    cluster.start()
    yield cluster
    cluster.stop()


def test_tls_is_spoken_and_an_unknown_authority_refused(local_kafka: Callable[..., LocalKafka]):
    cluster = local_kafka(security="ssl")
    topic = Topics(cluster.client())("events")
    assert send(cluster.client(), topic, [b"a"]) == 1
    stranger = {
        "bootstrap.servers": cluster.bootstrap,
        "security.protocol": "ssl",
        "log_level": "0",
    }
    with pytest.raises(KafkaException):
        AdminClient(stranger).list_topics(timeout=3)


def test_a_process_dies_with_the_one_that_started_it():
    sleeper = "import os, time; print(os.getpid(), flush=True); time.sleep(600)"
    script = (
        "import sys, time; from tests.support import children;"
        f"children.start([sys.executable, '-c', {sleeper!r}]); time.sleep(600)"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait(10)
    parent.stdout.close()
    children.until(lambda: not _alive(child), "the child's end")


def _alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_fetching_the_broker_says_what_is_missing_and_goes_on(tmp_path):
    done = subprocess.run(
        [ROOT / "tools" / "kafka-jars", tmp_path / "kafka"],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    assert "apt-get install default-jre-headless" in done.stderr
    assert not (tmp_path / "kafka").exists()


def test_what_a_local_broker_lacks_is_said_with_the_remedy(monkeypatch, tmp_path):
    monkeypatch.setattr(broker_files, "JARS", tmp_path / "none")
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="make kafka"):
        servers.local_kafka(tmp_path)
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="make kafka"):
        servers.local_kafka(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(pytest.fail.Exception, match="default-jre-headless"):
        servers.local_kafka(tmp_path)
