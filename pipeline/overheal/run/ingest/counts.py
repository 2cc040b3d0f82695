"""What `overheal ingest` counts, by the names that `telemetry` declares."""

from __future__ import annotations

from overheal import telemetry
from overheal.run.metrics import Metrics
from overheal.run.taken import Taken

REASONS = 50
"""Reasons for ignoring records that are counted apart; the rest are counted as `other`."""


class Counts:
    """Counts for one topic."""

    def __init__(self, metrics: Metrics, topic: str) -> None:
        self._metrics = metrics
        self._topic = topic
        self._reasons: set[str] = set()

    def take(self, taken: Taken) -> None:
        """Count what records held, once all of it is queued."""
        metrics = self._metrics
        metrics.add(telemetry.RECEIVED_RECORDS, taken.records, topic=self._topic)
        metrics.add(telemetry.RECEIVED, len(taken.events) + len(taken.letters))
        metrics.add(telemetry.FORWARDED, len(taken.events))
        for letter in taken.letters:
            metrics.add(telemetry.DEAD_LETTERS, reason=letter.code)
        for reason, count in taken.ignored.items():
            if len(self._reasons) < REASONS:
                self._reasons.add(reason)
            known = reason if reason in self._reasons else "other"
            metrics.add(telemetry.IGNORED, count, reason=known)

    def retry(self, what: str) -> None:
        """Count one attempt that is repeated."""
        self._metrics.add(telemetry.RETRIES, what=what)

    def paused(self, *, yes: bool) -> None:
        """Say whether reading is paused."""
        self._metrics.set(telemetry.PAUSED, int(yes))

    def lag(self, partition: int, records: int) -> None:
        """Say how far behind its end a partition is."""
        place = {"topic": self._topic, "partition": str(partition)}
        self._metrics.set(telemetry.CONSUMER_LAG, max(0, records), **place)

    def forget(self, partition: int) -> None:
        """Show a partition no more."""
        place = {"topic": self._topic, "partition": str(partition)}
        self._metrics.forget(telemetry.CONSUMER_LAG, **place)

    def tick(self, now: int) -> None:
        """Say that the main loop came round at `now` (microseconds UTC)."""
        self._metrics.set(telemetry.LAST_TICK, now / 1_000_000)
