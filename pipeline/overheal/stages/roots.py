"""What a root across services explains: the findings that open on what it reaches."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from overheal.model import MINUTE, Finding, Status
from overheal.state.footprint import Footprint

ROOTS = ("mass_action", "cascade")
"""Detectors of the fleet stage whose findings explain those of the services they reach."""

AFTERMATH = 15 * MINUTE
"""What opens on a service so soon after the root's last moment still comes of it."""


def explained_by_roots(
    known: Sequence[Finding], reaches: Mapping[str, Footprint]
) -> dict[str, str]:
    """Return finding id → id of the root that explains it.

    A root explains what opens on a service, no louder than the root itself, from when it first
    reached the service until 15 minutes after its own last moment. Of several the loudest and then
    the earliest does. What the fleet says about many services is explained where all of them are
    reached, each before the finding comes there.
    """
    by_place: dict[tuple[str, str], list[Finding]] = {}
    for finding in known:
        if stands(finding):
            for place in _places(finding, reaches):
                by_place.setdefault(place, []).append(finding)
    found: dict[str, str] = {}
    roots = (one for one in known if one.detector in ROOTS and one.id in reaches and stands(one))
    for root in sorted(roots, key=_rank):
        reach = reaches[root.id]
        hit: dict[str, int] = {}
        for place in reach if len(reach) < len(by_place) else by_place:
            if place in reach:
                for finding in by_place.get(place, ()):
                    if _comes_of(finding, root, reach[place][0], _came(finding, place, reaches)):
                        hit[finding.id] = hit.get(finding.id, 0) + 1
                        if hit[finding.id] == len(_places(finding, reaches)):
                            found.setdefault(finding.id, root.id)
    return found


def topmost(explained: dict[str, str]) -> dict[str, str]:
    """Return finding id → id of the root that nothing explains, so that one step leads there.

    >>> topmost({"a": "b", "b": "c", "d": "c"})
    {'a': 'c', 'b': 'c', 'd': 'c'}
    """
    top = {}
    for key, parent in explained.items():
        root, passed = parent, {key}
        while root in explained and root not in passed:
            passed.add(root)
            root = explained[root]
        top[key] = root
    return top


def _comes_of(finding: Finding, root: Finding, since: int, came: int) -> bool:
    """Whether a finding `came` to a service because a root had reached it, at `since`."""
    return (
        finding is not root
        and finding.tier <= root.tier
        and since <= came <= root.last_at + AFTERMATH
        and (finding.detector not in ROOTS or _precedes(root, finding))
    )


def _precedes(root: Finding, finding: Finding) -> bool:
    """Whether of two roots one led to the other, or else is the louder and then the earlier."""
    leads, follows = _leads(root, finding), _leads(finding, root)
    return leads if leads != follows else _rank(root) < _rank(finding)


def _leads(root: Finding, finding: Finding) -> bool:
    """Whether a root says that the agent of another acted because of its own."""
    return any(agent in root.evidence.get("followed_by", ()) for agent in finding.agents[:1])


def _came(finding: Finding, place: tuple[str, str], reaches: Mapping[str, Footprint]) -> int:
    """Return when a finding came to a place: as it opened, or where it reached farther since."""
    changes = finding.tier_history
    opened = changes[0].at if changes else finding.detected_at
    return opened if finding.service else max(opened, reaches[finding.id][place][0])


def _places(finding: Finding, reaches: Mapping[str, Footprint]) -> Collection[tuple[str, str]]:
    """Return where a finding must be reached to be explained."""
    if finding.service:
        return ((finding.environment, finding.service),)
    return reaches.get(finding.id, {})


def _rank(finding: Finding) -> tuple[int, int, str]:
    return (-finding.tier, finding.first_at, finding.id)


def stands(finding: Finding) -> bool:
    """Whether a finding is open or over, rather than taken back or replaced."""
    return finding.status in (Status.OPEN, Status.RESOLVED)
