"""What `overheal ingest` works by: places that stay, and rules that a reload may change."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from overheal.adapters.base import Adapter
from overheal.catalog import Catalog
from overheal.contract.redaction import Redactor
from overheal.kafka.settings import KafkaSettings, TopicNames
from overheal.run.bounds import Bounds


@dataclass(frozen=True)
class Rules:
    """What a reload may change."""

    catalog: Catalog
    redactor: Redactor
    adapters: Callable[[], Sequence[Adapter]]
    bounds: Bounds = field(default_factory=Bounds)
    insist: str | None = None
    poison_limit: int = 1000


@dataclass(frozen=True)
class Place:
    """Where events come from and go to; `epoch` is the id of the topic of actions."""

    kafka: KafkaSettings
    topics: TopicNames
    group: str
    epoch: str = ""
    drain_seconds: float = 20.0
