"""Every metric, declared once: name, kind, unit, labels and meaning.

Declaring is all that happens here; `run/metrics.py` counts, docs/operations.md lists. Labels take
few values: topics, partitions, detectors and words of a closed list, never what an event says.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["counter", "gauge", "histogram"]

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
EVENTS = (1.0, 10.0, 100.0, 1_000.0, 5_000.0, 10_000.0, 20_000.0, 50_000.0, 100_000.0)


@dataclass(frozen=True)
class Metric:
    """One metric; `name` is complete, counters end in `_total`."""

    name: str
    kind: Kind
    unit: str
    meaning: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = SECONDS


def _counter(name: str, unit: str, meaning: str, *labels: str) -> Metric:
    return Metric(f"overheal_{name}_total", "counter", unit, meaning, labels)


def _gauge(name: str, unit: str, meaning: str, *labels: str) -> Metric:
    return Metric(f"overheal_{name}", "gauge", unit, meaning, labels)


def _histogram(
    name: str, unit: str, meaning: str, *labels: str, buckets: tuple[float, ...] = SECONDS
) -> Metric:
    return Metric(f"overheal_{name}", "histogram", unit, meaning, labels, buckets)


CONSUMER_LAG = _gauge(
    "consumer_lag_records",
    "records",
    "Records of a partition that this process has not yet finished with.",
    "topic",
    "partition",
)
RECEIVED_RECORDS = _counter("received_records", "records", "Records read from Kafka.", "topic")
RECEIVED = _counter("received_events", "events", "Events in the records read from Kafka.")
STORED = _counter("stored_events", "events", "Events stored, each counted once.")
DUPLICATES = _counter("duplicate_events", "events", "Events that had been received before.")
DEAD_LETTERS = _counter(
    "dead_letters", "records", "Records refused and kept as dead letters.", "reason"
)
IGNORED = _counter("ignored_records", "records", "Records that hold no event.", "reason")
LATE_EVENTS = _counter(
    "late_events", "events", "Events that came later than the lateness allows; stored, not judged."
)
CLOCK_AHEAD = _counter(
    "clock_ahead_events", "events", "Events whose time lies ahead of the time of their arrival."
)
TWO_PARTITIONS = _counter(
    "scopes_on_two_partitions",
    "scopes",
    "Scopes met on a partition where their key does not belong: each half is judged alone.",
)
FORWARDED = _counter("forwarded_events", "events", "Events that ingest wrote to the events topic.")
BLOCK_EVENTS = _histogram(
    "block_events", "events", "Events of one block, the unit of storing.", buckets=EVENTS
)
BLOCK_AGE = _histogram(
    "block_age_seconds", "seconds", "From a block's first record to its rows being stored."
)
INSERT = _histogram("insert_seconds", "seconds", "One insert into the store.", "table")
RETRIES = _counter("retries", "attempts", "Attempts repeated after a failure that heals.", "what")
STATE_SCOPES = _gauge("state_scopes", "scopes", "Scopes whose state is held.")
STATE_EVENTS = _gauge("state_events", "events", "Events held because they may be told again.")
PENDING_EVENTS = _gauge("pending_events", "events", "Events read and not yet stored.")
PAUSED = _gauge("paused", "0 or 1", "1 while reading is paused because storing cannot keep up.")
FINDINGS = _counter("findings", "findings", "Findings made or raised.", "detector", "tier")
FINDING_DELAY = _histogram(
    "finding_delay_seconds",
    "seconds",
    "From the broker's receipt of an event to its finding being handed to Kafka.",
)
REBUILD = _histogram(
    "rebuild_seconds", "seconds", "Rebuilding a partition's state after an assignment."
)
SNAPSHOT = _histogram("snapshot_seconds", "seconds", "Writing the snapshots of one partition.")
LANE_HOLD = _gauge(
    "hold_seconds", "seconds", "How long events wait for others that come late, at most."
)
FLEET_HOLD = _gauge(
    "fleet_hold_seconds", "seconds", "How long activity is held to be put in order."
)
LAST_TICK = _gauge(
    "last_tick_timestamp_seconds", "seconds since 1970", "When the main loop last came round."
)

METRICS: tuple[Metric, ...] = tuple(
    value for name, value in globals().items() if name.isupper() and isinstance(value, Metric)
)
