"""The topics of an installation: making them, and saying where they are not as they must be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from confluent_kafka.admin import NewTopic  # type: ignore[attr-defined]

from overheal.errors import TopicError
from overheal.kafka.admin import CREATE, Admin, Described, partition_count, topic_epoch
from overheal.kafka.differences import MOST_REPLICAS, differences, misplaced
from overheal.kafka.growing import add_partitions
from overheal.kafka.settings import KafkaSettings
from overheal.kafka.specification import Problem, TopicSpec, specifications

__all__ = [
    "Made",
    "Problem",
    "TopicSpec",
    "add_partitions",
    "check",
    "create",
    "partition_count",
    "specifications",
    "topic_epoch",
    "verify",
]


@dataclass(frozen=True)
class Made:
    """What `create` found or did: `made`, `exists`, or `differs` with the problems."""

    topic: str
    state: Literal["made", "exists", "differs"]
    problems: tuple[Problem, ...] = ()


def create(settings: KafkaSettings, specs: Sequence[TopicSpec]) -> list[Made]:
    """Make the topics that are missing and leave the others as they are, saying how they differ.

    Raises `BrokerError` where the cluster refuses.
    """
    admin = Admin(settings)
    found = admin.describe(spec.name for spec in specs)
    missing = [spec for spec in specs if spec.name not in found]
    if missing:
        replicas = min(MOST_REPLICAS, admin.brokers())
        admin.results(
            admin.client.create_topics(
                [_new(spec, spec.replication or replicas) for spec in missing]
            ),
            "making",
        )
    problems = differences(admin, specs, found)
    return [_made(spec, found, problems) for spec in specs]


def check(settings: KafkaSettings, specs: Sequence[TopicSpec], sample: int = 1000) -> list[Problem]:
    """Return where topics are not as they must be, the keys of their newest records included."""
    admin = Admin(settings)
    found = admin.describe(spec.name for spec in specs)
    problems = [
        Problem(spec.name, "does not exist", CREATE) for spec in specs if spec.name not in found
    ]
    problems += differences(admin, specs, found)
    for spec in specs:
        if spec.placed and spec.name in found and sample:
            problems += misplaced(settings, spec.name, found[spec.name].partitions, sample)
    return problems


def verify(settings: KafkaSettings, specs: Sequence[TopicSpec]) -> None:
    """Raise `TopicError` where a topic is missing, or has partitions where it must have one."""
    known = Admin(settings).metadata().topics
    for spec in specs:
        if spec.name not in known:
            raise TopicError(f"{spec.name}: does not exist; {CREATE}")
        count = len(known[spec.name].partitions)
        if spec.single and count != 1:
            raise TopicError(
                f"{spec.name}: has {count} partitions and must have one; `overheal topics check` "
                "says what to do"
            )


def _new(spec: TopicSpec, replication: int) -> NewTopic:
    durable = {"min.insync.replicas": "2" if replication >= MOST_REPLICAS else "1"}
    return NewTopic(spec.name, spec.partitions, replication, config={**durable, **spec.config})


def _made(spec: TopicSpec, found: Mapping[str, Described], problems: list[Problem]) -> Made:
    if spec.name not in found:
        return Made(spec.name, "made")
    own = tuple(problem for problem in problems if problem.topic == spec.name)
    return Made(spec.name, "differs" if own else "exists", own)
