"""Where topics are not as they must be, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from overheal.errors import BrokerUnavailable
from overheal.kafka.admin import CREATE, Admin, Described
from overheal.kafka.partitioning import partition_of
from overheal.kafka.reader import Reader
from overheal.kafka.settings import KafkaSettings
from overheal.kafka.specification import FOREVER, Problem, TopicSpec

MOST_REPLICAS = 3
SAMPLE_SECONDS = 20.0


def differences(
    admin: Admin, specs: Iterable[TopicSpec], found: Mapping[str, Described]
) -> list[Problem]:
    """Return how topics that exist differ in partitions, settings and durability."""
    configs = admin.configs(found)
    problems = []
    for spec in specs:
        if spec.name in found:
            problems += _counts(spec, found[spec.name])
            problems += _settings(spec, configs[spec.name])
            problems += _durability(found[spec.name], configs[spec.name])
    return problems


def _counts(spec: TopicSpec, topic: Described) -> list[Problem]:
    if spec.single and topic.partitions != 1:
        problem = f"has {topic.partitions} partitions and must have one"
        return [Problem(spec.name, problem, f"delete it while nothing runs, then {CREATE}")]
    if topic.partitions < spec.partitions:
        problem = f"has {topic.partitions} partitions, the configuration says {spec.partitions}"
        remedy = (
            f"run `overheal topics add-partitions {spec.name} {spec.partitions}`, or correct "
            "[kafka] partitions"
        )
        return [Problem(spec.name, problem, remedy)]
    return []


def _settings(spec: TopicSpec, config: Mapping[str, str]) -> list[Problem]:
    problems = []
    for name, wanted in spec.config.items():
        given = config.get(name, "")
        if given == wanted or (name.startswith("retention.") and _longer(given, wanted)):
            continue
        if name == "min.compaction.lag.ms" and given.isdigit() and int(given) > int(wanted):
            continue
        problems.append(
            Problem(
                spec.name,
                f"{name} is {given or 'not set'} and must be {wanted}",
                f"run `kafka-configs.sh --bootstrap-server … --alter --topic {spec.name} "
                f"--add-config {name}={wanted}`",
            )
        )
    return problems


def _longer(given: str, wanted: str) -> bool:
    if given == FOREVER:
        return True
    return wanted != FOREVER and given.isdigit() and int(given) > int(wanted)


def _durability(topic: Described, config: Mapping[str, str]) -> list[Problem]:
    needed = int(config.get("min.insync.replicas", "1"))
    alter = f"run `kafka-configs.sh --alter --topic {topic.name} --add-config min.insync.replicas="
    if needed >= topic.replication > 1:
        problem = f"min.insync.replicas is {needed} of {topic.replication}: one broker less and"
        return [Problem(topic.name, f"{problem} nothing can be written", f"{alter}1`")]
    if needed > topic.replication:
        problem = f"min.insync.replicas is {needed} and there is one replica: nothing is taken"
        return [Problem(topic.name, problem, f"{alter}1`")]
    if topic.replication >= MOST_REPLICAS and needed < 2:
        problem = "min.insync.replicas is 1: what one broker has acknowledged can be lost with it"
        return [Problem(topic.name, problem, f"{alter}2`")]
    return []


def misplaced(settings: KafkaSettings, topic: str, partitions: int, sample: int) -> list[Problem]:
    """Return what is wrong with where the newest records of each partition lie."""
    share = max(1, sample // partitions)
    reader = Reader(settings, topic, newest=share)
    seen = wrong = without = 0
    example = ""
    try:
        for batch in reader.to_end(SAMPLE_SECONDS):
            for key, offset in zip(batch.keys, batch.offsets, strict=True):
                seen += 1
                if key is None:
                    without += 1
                elif (home := partition_of(key, partitions)) != batch.partition:
                    wrong += 1
                    example = example or (
                        f"{key[:80].decode(errors='replace')!r} at offset {offset} of partition "
                        f"{batch.partition} belongs on {home}"
                    )
    except BrokerUnavailable as error:
        return [
            Problem(topic, f"its newest records cannot be read: {error}", "look at the brokers")
        ]
    finally:
        reader.close()
    problems = []
    if wrong:
        problems.append(
            Problem(
                topic,
                f"{wrong} of the newest {seen} records lie on another partition than murmur2 "
                f"gives, so a scope may arrive on two: {example}",
                "set partitioner=murmur2_random in every producer of it, or let only `overheal "
                "ingest` write it; records from before partitions were added do no harm",
            )
        )
    if without:
        problems.append(
            Problem(
                topic,
                f"{without} of the newest {seen} records have no key",
                "let only `overheal ingest` write it",
            )
        )
    return problems
