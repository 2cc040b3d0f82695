"""Which finding explains which, so that one root is one page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from overheal.model import Finding, Status, Tier

MORE_SPECIFIC = ("masked_degradation", "recovery_frequency")
"""Of two findings about the same recoveries, the earlier in this list explains the other."""


def explanations(findings: Iterable[Finding]) -> dict[str, str]:
    """Return finding id → id of the finding that explains it, for all that stand.

    A fight explains the thrashing of the field it is about; a degradation explains that its
    recoveries are frequent; a critical storm explains lesser findings about the same service.
    Only findings whose spans overlap explain each other.
    """
    standing = [f for f in findings if f.status in (Status.OPEN, Status.RESOLVED)]
    by_service: dict[tuple[str, str], list[Finding]] = {}
    for finding in standing:
        by_service.setdefault((finding.environment, finding.service), []).append(finding)
    found: dict[str, str] = {}
    for group in by_service.values():
        if len(group) < 2:
            continue
        for finding in group:
            root = _explained_by(finding, group)
            if root:
                found[finding.id] = root
    return found


def _explained_by(finding: Finding, group: Sequence[Finding]) -> str:
    for other in group:
        if other.id == finding.id or not _overlap(finding, other):
            continue
        if finding.detector == "thrashing" and other.detector == "agent_conflict":
            if other.subject.startswith(finding.subject + "\0"):
                return other.id
        elif finding.detector in MORE_SPECIFIC and other.detector in MORE_SPECIFIC:
            ranks = MORE_SPECIFIC.index(finding.detector), MORE_SPECIFIC.index(other.detector)
            if ranks[1] < ranks[0] and other.tier >= finding.tier and finding.service:
                return other.id
        elif (
            finding.service
            and other.detector == "recovery_frequency"
            and other.tier is Tier.CRITICAL
            and finding.tier < Tier.CRITICAL
        ):
            return other.id
    return ""


def _overlap(one: Finding, other: Finding) -> bool:
    return one.first_at <= other.last_at and other.first_at <= one.last_at
