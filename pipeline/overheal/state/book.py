"""The findings of one scope (or of the fleet) while they can still change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from overheal.model import MEMBERS_KEPT, Event, Finding, Status, Tier, TierChange, finding_id

TIMELINE_KEPT = 500
"""How many members' moments a finding keeps for its picture."""


class Ground(msgspec.Struct, frozen=True, gc=False):
    """A fact that a detector states for a tier, in words."""

    tier: Tier
    reason: str


class Book(msgspec.Struct):
    """Open findings by id, and those closed within reach of late events.

    `dirty` are the ids that changed since somebody last asked.
    """

    stage: str
    findings: dict[str, Finding] = {}
    dirty: set[str] = set()

    def open(  # noqa: PLR0913 - a finding's identity has as many parts
        self,
        detector: str,
        subject: str,
        opening: str,
        *,
        event: Event,
        first_at: int,
        scope: str,
    ) -> Finding:
        """Return the finding with this identity, made new where there is none.

        `event` lends its service and environment.
        """
        return self._keep(
            Finding(
                id=finding_id(detector, subject, opening),
                detector=detector,
                stage=self.stage,
                subject=subject,
                service=event.service,
                environment=event.environment,
                scope=scope,
                first_at=first_at,
                last_at=event.time,
                detected_at=event.time,
                title=event.service or subject,
            )
        )

    def open_fleet(  # noqa: PLR0913 - a finding's identity has as many parts
        self,
        detector: str,
        subject: str,
        opening: str,
        *,
        environment: str,
        first_at: int,
        at: int,
    ) -> Finding:
        """Return the finding with this identity that belongs to no single service or scope."""
        return self._keep(
            Finding(
                id=finding_id(detector, subject, opening),
                detector=detector,
                stage=self.stage,
                subject=subject,
                service="",
                environment=environment,
                scope="",
                first_at=first_at,
                last_at=at,
                detected_at=at,
            )
        )

    def _keep(self, fresh: Finding) -> Finding:
        found = self.findings.setdefault(fresh.id, fresh)
        self.dirty.add(fresh.id)
        return found

    def get(self, key: str) -> Finding | None:
        """Return an open finding by id."""
        return self.findings.get(key)

    def join(self, finding: Finding, members: Iterable[str], at: int) -> None:
        """Add members in their order; `at` is the event time of the newest."""
        ids = list(members)
        finding.member_count += len(ids)
        if len(finding.members) < MEMBERS_KEPT:
            finding.members.extend(ids[: MEMBERS_KEPT - len(finding.members)])
        finding.last_at = max(finding.last_at, at)
        finding.revision += 1
        self.dirty.add(finding.id)

    def raise_tier(self, finding: Finding, decided: Ground, at: int) -> None:
        """Set the tier that was decided, never lowering it; `at` is event time."""
        if finding.tier_history and decided.tier <= finding.tier:
            return
        finding.tier = decided.tier
        finding.reason = decided.reason
        finding.detected_at = at
        finding.tier_history.append(TierChange(decided.tier, at, decided.reason))
        self.dirty.add(finding.id)

    def resolve(self, key: str, at: int) -> None:
        """Close a finding; `at` is the event time from which it no longer holds."""
        finding = self.findings[key]
        finding.status = Status.RESOLVED
        finding.resolved_at = at
        finding.revision += 1
        self.dirty.add(key)

    def forget_closed(self, before: int) -> None:
        """Forget findings closed before `before`; they can no longer change."""
        gone = [
            key
            for key, finding in self.findings.items()
            if finding.resolved_at is not None and finding.resolved_at < before
        ]
        for key in gone:
            if key not in self.dirty:
                del self.findings[key]

    def take_dirty(self) -> list[Finding]:
        """Return copies of what changed since the last call, ordered by id."""
        changed = [msgspec.structs.replace(self.findings[key]) for key in sorted(self.dirty)]
        self.dirty.clear()
        return changed

    def missing_from(self, other: Book) -> list[Finding]:
        """Return the findings that `other`, the history told again, no longer has.

        They are superseded by one about the same subject that shares members, or retracted.
        """
        gone: list[Finding] = []
        for key, finding in self.findings.items():
            if key in other.findings:
                continue
            heir = next(
                (
                    heir.id
                    for heir in other.findings.values()
                    if (heir.detector, heir.subject) == (finding.detector, finding.subject)
                    and not set(finding.members).isdisjoint(heir.members)
                ),
                "",
            )
            gone.append(
                msgspec.structs.replace(
                    finding,
                    status=Status.SUPERSEDED if heir else Status.RETRACTED,
                    superseded_by=heir,
                    revision=finding.revision + 1,
                )
            )
        return gone


def note_moment(finding: Finding, event: Event, what: str) -> None:
    """Put one member's moment on the finding's timeline, for its picture."""
    timeline: list[dict[str, Any]] = finding.evidence.setdefault("timeline", [])
    timeline.append(
        {
            "at": event.time,
            "agent": event.agent,
            "what": what,
            "outcome": event.outcome or "unknown",
            "count": event.count,
        }
    )
    if len(timeline) > TIMELINE_KEPT:
        del timeline[1]


def wants_of(writes: Sequence[Any]) -> dict[str, list[Any]]:
    """Return which values each agent wrote, the most frequent first."""
    counted: dict[str, dict[Any, int]] = {}
    for write in writes:
        if write.agent:
            values = counted.setdefault(write.agent, {})
            values[write.value] = values.get(write.value, 0) + 1
    return {
        agent: sorted(values, key=lambda value: (-values[value], str(value)))
        for agent, values in sorted(counted.items())
    }
