"""What every topic of an installation must be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from overheal.kafka.settings import TopicNames

DAY_MS = 86_400_000
HOUR_MS = 3_600_000
FOREVER = "-1"


@dataclass(frozen=True)
class TopicSpec:
    """What a topic must be.

    `single`: exactly one partition, or order is lost. `placed`: a record's partition follows from
    its key. `replication` 0: as many as there are brokers, three at most.
    """

    name: str
    partitions: int
    config: Mapping[str, str] = field(default_factory=dict)
    replication: int = 0
    single: bool = False
    placed: bool = False


@dataclass(frozen=True)
class Problem:
    """Where a topic is not as it must be, and what to do about it."""

    topic: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.topic}: {self.problem}; {self.remedy}"


def specifications(
    names: TopicNames, partitions: int = 12, replication: int = 0, retention_days: int = 7
) -> list[TopicSpec]:
    """Return what every topic must be; `retention_days` holds for actions and events."""
    keep = {"cleanup.policy": "delete", "retention.ms": str(retention_days * DAY_MS)}
    placed = {**keep, "message.timestamp.type": "LogAppendTime"}
    day = {"cleanup.policy": "delete", "retention.ms": str(DAY_MS)}
    month = {"cleanup.policy": "delete", "retention.ms": str(30 * DAY_MS)}
    forever = {"cleanup.policy": "delete", "retention.ms": FOREVER, "retention.bytes": FOREVER}
    latest = {"cleanup.policy": "compact", "min.compaction.lag.ms": str(HOUR_MS)}
    return [
        TopicSpec(names.actions, partitions, keep, replication),
        TopicSpec(names.events, partitions, placed, replication, placed=True),
        TopicSpec(names.activity, 1, day, replication, single=True),
        TopicSpec(names.findings, 1, latest, replication, single=True),
        TopicSpec(names.control, 1, forever, replication, single=True),
        TopicSpec(names.dead_letters, 1, month, replication),
    ]
