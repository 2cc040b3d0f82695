"""What the configuration file may hold: one class a section, defaults included.

Unknown keys are refused. Paths are relative to where the process was started.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from overheal.adapters.kubernetes import KubernetesRules
from overheal.contract.schema import ActionType, AgentKind, Part
from overheal.report.review.items import Item

Name = Annotated[str, Field(min_length=1)]
Whole = Annotated[int, Field(ge=1)]
Count = Annotated[int, Field(ge=0)]
Span = Annotated[float, Field(ge=0.01, le=86_400, strict=False)]

Fraction = Annotated[float, Field(ge=0, le=1, strict=False)]
Minutes = Annotated[float, Field(ge=0, le=1_000_000, strict=False)]


class RedactionConfig(Part):
    """What to remove beside the built-in fields and patterns."""

    fields: list[str] = Field(default_factory=list)
    patterns: list[str] = Field(default_factory=list)
    allow_fields: list[str] = Field(default_factory=list)


class KubernetesConfig(Part):
    """How to read Kubernetes input."""

    cluster: str = ""
    environment: str = "production"
    service_labels: list[str] = Field(
        default_factory=lambda: list(KubernetesRules().service_labels)
    )
    managers: dict[str, str] = Field(default_factory=dict)
    agents: dict[str, AgentKind] = Field(default_factory=dict)


class KafkaConfig(Part):
    """How to reach Kafka, and how `topics create` makes the topics."""

    bootstrap: str = "localhost:9092"
    security: Literal["plaintext", "ssl", "sasl_plaintext", "sasl_ssl"] = "plaintext"
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER", "GSSAPI"] = (
        "SCRAM-SHA-512"
    )
    username: str = ""
    password: str = ""
    password_file: str = ""
    ca_file: str = ""
    certificate_file: str = ""
    key_file: str = ""
    key_password: str = ""
    key_password_file: str = ""
    client_id: str = "overheal"
    prefix: str = "overheal."
    partitions: Whole = 12
    replication: Count = 0
    retention_days: Whole = 7
    properties: dict[str, str | int | float | bool] = Field(default_factory=dict)


class StoreConfig(Part):
    """Where events are kept: a folder of this process, or a ClickHouse server."""

    path: str = ""
    server: str = ""
    username: str = "default"
    password: str = ""
    password_file: str = ""
    ca_file: str = ""
    verify: bool = True
    timeout_seconds: Span = 60.0


class WorkerConfig(Part):
    """`overheal worker`."""

    group: Name = "overheal-worker"
    instance: str = ""
    batch_events: Whole = 20_000
    flush_seconds: Span = 1.0
    pending_events: Whole = 100_000
    poison_limit: Count = 1_000
    drain_seconds: Span = 20.0
    lateness_minutes: Annotated[int, Field(ge=1, le=60)] = 10
    retention_days: Annotated[int, Field(ge=90)] = 400
    ahead_hours: Annotated[int, Field(ge=1)] = 24


class IngestConfig(Part):
    """`overheal ingest`."""

    group: Name = "overheal-ingest"
    format: str = "auto"
    poison_limit: Count = 1_000


class FleetConfig(Part):
    """`overheal fleet`."""

    group: Name = "overheal-fleet"
    hold_seconds: Span = 30.0


class OperationsConfig(Part):
    """Where /metrics, /healthz and /readyz answer; "" answers nowhere."""

    listen: str = "127.0.0.1:9464"


class LogConfig(Part):
    """How log lines look, and from which level on they are written."""

    format: Literal["auto", "json", "text"] = "auto"
    level: Literal["debug", "info", "warning", "error"] = "info"


def _stateful() -> list[ActionType]:
    return ["failover", "restore"]


class RatesConfig(Part):
    """Minutes of people's time: what a recovery by hand takes, and what automation costs."""

    manual_minutes: Minutes | None = None
    failure_minutes: Minutes | None = None
    unnecessary_minutes: Minutes = 0.0
    upkeep_minutes: Minutes = 0.0


class ReviewConfig(Part):
    """`overheal report review`: what the evidence gate asks, and when a row is worth a line."""

    manual_runs: Count = 10
    stateful_types: list[ActionType] = Field(default_factory=_stateful)
    level_days: Count = 180
    success_bound: Fraction = 0.9
    unknown_share: Fraction = 0.2
    stale_days: Count = 90
    costlier_ratio: Annotated[float, Field(ge=1, strict=False)] = 1.5
    acted_minutes: Whole = 60
    impact_minutes: Whole = 15
    least: Whole = 5
    always_share: Fraction = 0.8
    rates: RatesConfig = Field(default_factory=RatesConfig)
    policies: dict[str, RatesConfig] = Field(default_factory=dict)


class ReadinessConfig(Part):
    """`overheal readiness`: which items are required, and when what was seen is old."""

    required: list[Item] = Field(default_factory=list)
    drill_days: Whole = 180
    state_days: Whole = 7
    history_days: Whole = 90


class ConfigFile(Part):
    """The whole configuration."""

    detectors: dict[str, dict[str, Any]] = Field(default_factory=dict)
    redaction: RedactionConfig = Field(default_factory=RedactionConfig)
    kubernetes: KubernetesConfig = Field(default_factory=KubernetesConfig)
    kafka: KafkaConfig = Field(default_factory=KafkaConfig)
    store: StoreConfig = Field(default_factory=StoreConfig)
    worker: WorkerConfig = Field(default_factory=WorkerConfig)
    ingest: IngestConfig = Field(default_factory=IngestConfig)
    fleet: FleetConfig = Field(default_factory=FleetConfig)
    operations: OperationsConfig = Field(default_factory=OperationsConfig)
    log: LogConfig = Field(default_factory=LogConfig)
    review: ReviewConfig = Field(default_factory=ReviewConfig)
    readiness: ReadinessConfig = Field(default_factory=ReadinessConfig)


SECRETS = frozenset({"password", "key_password"})
"""Keys whose values are never shown; each may stand in a file instead, named by `<key>_file`."""
