"""Ingest while members come and go, and while its only broker is dead: what it says and does."""

from __future__ import annotations

import json
import signal
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, Self

import pytest

from overheal import telemetry
from tests.integration.kafka.running import Installation, process
from tests.support.broker import LocalKafka
from tests.support.children import free_ports, until
from tests.support.events import at, document
from tests.support.servers import Kafka
from tests.support.topics import Topics

DRAIN_SECONDS = 4
STOP_SECONDS = DRAIN_SECONDS + 25
"""The time to drain, an answer of ten seconds under way, leaving, and the end of a process."""


class Load:
    """Sends events over all partitions on a thread, until its block ends."""

    def __init__(self, site: Installation, partitions: int) -> None:
        self.site = site
        self.partitions = partitions
        self.sent: list[str] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._send)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(60)

    def _send(self) -> None:
        while not self._over.wait(0.01):
            names = [f"e-{len(self.sent) + number}" for number in range(20)]
            for number, name in enumerate(names):
                raw = json.dumps(document(name, at())).encode()
                self.site._producer.send(
                    self.site.names.actions, raw, None, None, number % self.partitions
                )
            self.sent += names
        self.site.send()


def test_members_that_come_and_go_under_load_lose_nothing(kafka: Kafka, topics: Topics):
    site = Installation(kafka.bootstrap, topics, partitions=4)
    with Load(site, 4) as load, site.ingest() as first:
        until(lambda: first.metrics.value(telemetry.FORWARDED) > 500, "the first working")
        with site.ingest() as second:
            until(lambda: second.metrics.value(telemetry.FORWARDED) > 500, "the second too")
            first.stop()
            before = second.metrics.value(telemetry.FORWARDED)
            until(lambda: second.metrics.value(telemetry.FORWARDED) > before + 2_000, "one")
            with site.ingest() as third:
                until(lambda: third.metrics.value(telemetry.FORWARDED) > 500, "the third")
    with site.ingest() as last:
        until(lambda: set(load.sent) <= set(site.events()), "all events")
        until(lambda: last.reasons == [], "being ready")
    assert [running.error for running in (first, second, third, last)] == [None] * 4
    assert set(site.events()) == set(load.sent)
    assert sum(site.committed(partition) or 0 for partition in range(4)) == len(load.sent)


class Front:
    """The operations front of one process."""

    def __init__(self, port: int) -> None:
        self._url = f"http://127.0.0.1:{port}"

    def ask(self, path: str) -> tuple[int, dict[str, Any]]:
        """Return the status and the document of an answer; (0, {}) for none."""
        try:
            with urllib.request.urlopen(self._url + path, timeout=5) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())
        except OSError:
            return 0, {}


def test_health_and_readiness_are_told_over_http(
    own_kafka: LocalKafka, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    site = Installation(own_kafka.bootstrap, Topics(own_kafka.client()))
    (port,) = free_ports(1)
    monkeypatch.setenv("OVERHEAL_OPERATIONS__LISTEN", f"127.0.0.1:{port}")
    monkeypatch.setenv("OVERHEAL_WORKER__DRAIN_SECONDS", str(DRAIN_SECONDS))
    child, front = process(site.config(tmp_path)), Front(port)
    until(lambda: front.ask("/readyz") == (200, {"ready": True, "reasons": []}), "ready")
    site.send(document("a", at()))
    site.wait_for(1)
    own_kafka.kill()
    until(lambda: front.ask("/readyz")[0] == 503, "idle, and not ready")
    assert front.ask("/readyz")[1]["reasons"]
    assert front.ask("/healthz") == (200, {"alive": True})
    own_kafka.restart()
    until(lambda: front.ask("/readyz")[0] == 200, "ready again")
    site.send(document("b", at()))
    assert site.wait_for(2) == ["a", "b"]
    own_kafka.kill()
    child.send_signal(signal.SIGTERM)
    child.communicate(timeout=STOP_SECONDS)


@pytest.mark.parametrize("wait_seconds", [0.2, pytest.param(7.0, marks=pytest.mark.slow)])
def test_a_stop_ends_in_time_though_the_only_broker_is_dead(
    wait_seconds: float, own_kafka: LocalKafka, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Seven seconds are longer than the member's session lasts."""
    site = Installation(own_kafka.bootstrap, Topics(own_kafka.client()))
    monkeypatch.setenv("OVERHEAL_WORKER__DRAIN_SECONDS", str(DRAIN_SECONDS))
    site.send(*[document(f"e-{number}", at()) for number in range(20_000)])
    child = process(site.config(tmp_path))
    site.wait_for(1)
    own_kafka.kill()
    time.sleep(wait_seconds)
    child.send_signal(signal.SIGTERM)
    _, said = child.communicate(timeout=STOP_SECONDS)
    assert b"Traceback" not in said or b"BrokerUnavailable" in said
    own_kafka.restart()
    with site.ingest():
        until(lambda: len(set(site.events())) == 20_000, "all events")
