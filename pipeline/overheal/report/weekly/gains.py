"""What got better, and what automation saved: the other side of the same account."""

from __future__ import annotations

from overheal.model import DAY, HOUR, Status
from overheal.report.document import finding_part
from overheal.report.headlines import headline
from overheal.report.presentable import presentable_finding
from overheal.report.weekly.material import Key, Material
from overheal.report.weekly.parts import BetterPart, SavedPart
from overheal.report.weekly.top import was_observed
from overheal.report.weekly.trend import trend
from overheal.report.words import number, placed, plural

NIGHT_BEGINS, NIGHT_LASTS = 22 * HOUR, 8 * HOUR
HIDING = ("masked_degradation", "ineffective_recovery")
"""Detectors whose findings say that recoveries work and solve nothing."""
_LISTED = 10


def better(material: Material) -> list[BetterPart]:
    """Return findings that resolved in the span, and services recovered less than chance explains.

    The services come first, those that fell most before the others.
    """
    found = _calmer(material) if was_observed(material.first_at, material.span) else []
    for finding in sorted(material.findings, key=lambda one: (-one.tier, one.id)):
        at = finding.resolved_at
        over = finding.status is Status.RESOLVED and not finding.inhibited_by
        if over and at is not None and material.span.holds(at):
            part = presentable_finding(finding_part(finding, ""))
            key = (finding.environment, finding.service)
            found.append(_part(material, key, f"Over: {headline(part)}."))
    return list(dict.fromkeys(found))[:_LISTED]


def saved(material: Material) -> SavedPart:
    """Return what automation saved; see `SavedPart`."""
    total = sum(row.count for row in material.worked)
    hiding = {
        (finding.environment, finding.service)
        for finding in material.findings
        if finding.detector in HIDING
        and finding.status in (Status.OPEN, Status.RESOLVED)
        and finding.first_at < material.span.end
        and finding.last_at >= material.span.start
    }
    behind = sum(row.count for row in material.worked if row.key in hiding)
    nights = {night for hour in material.worked_in if (night := night_of(hour)) is not None}
    told = None if material.told is None else {night_of(at) for at in material.told}
    quiet = None if told is None else len(nights - told)
    return SavedPart(
        worked=total,
        verified=material.verified,
        behind_findings=behind,
        nights=len(nights),
        nights_not_woken=quiet,
        words=_words(total, material.verified, behind, len(nights), quiet),
    )


def night_of(at: int) -> int | None:
    """Return when the night of a moment began (22:00 UTC, until 06:00), None by day."""
    evening = (at - NIGHT_BEGINS) // DAY * DAY + NIGHT_BEGINS
    return evening if at < evening + NIGHT_LASTS else None


def _words(total: int, verified: int, behind: int, nights: int, quiet: int | None) -> list[str]:
    if not total:
        return ["No automated recovery was reported as a success, so nothing can be called saved."]
    checked = f"{number(verified)} of them were verified" if verified else "none was verified"
    lines = [f"{plural(total, 'automated recovery', 'automated recoveries')} worked; {checked}."]
    if behind:
        lines.append(
            f"{number(behind)} of them postponed a failure rather than ending it: findings say so "
            "of their services."
        )
    if nights and quiet is not None:
        lines.append(
            f"In {plural(nights, 'night')} (22:00 to 06:00 UTC) automation recovered something; "
            f"in {number(quiet)} of them nobody was woken."
        )
    elif nights:
        lines.append(
            f"In {plural(nights, 'night')} (22:00 to 06:00 UTC) automation recovered something; "
            "whether anybody was woken is not known, since no source of alerts is connected."
        )
    return lines


def _calmer(material: Material) -> list[BetterPart]:
    fell: list[tuple[int, Key, str]] = []
    for key, before in material.counts_before.items():
        now = material.counts.get(key, 0)
        episodes = material.episodes.get(key, 0)
        part = trend(now, episodes, before, material.episodes_before.get(key, 0))
        if part.beyond_chance and part.direction == "down":
            times = "not recovered any more" if not now else f"recovered {number(now)} times"
            fell.append((before - now, key, f"{placed(key[1], key[0])} was {times}, {part.words}."))
    return [_part(material, key, words) for _, key, words in sorted(fell, reverse=True)]


def _part(material: Material, key: Key, words: str) -> BetterPart:
    owner = material.owners.get(key[1], "")
    return BetterPart(service=key[1], environment=key[0], owner=owner, words=words)
