"""Telling the world at once: findings, activity, how far a partition has come, and refusals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from overheal.kafka.producer import Producer
from overheal.kafka.settings import TopicNames
from overheal.model import DeadLetter, Finding, Status, Tier
from overheal.run.letters import letter_of, publish
from overheal.run.messages import (
    Frontier,
    Told,
    activity_records,
    finding_record,
    frontier_record,
)
from overheal.stages.rules import RuleBook

FINDINGS_REMEMBERED = 100_000
"""Findings of which is remembered what was told; one that was forgotten is told again."""


class Publisher:
    """Sends; nothing is durable before `flush`. Safe to flush from another thread.

    A finding that is new, or changes its tier or status, is told at once. One that merely grows is
    told with the next `catch_up`, which comes several times a second and before every block.
    """

    def __init__(self, producer: Producer, topics: TopicNames, rules: RuleBook) -> None:
        self._producer = producer
        self._topics = topics
        self._rules = rules
        self._told: dict[str, tuple[Tier, Status]] = {}
        self._grown: dict[str, Finding] = {}

    def findings(self, findings: Sequence[Finding]) -> None:
        """Send findings that say something new; keep those that only say more of it."""
        for finding in findings:
            stands = (finding.tier, finding.status)
            if self._told.get(finding.id) == stands:
                self._grown[finding.id] = finding
            else:
                self._told[finding.id] = stands
                self._grown.pop(finding.id, None)
                self._send([finding])
        while len(self._told) > FINDINGS_REMEMBERED:
            del self._told[next(iter(self._told))]

    def catch_up(self) -> None:
        """Send the findings that grew, as they stand."""
        grown, self._grown = self._grown, {}
        self._send(grown.values())

    def _send(self, findings: Iterable[Finding]) -> None:
        for finding in findings:
            digest = self._rules.at(finding.last_at).digest
            key, value, headers = finding_record(finding, digest)
            self._producer.send(self._topics.findings, value, key, headers)

    def activities(self, told: Told) -> None:
        """Send activity of one partition; it replaces what was sent of the same second before."""
        for key, value, _ in activity_records(told):
            self._producer.send(self._topics.activity, value, key)

    def frontier(self, frontier: Frontier) -> None:
        """Send how far a partition has come."""
        key, value, _ = frontier_record(frontier)
        self._producer.send(self._topics.activity, value, key)

    def letters(self, letters: Sequence[DeadLetter], received: int) -> None:
        """Send dead letters, received at `received` (microseconds UTC)."""
        for letter in letters:
            publish(self._producer, self._topics.dead_letters, letter_of(letter, received))

    def flush(self, seconds: float) -> None:
        """Return once everything sent is durable; raises `BrokerUnavailable`."""
        self._producer.flush(seconds)
