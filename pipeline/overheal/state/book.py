"""The findings of one scope (or of the fleet) while they can still change."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Any

import msgspec

from overheal.model import MEMBERS_KEPT, Finding, Status, Tier, TierChange, finding_id
from overheal.state.moments import Member, Moments
from overheal.state.packed import Ids

AGENTS_KEPT = 50
WITHDRAWN_KEPT = 200


class Ground(msgspec.Struct, frozen=True, gc=False):
    """A fact that a detector states for a tier, in words."""

    tier: Tier
    reason: str


class Book(msgspec.Struct, dict=True):
    """Open findings by id, and those closed within reach of late events.

    `dirty` are the ids that changed since they were last published, `members` those of each
    finding, which only copies of it name, `timelines` their moments, `withdrawn` the last revision
    of findings that are no longer here. What closed before `final` is forgotten.
    """

    stage: str
    findings: dict[str, Finding] = {}
    dirty: set[str] = set()
    members: dict[str, Ids] = {}
    timelines: dict[str, Moments] = {}
    withdrawn: dict[str, int] = {}
    final: int = 0

    @cached_property
    def _filed(self) -> dict[str, set[str]]:
        """The ids of findings by the name of their service, full and short; not saved."""
        found: dict[str, set[str]] = {}
        for finding in self.findings.values():
            for name in _names(finding):
                found.setdefault(name, set()).add(finding.id)
        return found

    def about(self, services: Iterable[str]) -> list[Finding]:
        """Return the findings, ordered by id, about services of these full or short names."""
        filed = self._filed
        found = {key for name in services for key in filed.get(name, ())}
        return [self.findings[key] for key in sorted(found)]

    def open(
        self,
        detector: str,
        subject: str,
        opening: str,
        *,
        environment: str,
        service: str = "",
        scope: str = "",
        first_at: int,
        at: int,
    ) -> Finding:
        """Return a new finding with this identity, opened by what happened at `at`.

        One of the fleet belongs to no single service or scope.
        """
        return self._keep(
            Finding(
                id=finding_id(detector, subject, opening),
                detector=detector,
                stage=self.stage,
                subject=subject,
                service=service,
                environment=environment,
                scope=scope,
                first_at=first_at,
                last_at=at,
                detected_at=at,
                title=service or subject,
            )
        )

    def _keep(self, fresh: Finding) -> Finding:
        """Take in a finding; one that was here before, closed by now, goes on from its revision."""
        closed = self.findings.get(fresh.id)
        fresh.revision = closed.revision if closed else self.withdrawn.get(fresh.id, 0)
        filed = self._filed
        self.findings[fresh.id] = fresh
        for name in _names(fresh):
            filed.setdefault(name, set()).add(fresh.id)
        self.members[fresh.id] = Ids()
        self.timelines[fresh.id] = Moments()
        self.dirty.add(fresh.id)
        return fresh

    def join(self, finding: Finding, members: Sequence[Member], at: int) -> None:
        """Add members, each once and in their order; `at` is the event time of the newest."""
        finding.member_count += len(members)
        ids, agents = self.members[finding.id], finding.agents
        for member in members:
            if ids.count < MEMBERS_KEPT:
                ids.append(member.id)
            if member.agent and member.agent not in agents and len(agents) < AGENTS_KEPT:
                agents.append(member.agent)
        self.timelines[finding.id].add(members)
        finding.last_at = max(finding.last_at, at)
        finding.revision += 1
        self.dirty.add(finding.id)

    def gather(self, finding: Finding, ids: Iterable[str], count: int) -> None:
        """Let a finding have exactly these members, of `count` in all."""
        self.members[finding.id] = found = Ids()
        for one in ids:
            found.append(one)
        finding.member_count = count

    def touch(self, finding_id: str) -> None:
        """Note that what is to be said about an open finding has changed."""
        self.findings[finding_id].revision += 1
        self.dirty.add(finding_id)

    def raise_tier(self, finding: Finding, decided: Ground, at: int) -> None:
        """Set the tier that was decided, never lowering it; `at` is event time."""
        if finding.tier_history and decided.tier <= finding.tier:
            return
        finding.tier = decided.tier
        finding.reason = decided.reason
        finding.detected_at = at
        finding.tier_history.append(TierChange(decided.tier, at, decided.reason))
        finding.revision += 1
        self.dirty.add(finding.id)

    def resolve(self, key: str, at: int) -> None:
        """Close a finding; `at` is the event time from which it no longer holds."""
        finding = self.findings[key]
        finding.status = Status.RESOLVED
        finding.resolved_at = at
        finding.revision += 1
        finding.evidence = self._evidence(finding)
        del self.timelines[key]
        self.dirty.add(key)

    def publish(self, describe: Callable[[Finding], None]) -> list[Finding]:
        """Return copies of what changed since the last call, ordered by id.

        `describe` puts sentence and numbers on the copy of an open finding; a closed one has them.
        Nothing that changes later is shared with a copy.
        """
        changed = [self.copy(self.findings[key], describe) for key in sorted(self.dirty)]
        self.dirty.clear()
        return changed

    def copy(self, finding: Finding, describe: Callable[[Finding], None]) -> Finding:
        """Return a finding as it stands now, to be kept by others."""
        copy = msgspec.structs.replace(
            finding,
            agents=finding.agents.copy(),
            members=self.members[finding.id].all(),
            tier_history=finding.tier_history.copy(),
        )
        if finding.status is Status.OPEN:
            copy.evidence = self._evidence(finding)
            describe(copy)
        return copy

    def forget_closed(self, before: int) -> list[str]:
        """Forget published findings closed before `before`, for good; return their ids."""
        self.final = max(self.final, before)
        gone = [
            key
            for key, finding in self.findings.items()
            if finding.resolved_at is not None
            and max(finding.resolved_at, finding.last_at) < self.final
            and key not in self.dirty
        ]
        filed = self._filed
        for key in gone:
            # A recovery that tells of its beginning only at its end may bring it back.
            for name in _names(self.findings[key]):
                filed[name].discard(key)
                if not filed[name]:
                    del filed[name]
            last = self.findings.pop(key).revision
            del self.members[key]
            self.withdrawn[key] = max(last, self.withdrawn.get(key, -1))
        while len(self.withdrawn) > WITHDRAWN_KEPT:
            del self.withdrawn[next(iter(self.withdrawn))]
        return gone

    def retold(
        self,
        earlier: Book,
        said: Callable[[Finding], None],
        says: Callable[[Finding], None],
    ) -> list[Finding]:
        """Take over from `earlier`, the book before its history was told again.

        Findings that come out otherwise, or of which something else is said, are dirty, with a
        higher revision. Those that `earlier` alone has are returned: superseded by one about the
        same subject that shares members, or retracted. `said` describes findings of `earlier`,
        `says` those of this book.
        """
        self.withdrawn = earlier.withdrawn
        self.dirty = set(earlier.findings)  # what is not among these was forgotten for good
        self.forget_closed(earlier.final)
        self.dirty = {key for key in earlier.dirty if key in self.findings}
        for key, finding in self.findings.items():
            known = earlier.findings.get(key)
            if known is None:
                finding.revision = max(finding.revision, self.withdrawn.get(key, -1) + 1)
                self.dirty.add(key)
            else:
                revision, finding.revision = finding.revision, known.revision
                if (finding, self.members[key]) != (known, earlier.members[key]) or (
                    finding.status is Status.OPEN
                    and key not in self.dirty
                    and self._words(finding, says) != earlier._words(known, said)
                ):
                    finding.revision = max(revision, known.revision + 1)
                    self.dirty.add(key)
        return [
            self._withdraw(earlier.copy(finding, said))
            for key, finding in earlier.findings.items()
            if key not in self.findings
        ]

    def _words(self, finding: Finding, describe: Callable[[Finding], None]) -> list[Any]:
        """Return what is said of an open finding beside what it is."""
        copy = msgspec.structs.replace(
            finding, agents=finding.agents.copy(), evidence=finding.evidence.copy()
        )
        describe(copy)
        words = [copy.title, copy.summary, copy.next_step, copy.count, copy.agents, copy.evidence]
        return [*words, self.timelines[finding.id].shown()]

    def _withdraw(self, gone: Finding) -> Finding:
        members = set(gone.members)
        heirs: Iterable[str] = (
            heir.id
            for heir in self.findings.values()
            if (heir.detector, heir.subject) == (gone.detector, gone.subject)
            and not members.isdisjoint(self.members[heir.id].all())
        )
        gone.superseded_by = min(heirs, default="")
        gone.status = Status.SUPERSEDED if gone.superseded_by else Status.RETRACTED
        gone.revision += 1
        self.withdrawn[gone.id] = gone.revision
        return gone

    def _evidence(self, finding: Finding) -> dict[str, Any]:
        return {
            **finding.evidence,
            "timeline": self.timelines[finding.id].shown() if finding.id in self.timelines else [],
        }


def _names(finding: Finding) -> set[str]:
    """Return how a finding's service may be called."""
    return {finding.service, finding.service.rpartition("/")[2]}
