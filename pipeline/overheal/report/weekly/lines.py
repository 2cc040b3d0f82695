"""Findings of a span, in one line each: which explain a service, and which are conflicts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from overheal.model import Finding, Tier
from overheal.report.document import finding_part
from overheal.report.headlines import headline
from overheal.report.order import in_order
from overheal.report.presentable import presentable_finding
from overheal.report.weekly.following import ack_part
from overheal.report.weekly.material import Key, Material
from overheal.report.weekly.parts import LinePart

CONFLICTS = ("agent_conflict", "undo_of_intent", "thrashing", "compound_hazard", "stale_basis")
_TELLING = ("masked_degradation", "ineffective_recovery", "cascade", "agent_conflict", "thrashing")
"""What says most about why a service is recovered, first."""
_EXPLAINS = 3


def within(material: Material) -> list[tuple[Finding, str]]:
    """Return the findings of the span, loudest first, each with the id of what explains it."""
    span = material.span
    return [
        (finding, root)
        for finding, root in in_order(material.findings)
        if finding.first_at < span.end and finding.last_at >= span.start
    ]


def explaining(found: Sequence[tuple[Finding, str]], key: Key) -> list[Finding]:
    """Return the findings that explain why a service was recovered, the most telling first.

    A finding that another explains is told by that one, whomever that one is about.
    """
    known = {finding.id: finding for finding, _ in found}
    above = {finding.id: root for finding, root in found}
    roots: dict[str, Finding] = {}
    for finding, _ in found:
        if (finding.environment, finding.service) == key:
            at = finding.id
            while above.get(at) and above[at] in known:
                at = above[at]
            roots[at] = known[at]
    told: dict[str, Finding] = {}
    for finding in sorted(roots.values(), key=_rank):
        told.setdefault(headline(finding_part(finding, "")), finding)
    return list(told.values())[:_EXPLAINS]


def loud(material: Material) -> list[Finding]:
    """Return the findings of the span at actionable or above that no other explains."""
    return [
        finding
        for finding, root in within(material)
        if not root and finding.tier > Tier.INFORMATIONAL
    ]


def conflicts(material: Material) -> list[LinePart]:
    """Return where agents or people worked against each other, loudest first."""
    chosen = [
        finding for finding, root in within(material) if finding.detector in CONFLICTS and not root
    ]
    return lines(material, chosen)


def lines(material: Material, findings: Iterable[Finding]) -> list[LinePart]:
    """Return findings as the document has them."""
    acks = {ack.id: ack for ack in sorted(material.acks, key=lambda one: -one.at)}
    told = []
    for finding in findings:
        part = presentable_finding(finding_part(finding, finding.inhibited_by))
        told.append(
            LinePart(
                id=part.id,
                detector=part.detector,
                tier=part.tier,
                status=part.status,
                headline=headline(part),
                summary=part.summary,
                next_step=part.next_step,
                service=part.service,
                environment=part.environment,
                owner=material.owners.get(finding.service, ""),
                first_at=part.first_at,
                last_at=part.last_at,
                acknowledged=ack_part(acks.get(finding.id)),
            )
        )
    return told


def _rank(finding: Finding) -> tuple[int, int, int, str]:
    telling = _TELLING.index(finding.detector) if finding.detector in _TELLING else len(_TELLING)
    return (-finding.tier, telling, finding.first_at, finding.id)
