"""What the sections become: values that are handed down to the parts of each process."""

from __future__ import annotations

from dataclasses import dataclass

from overheal.errors import ConfigError


@dataclass(frozen=True)
class TopicSettings:
    """How topics are made: `replication` 0 is as many brokers as there are, three at most."""

    partitions: int
    replication: int
    retention_days: int


@dataclass(frozen=True)
class WorkerSettings:
    """How `overheal worker` works.

    A block is cut at `batch_events` or after `flush_seconds`; above `pending_events` in memory
    partitions pause; `poison_limit` refusals without one good record stop it, 0 never;
    `drain_seconds` bound the end; events are judged until `lateness_minutes` late, and refused
    when older than `retention_days` or more than `ahead_hours` ahead.
    """

    group: str
    instance: str
    batch_events: int
    flush_seconds: float
    pending_events: int
    poison_limit: int
    drain_seconds: float
    lateness_minutes: int
    retention_days: int
    ahead_hours: int


@dataclass(frozen=True)
class IngestSettings:
    """How `overheal ingest` works; `format` is an adapter's name or `auto`."""

    group: str
    format: str
    poison_limit: int


@dataclass(frozen=True)
class FleetSettings:
    """How `overheal fleet` works; activity is held `hold_seconds` to be put in order."""

    group: str
    hold_seconds: float


@dataclass(frozen=True)
class OperationsSettings:
    """Where the operations front listens, `host:port`; "" nowhere."""

    listen: str


@dataclass(frozen=True)
class LogSettings:
    """How log lines look (`auto`, `json`, `text`), and the lowest level written."""

    format: str
    level: str


def address(listen: str) -> tuple[str, int]:
    """Return host and port of `host:port`; raises `ConfigError` for anything else.

    >>> address("127.0.0.1:9464")
    ('127.0.0.1', 9464)
    """
    host, _, port = listen.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65_535:
        raise ConfigError(f"operations.listen: {listen!r} is not like 127.0.0.1:9464")
    return host.strip("[]"), int(port)
