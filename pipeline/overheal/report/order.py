"""The order in which findings are told: loudest first, and each beneath what explains it."""

from __future__ import annotations

from collections.abc import Sequence

from overheal.model import Finding, Status
from overheal.report.parts import FindingPart

_WITHDRAWN = (Status.RETRACTED, Status.SUPERSEDED)


def in_order(
    findings: Sequence[Finding], *, include_withdrawn: bool = False
) -> list[tuple[Finding, str]]:
    """Return findings by tier, then time, each with the id of the one that explains it, or "".

    A finding explained by a superseded one comes under what superseded that; one whose
    explanation is not in the list (or goes round in a circle) stands for itself.
    """
    known = {finding.id: finding for finding in findings}
    kept = [
        finding for finding in findings if include_withdrawn or finding.status not in _WITHDRAWN
    ]
    shown = {finding.id for finding in kept}
    explained = {finding.id: _explanation(finding, known, shown) for finding in kept}
    beneath: dict[str, list[Finding]] = {}
    for finding in sorted(kept, key=lambda one: (-one.tier, one.first_at, one.id)):
        root = "" if _circular(finding.id, explained) else explained[finding.id]
        beneath.setdefault(root, []).append(finding)
    told: list[tuple[Finding, str]] = []
    waiting = [(finding, "") for finding in reversed(beneath.get("", []))]
    while waiting:
        finding, root = waiting.pop()
        told.append((finding, root))
        waiting += [(one, finding.id) for one in reversed(beneath.get(finding.id, []))]
    return told


def explained_by_root(findings: Sequence[FindingPart]) -> dict[str, list[FindingPart]]:
    """Return for each root the findings it explains, directly or through another."""
    root: dict[str, str] = {}
    beneath: dict[str, list[FindingPart]] = {}
    for finding in findings:
        if finding.inhibited_by:
            root[finding.id] = root.get(finding.inhibited_by, finding.inhibited_by)
            beneath.setdefault(root[finding.id], []).append(finding)
    return beneath


def _explanation(finding: Finding, known: dict[str, Finding], shown: set[str]) -> str:
    """Return the shown finding that explains this one, through those that were superseded."""
    seen = {finding.id}
    root = finding.inhibited_by
    while root and root not in shown and root in known and root not in seen:
        seen.add(root)
        root = known[root].superseded_by
    return root if root in shown and root not in seen else ""


def _circular(start: str, explained: dict[str, str]) -> bool:
    """Whether following explanations from `start` never ends."""
    seen = set()
    at = start
    while at:
        if at in seen:
            return True
        seen.add(at)
        at = explained[at]
    return False
