"""Which finding explains or supersedes which, so that one root is one page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from types import MappingProxyType

import msgspec

from overheal.model import Finding, Status, TierChange
from overheal.stages.roots import explained_by_roots, stands, topmost
from overheal.state.footprint import Footprint

MORE_SPECIFIC = ("masked_degradation", "recovery_frequency")
"""Of two findings about the same recoveries, the earlier in this list explains the other."""

STORM = "recovery_frequency"
"""A page about it inhibits the lesser findings of the same service."""

FIGHT = "agent_conflict"


NOTHING: Mapping[str, Footprint] = MappingProxyType({})


def related(
    findings: Iterable[Finding], reaches: Mapping[str, Footprint] = NOTHING
) -> list[Finding]:
    """Return those of all known findings whose relations are not what they say, corrected.

    `superseded_by` names the fleet's finding about a pair of agents in one of a scope about the
    same pair. `inhibited_by` names the finding that explains one; where that is explained itself,
    the one at the top. `reaches` says of findings of the fleet which services they reach. Whatever
    the order of `findings`, the answer is the same.
    """
    known = {item.id: item for item in findings}
    heirs: dict[tuple[str, tuple[str, ...]], list[Finding]] = {}
    for item in known.values():
        if item.stage == "fleet" and item.detector == FIGHT:
            heirs.setdefault((item.environment, tuple(item.agents)), []).append(item)
    fleet = {item.id for every in heirs.values() for item in every}
    said = known.copy()
    for item in sorted(known.values(), key=lambda item: (item.detected_at, item.id)):
        if item.stage != "scope" or item.detector != FIGHT or item.status is Status.RETRACTED:
            continue
        if not item.superseded_by or item.superseded_by in fleet:
            _inherit(known, item, heirs.get((item.environment, tuple(item.agents)), ()))
    every = list(known.values())
    explained = topmost(_explanations(every) | explained_by_roots(every, reaches))
    for item in list(known.values()):
        if item.inhibited_by != (root := explained.get(item.id, "")):
            known[item.id] = msgspec.structs.replace(item, inhibited_by=root)
    return [item for item in known.values() if item is not said[item.id]]


def _inherit(known: dict[str, Finding], item: Finding, same: Sequence[Finding]) -> None:
    """Let the fleet's finding about the same pair, if any, take the place of a scope's.

    It is at least as loud: what has paged goes on under the new name.
    """
    heirs = [
        heir
        for heir in same
        if heir.status in (Status.OPEN, Status.RESOLVED) and _overlap(heir, item)
    ]
    heir = min(heirs, key=lambda heir: (heir.first_at, heir.id), default=None)
    status = Status.OPEN if item.resolved_at is None else Status.RESOLVED
    if heir is not None:
        status, heir = Status.SUPERSEDED, known[heir.id]
        if item.tier > heir.tier:
            change = TierChange(item.tier, item.detected_at, item.reason)
            known[heir.id] = msgspec.structs.replace(
                heir,
                tier=item.tier,
                reason=item.reason,
                detected_at=item.detected_at,
                tier_history=[*heir.tier_history, change],
            )
    by = heir.id if heir is not None else ""
    if (item.status, item.superseded_by) != (status, by):
        known[item.id] = msgspec.structs.replace(item, status=status, superseded_by=by)


def _explanations(known: Sequence[Finding]) -> dict[str, str]:
    """Return finding id → id of the finding that explains it, for all that stand.

    A fight explains the thrashing of the field it is about; a degradation explains that its
    recoveries are frequent; a critical storm explains lesser findings about the same service.
    Only findings whose spans overlap explain each other, and none explains a louder one.
    """
    by_service: dict[tuple[str, str], list[Finding]] = {}
    for finding in sorted(known, key=lambda finding: (finding.first_at, finding.id)):
        by_service.setdefault((finding.environment, finding.service), []).append(finding)
    tiers = {finding.id: finding.tier for finding in known}
    found: dict[str, str] = {}
    for group in by_service.values():
        explaining = _Explaining(group)
        for finding in group if len(group) > 1 else ():
            if stands(finding):
                others = explaining.of(finding)
                roots = (_root(finding, other) for other in others if _overlap(finding, other))
                loud = (root for root in roots if root and tiers[root] >= finding.tier)
                if root := next(loud, ""):
                    found[finding.id] = root
    return found


class _Explaining:
    """Of findings about one service, in order, those that may explain others."""

    def __init__(self, group: Sequence[Finding]) -> None:
        self._specific = [one for one in group if one.detector in MORE_SPECIFIC]
        self._storms = [one for one in group if one.detector == STORM]
        self._fights: dict[str, list[Finding]] = {}
        for one in group:
            if one.detector == FIGHT:
                for prefix in accumulate(one.subject.split("\0")[:-1], "{}\0{}".format):
                    self._fights.setdefault(prefix, []).append(one)

    def of(self, finding: Finding) -> Sequence[Finding]:
        """Return the findings that may explain one, in order."""
        if finding.detector in MORE_SPECIFIC:
            return self._specific
        fights = finding.detector == "thrashing" and self._fights.get(finding.subject)
        if fights:
            return sorted([*fights, *self._storms], key=lambda one: (one.first_at, one.id))
        return self._storms


def _root(finding: Finding, other: Finding) -> str:
    """Return the finding by which `other` explains `finding`, or `""` where it does not."""
    if finding.detector == "thrashing" and other.detector == FIGHT:
        if not other.subject.startswith(finding.subject + "\0"):
            return ""
        return other.id if stands(other) else other.superseded_by
    if not finding.service or not stands(other):
        return ""
    if finding.detector in MORE_SPECIFIC and other.detector in MORE_SPECIFIC:
        ranks = MORE_SPECIFIC.index(finding.detector), MORE_SPECIFIC.index(other.detector)
        return other.id if ranks[1] < ranks[0] else ""
    return other.id if other.detector == STORM and other.tier > finding.tier else ""


def _overlap(one: Finding, other: Finding) -> bool:
    return one.first_at <= other.last_at and other.first_at <= one.last_at
