"""What is expected of a scope's services: which expectations hold, are void, or have ended."""

from __future__ import annotations

from overheal.declared import Declared
from overheal.expectations import VOID_AT, Expectation
from overheal.model import MINUTE, VARIANT, Finding, Status
from overheal.state.expecting import Expecting
from overheal.state.facts import Recovery
from overheal.state.moments import member_of
from overheal.state.rolling import RollingCount
from overheal.state.scope import ScopeState

LOOK = MINUTE
"""How long after an expectation was taken back this may show, where nothing else happens."""


def holding(state: ScopeState, declared: Declared, finding: Finding, at: int) -> Expectation | None:
    """Return the expectation that lowers a finding's tier at `at` (µs UTC); None where none does.

    Of several it is the one that ends last. What was found is noted in `state.lowered`.
    """
    detector = finding.detector.partition(VARIANT)[0]
    found = [
        one
        for one in declared.expected(finding.environment, finding.service, detector, at)
        if not _is_void(state, _key(one, finding.environment, finding.service), at)
    ]
    best = max(found, key=lambda one: (one.end, one.id), default=None)
    if best is None:
        state.lowered.pop(finding.id, None)
    else:
        state.lowered[finding.id] = [one.id for one in found]
    return best


def counted(state: ScopeState, declared: Declared, fact: Recovery) -> bool:
    """Count one automated recovery; return whether it made any expectation void."""
    event, void = fact.event, False
    for one in declared.expected(event.environment, event.service, "", fact.at):
        key = _key(one, event.environment, event.service)
        known = state.expecting.get(key)
        if known is None:
            _forget(state, declared, event.time)
            known = state.expecting[key] = fresh(one)
        member = member_of(event, fact.at, event.type)
        void = known.count(member, fact.first_at, event.time) or void
    return void


def fresh(one: Expectation) -> Expecting:
    """Return how an expectation stands for a service before any recovery."""
    return Expecting(one.since, VOID_AT * one.count, RollingCount(one.width))


def ends(state: ScopeState, declared: Declared, now: int) -> list[int]:
    """Return when expectations that lower open findings ended, up to `now`, the earliest first."""
    found = set()
    for finding_id, ids in list(state.lowered.items()):
        if _is_open(state, finding_id):
            found |= {declared.expectations[one].end for one in ids if one in declared.expectations}
        else:
            del state.lowered[finding_id]
    return sorted(end for end in found if end <= now)


def lapsed(state: ScopeState, declared: Declared, at: int) -> list[Finding]:
    """Return the open findings that an expectation lowered which holds no more at `at`.

    They count as lowered no more: whoever judges them again notes what still holds.
    """
    gone = []
    for finding_id, ids in list(state.lowered.items()):
        if not _is_open(state, finding_id):
            del state.lowered[finding_id]
            continue
        finding = state.book.findings[finding_id]
        over = [
            one
            for one in ids
            if one not in declared.expectations
            or declared.expectations[one].end <= at
            or _is_void(state, f"{one}\0{finding.environment}\0{finding.service}", at)
        ]
        if over:
            del state.lowered[finding_id]
            gone.append(finding)
    return gone


def say(finding: Finding, expectation: Expectation) -> None:
    """Let a finding say that it was expected."""
    finding.evidence = {
        **finding.evidence,
        "expected": {
            "id": expectation.id,
            "by": expectation.owner,
            "reason": expectation.reason,
            "rate": expectation.rate,
            "until_at": expectation.until,
        },
    }


def say_ended(finding: Finding, at: int, *, void: bool) -> None:
    """Let a finding say that it is expected no more."""
    said = finding.evidence.get("expected", {})
    word = "void_at" if void else "ended_at"
    finding.evidence = {**finding.evidence, "expected": {**said, word: at}}


def _is_void(state: ScopeState, key: str, at: int) -> bool:
    known = state.expecting.get(key)
    return known is not None and 0 < known.void_at <= at


def _is_open(state: ScopeState, finding_id: str) -> bool:
    finding = state.book.findings.get(finding_id)
    return finding is not None and finding.status is Status.OPEN


def _key(one: Expectation, environment: str, service: str) -> str:
    return f"{one.id}\0{environment}\0{service}"


def _forget(state: ScopeState, declared: Declared, now: int) -> None:
    """Drop the counts of expectations that are over."""
    for key in list(state.expecting):
        one = declared.expectations.get(key.partition("\0")[0])
        if one is None or one.end <= now:
            del state.expecting[key]
