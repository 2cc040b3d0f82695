"""What is otherwise on one side than on the other: findings and pages, each with its twin.

Twins are findings of one id; else findings of one detector about one subject whose spans overlap,
since another threshold may let the same trouble open with another event.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from overheal.model import Finding, Tier
from overheal.stages.roots import stands


class Kind(enum.StrEnum):
    """How one thing differs after from what it was before."""

    GAINED = "gained"
    LOST = "lost"
    EARLIER = "earlier"
    LATER = "later"
    LOUDER = "louder"
    QUIETER = "quieter"


@dataclass(frozen=True)
class Pair:
    """A finding on both sides, or on one of them; `merged` is what one without a twin is part of.

    `merged` is a finding of the other side about the same, which has another twin.
    """

    before: Finding | None
    after: Finding | None
    merged: Finding | None = None

    @property
    def one(self) -> Finding:
        """The finding as it is after, or was before."""
        found = self.after or self.before
        assert found is not None
        return found


@dataclass(frozen=True)
class Difference:
    """What differs of a pair: as a page, or as a finding; `seconds` is how much later it comes."""

    kind: Kind
    is_page: bool
    pair: Pair
    seconds: float | None = None


def is_page(finding: Finding | None) -> bool:
    """Return whether a finding calls somebody: it is critical, stands, and nothing explains it."""
    return (
        finding is not None
        and finding.tier is Tier.CRITICAL
        and stands(finding)
        and not finding.inhibited_by
    )


def paged_at(finding: Finding) -> int:
    """Return when a critical finding became critical (microseconds UTC of event time)."""
    loud = (change.at for change in finding.tier_history if change.tier is Tier.CRITICAL)
    return next(loud, finding.detected_at)


def paired(before: Sequence[Finding], after: Sequence[Finding]) -> list[Pair]:
    """Return all findings that stand on either side, each with its twin, in order of time."""
    one = {finding.id: finding for finding in before if stands(finding)}
    other = {finding.id: finding for finding in after if stands(finding)}
    pairs = [Pair(one[key], other[key]) for key in one if key in other]
    groups: dict[tuple[str, ...], tuple[list[Finding], list[Finding]]] = {}
    for side, findings in ((0, one), (1, other)):
        for finding in sorted(findings.values(), key=lambda item: (item.first_at, item.id)):
            groups.setdefault(about(finding), ([], []))[side].append(finding)
    for group in groups.values():
        pairs += _alike(group[0], group[1], {key for key in one if key in other})
    return sorted(pairs, key=lambda pair: (pair.one.first_at, pair.one.id))


def differences(pairs: Sequence[Pair]) -> list[Difference]:
    """Return everything that differs, in the order of the pairs, pages before findings."""
    found: list[Difference] = []
    for pair in pairs:
        found += [one for one in (_of_page(pair), _of_finding(pair)) if one is not None]
    return found


def about(finding: Finding) -> tuple[str, ...]:
    """Return what two findings have in common that may be twins."""
    return (finding.detector, finding.stage, finding.environment, finding.subject)


def _alike(before: list[Finding], after: list[Finding], known: set[str]) -> Iterator[Pair]:
    """Return twins that overlap, the earliest first, and then those without one."""
    waiting = [one for one in after if one.id not in known]
    for finding in before:
        if finding.id in known:
            continue
        twin = next((one for one in waiting if _overlap(finding, one)), None)
        if twin is not None:
            waiting.remove(twin)
            yield Pair(finding, twin)
        else:
            yield Pair(finding, None, next((o for o in after if _overlap(finding, o)), None))
    for finding in waiting:
        yield Pair(None, finding, next((o for o in before if _overlap(finding, o)), None))


def _of_page(pair: Pair) -> Difference | None:
    was, is_now = is_page(pair.before), is_page(pair.after)
    if was and is_now:
        assert pair.before is not None
        assert pair.after is not None
        return _moved(pair, paged_at(pair.before), paged_at(pair.after), is_page=True)
    if was or is_now:
        return Difference(Kind.GAINED if is_now else Kind.LOST, True, pair)
    return None


def _of_finding(pair: Pair) -> Difference | None:
    if pair.before is None or pair.after is None:
        return Difference(Kind.LOST if pair.after is None else Kind.GAINED, False, pair)
    if pair.before.tier != pair.after.tier:
        louder = pair.after.tier > pair.before.tier
        return Difference(Kind.LOUDER if louder else Kind.QUIETER, False, pair)
    return _moved(pair, pair.before.detected_at, pair.after.detected_at, is_page=False)


def _moved(pair: Pair, before: int, after: int, *, is_page: bool) -> Difference | None:
    if before == after:
        return None
    kind = Kind.EARLIER if after < before else Kind.LATER
    return Difference(kind, is_page, pair, (after - before) / 1_000_000)


def _overlap(one: Finding, other: Finding) -> bool:
    return one.first_at <= other.last_at and other.first_at <= one.last_at
