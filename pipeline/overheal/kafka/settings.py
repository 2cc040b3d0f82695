"""How to reach a cluster, and what is asked of its driver so that nothing is lost or seen twice."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Self

from overheal.secret import Secret

if TYPE_CHECKING:
    # Configuration is read where the driver is not installed.
    from confluent_kafka import KafkaError

LOGGER = logging.getLogger("overheal.kafka.driver")
QUIET_SECONDS = 60.0
MOST_KINDS = 1_000
_NUMBERS = re.compile(r"\d+")

CLIENT_DEFAULTS: Mapping[str, Any] = {
    "client.id": "overheal",
    "socket.timeout.ms": 10_000,
    "socket.keepalive.enable": True,
    "reconnect.backoff.max.ms": 5_000,
    "topic.metadata.refresh.interval.ms": 60_000,
}
CONSUMER_DEFAULTS: Mapping[str, Any] = {
    "session.timeout.ms": 6_000,
    "heartbeat.interval.ms": 2_000,
    "auto.offset.reset": "earliest",
    "queued.max.messages.kbytes": 32_768,
    "fetch.max.bytes": 16_777_216,
    "fetch.message.max.bytes": 1_048_576,
}
CONSUMER_GUARANTEES: Mapping[str, Any] = {
    "enable.auto.commit": False,
    "enable.auto.offset.store": False,
    "enable.partition.eof": False,
    "partition.assignment.strategy": "cooperative-sticky",
    "group.protocol": "classic",
    "isolation.level": "read_committed",
    "allow.auto.create.topics": False,
    "check.crcs": True,
}
PRODUCER_DEFAULTS: Mapping[str, Any] = {
    "compression.type": "lz4",
    "linger.ms": 20,
    "queue.buffering.max.kbytes": 65_536,
}
PRODUCER_GUARANTEES: Mapping[str, Any] = {
    "partitioner": "murmur2_random",
    "enable.idempotence": True,
    "acks": "all",
    "allow.auto.create.topics": False,
    "delivery.report.only.error": True,
}
GUARDED = frozenset(
    {
        *CONSUMER_GUARANTEES,
        *PRODUCER_GUARANTEES,
        "bootstrap.servers",
        "metadata.broker.list",
        "delivery.timeout.ms",
        "group.id",
        "group.instance.id",
        "max.in.flight",
        "max.in.flight.requests.per.connection",
        "message.timeout.ms",
        "request.required.acks",
        "transactional.id",
    }
)
"""Names of librdkafka that `properties` must not set: another value would lose or repeat events."""


@dataclass(frozen=True)
class KafkaSettings:
    """One cluster and how to enter it.

    `properties` are names of librdkafka; `secrets` are such names too, kept apart so that neither
    `repr` nor a log line shows them.
    """

    bootstrap: str = "localhost:9092"
    properties: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, Secret] = field(default_factory=dict)

    def client(self, **extra: Any) -> dict[str, Any]:
        """Return what any client of the driver is made of, secrets in the clear; `extra` wins."""
        secrets = {name: secret.reveal() for name, secret in self.secrets.items()}
        lines = DriverLog(secrets.values())
        return {
            **CLIENT_DEFAULTS,
            **self.properties,
            **secrets,
            "bootstrap.servers": self.bootstrap,
            "error_cb": lines.error,
            "logger": lines,
            **extra,
        }

    def consumer(self, group: str, instance: str = "") -> dict[str, Any]:
        """Return what a consumer is made of; `instance` makes its membership static."""
        return {
            **CONSUMER_DEFAULTS,
            **self.client(),
            **CONSUMER_GUARANTEES,
            "group.id": group,
            **({"group.instance.id": instance} if instance else {}),
        }

    def producer(self, transactional_id: str = "") -> dict[str, Any]:
        """Return what an idempotent producer is made of.

        Without a transaction a record waits for the brokers as long as the process lives: giving
        up is the caller's decision, never a timer's.
        """
        return {
            **PRODUCER_DEFAULTS,
            **self.client(),
            **PRODUCER_GUARANTEES,
            **(
                {"transactional.id": transactional_id, "transaction.timeout.ms": 60_000}
                if transactional_id
                else {"message.timeout.ms": 0}
            ),
        }


class DriverLog:
    """Takes the driver's log lines and errors to `logging`, with every secret replaced by `***`.

    Lines that differ in numbers only are written once a minute.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = [secret for secret in secrets if secret]
        self._written: dict[str, float] = {}

    def log(self, level: int, form: str, *arguments: Any) -> None:
        """Log one line of the driver, unless it says that a setting is for the other half."""
        text = form % arguments if arguments else form
        if "CONFWARN" not in text or "will be ignored by this" not in text:
            self._write(level, text)

    def error(self, error: KafkaError) -> None:
        """Log an error that concerns the whole client; the driver goes on by itself."""
        self._write(logging.WARNING, f"{error.str()} ({error.name()})")

    def _write(self, level: int, text: str) -> None:
        now, kind = time.monotonic(), _NUMBERS.sub("", text)[:200]
        if now - self._written.get(kind, -QUIET_SECONDS) >= QUIET_SECONDS:
            if len(self._written) > MOST_KINDS:
                self._written.clear()
            self._written[kind] = now
            LOGGER.log(level, "%s", self._hidden(text))

    def _hidden(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text


@dataclass(frozen=True)
class TopicNames:
    """The topics of one installation."""

    actions: str = "overheal.actions.v1"
    events: str = "overheal.events.v1"
    activity: str = "overheal.activity.v1"
    findings: str = "overheal.findings.v1"
    control: str = "overheal.control.v1"
    dead_letters: str = "overheal.dead-letters.v1"

    @classmethod
    def prefixed(cls, prefix: str) -> Self:
        """Return the names with another prefix in place of `overheal.`."""
        names = {
            one.name: prefix + str(one.default).removeprefix("overheal.") for one in fields(cls)
        }
        return cls(**names)
