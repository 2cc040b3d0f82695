"""What the acting member of the fleet remembers, and what it says about others' findings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from overheal.model import DAY, Activity, Finding, Status
from overheal.run.fleet.holding import Holding
from overheal.run.messages import Frontier, Told
from overheal.stages.fleet import FleetStage
from overheal.stages.rules import RuleBook
from overheal.store import Relation

KEPT = 7 * DAY
"""How long a finding that is over can still explain others, or be explained."""


class Said(msgspec.Struct):
    """What is to be said: findings of the fleet's own, and relations of anybody's."""

    findings: list[Finding] = []
    relations: list[Relation] = []

    def __bool__(self) -> bool:
        return bool(self.findings or self.relations)


class _Saved(msgspec.Struct, array_like=True):
    stage: bytes
    frontiers: bytes
    own: dict[str, Finding]
    revisions: dict[str, int]
    told: dict[str, tuple[str, str]]


class Active:
    """The fleet stage and the relations, for as long as this member acts.

    `monotonic` is `time.monotonic()`, other times are microseconds UTC.
    """

    def __init__(
        self, rules: RuleBook, lateness: int, hold_seconds: float, monotonic: float
    ) -> None:
        self.holding = Holding(hold_seconds, monotonic)
        self._stage = FleetStage(rules, lateness)
        self._scope: dict[str, Finding] = {}
        self._own: dict[str, Finding] = {}
        self._revisions: dict[str, int] = {}
        self._told: dict[str, tuple[str, str]] = {}
        self._changed: set[str] = set()
        self._stale = True
        self._past = 0

    def take(self, told: Iterable[Told | Frontier], monotonic: float) -> None:
        """Take what workers told, in its order."""
        activities: list[Activity] = []
        for one in told:
            if isinstance(one, Frontier):
                self.holding.take(one, monotonic)
            elif not self.holding.is_repeated(one):
                activities += one.activities
        self._keep(self._stage.detect(activities, self.holding.reached(monotonic)))

    def advance(self, monotonic: float) -> None:
        """Let time pass as far as everybody has come."""
        self._keep(self._stage.detect([], self.holding.reached(monotonic)))
        passed = self.holding.passed(monotonic)
        if passed:
            self._keep(self._stage.advance(passed))
            self._stage.forget_before(self.holding.watermark(monotonic))
            self._past = passed - KEPT

    def learn(self, finding: Finding) -> None:
        """Take a finding of a scope as it stands in its topic; the newest revision counts."""
        known = self._scope.get(finding.id)
        if finding.stage == "scope" and (known is None or finding.revision >= known.revision):
            self._scope[finding.id] = finding
            self._stale = True

    def say(self, now: int) -> Said:
        """Return what is new to say; call `said` once it is durable. `now` orders relations."""
        if not self._stale:
            return Said()
        known = {**self._scope, **self._own}
        corrected = {one.id: one for one in self._stage.relate(known.values())}
        said = Said()
        for key in self._own:
            finding = corrected.get(key, self._own[key])
            if key in self._changed or key in corrected:
                last = self._revisions.get(key, -1)
                revision = max(finding.revision, last + 1)
                said.findings.append(msgspec.structs.replace(finding, revision=revision))
        for key, finding in known.items():
            final = corrected.get(key, finding)
            relation = (final.inhibited_by, final.superseded_by)
            if relation != self._told.get(key, (finding.inhibited_by, finding.superseded_by)):
                said.relations.append(Relation(key, now, *relation))
        return said

    def said(self, said: Said) -> None:
        """Take note that something was said."""
        for finding in said.findings:
            self._revisions[finding.id] = finding.revision
            if finding.id in self._own:
                self._own[finding.id] = finding
        for relation in said.relations:
            self._told[relation.id] = (relation.inhibited_by, relation.superseded_by)
        self._changed.clear()
        self._stale = False
        self._forget(self._past)

    def save(self) -> bytes:
        """Return everything that is remembered beside what the topic of findings holds."""
        stage, frontiers = self._stage.freeze(), self.holding.saved()
        saved = _Saved(stage, frontiers, self._own, self._revisions, self._told)
        return msgspec.msgpack.encode(saved)

    def restore(self, saved: bytes, monotonic: float) -> None:
        """Go on where the member stopped that was saved."""
        found = msgspec.msgpack.decode(saved, type=_Saved)
        self._stage.thaw(found.stage)
        self.holding.restore(found.frontiers, monotonic)
        self._own, self._revisions, self._told = found.own, found.revisions, found.told

    def _keep(self, findings: Sequence[Finding]) -> None:
        for finding in findings:
            self._own[finding.id] = finding
            self._changed.add(finding.id)
            self._stale = True

    def _forget(self, before: int) -> None:
        """Drop what is over for long and explains nothing that is not; the store keeps it."""
        every = {**self._scope, **self._own}
        over = {
            key
            for key, one in every.items()
            if one.status is not Status.OPEN and one.last_at < before
        }
        kept = every.keys() - over
        while kept:
            kept = over.intersection(other for key in kept for other in self._told.get(key, ()))
            over -= kept
        for key in over:
            self._scope.pop(key, None)
            self._own.pop(key, None)
            self._told.pop(key, None)
            self._revisions.pop(key, None)
