"""Signs that a service gets worse while its recoveries come no faster: a finding of their own."""

from __future__ import annotations

from overheal.detect.base import Context
from overheal.detect.masked_degradation.service import Candidate, Service
from overheal.detect.masked_degradation.settings import (
    SIGNS_AT_MOST,
    DegradationSettings,
    spend,
)
from overheal.model import Finding, Tier
from overheal.state.book import Ground
from overheal.state.signs import DURATION, UPTIME, Sign
from overheal.state.words import clock, span

MEASURES_AT_MOST = SIGNS_AT_MOST - 2
NAME_KEPT = 60
LEAST_SECONDS = 1.0
"""A time to recover below this is no trouble, whatever it was."""


def observe(service: Service, candidate: Candidate, settings: DegradationSettings) -> None:
    """Take what the first recovery of an episode tells: its uptime, duration and measures.

    One of each episode, because those inside one resemble each other. The first four measures that
    a service ever tells are watched.
    """
    told = {UPTIME: candidate.uptime, DURATION: candidate.duration}
    for name in sorted(candidate.measures):
        told.setdefault(name[:NAME_KEPT], candidate.measures[name])
    at = candidate.member.at
    for name, value in told.items():
        if value is None or value < 0:
            continue
        sign = service.signs.get(name)
        if sign is None:
            measured = sum(known not in (UPTIME, DURATION) for known in service.signs)
            if name not in (UPTIME, DURATION) and measured >= MEASURES_AT_MOST:
                continue
            sign = service.signs[name] = Sign.starting(name, grows=name != UPTIME)
            sign.begin(settings.for_sign(spend(sign.spent, at)))
        elif sign.is_used_up and name != service.worst:
            sign.begin(settings.for_sign(spend(sign.spent, at)))
        sign.observe(value, candidate.member.id, at)


def open_worst(
    detector: str,
    service: Service,
    candidate: Candidate,
    settings: DegradationSettings,
    context: Context,
) -> Finding | None:
    """Open a finding about the sign that chance explains least, if there is one."""
    found = [sign for sign in service.signs.values() if _is_worse(sign, settings)]
    between = service.between
    if not found or between is None:
        return None
    sign = min(found, key=lambda sign: (sign.test.error, sign.name))
    finding = context.book.open(
        detector,
        f"{service.environment}\0{service.name}\0{sign.name}",
        candidate.member.id,
        environment=service.environment,
        service=service.name,
        scope=context.scope,
        first_at=sign.first_at,
        at=candidate.told_at,
    )
    service.worse, service.worst = finding.id, sign.name
    context.book.join(finding, between.moments, candidate.told_at)
    context.book.gather(finding, between.ids, between.told)
    finding.count = between.recoveries
    reason = f"{_phrase(sign)}, more than chance explains"
    context.judge(finding, lambda: [Ground(Tier.ACTIONABLE, reason)], candidate.told_at)
    return finding


def follow(service: Service, candidate: Candidate, context: Context) -> None:
    """Add a recovery to the open finding, if there is one."""
    if service.worse:
        finding = context.book.findings[service.worse]
        finding.count += candidate.member.count
        context.book.join(finding, [candidate.member], candidate.told_at)


def is_well(service: Service) -> bool:
    """Whether the sign that the open finding is about is as good again as at first."""
    return not service.signs[service.worst].changed(1 + 1e-9)


def begin_again(service: Service, at: int, settings: DegradationSettings) -> None:
    """Forget the open finding, and test its sign afresh."""
    sign = service.signs[service.worst]
    sign.begin(settings.for_sign(spend(sign.spent, at)))
    service.worse = service.worst = ""


def told(service: Service) -> list[str]:
    """Say which signs got worse, for a finding about the gaps."""
    return [_phrase(sign) for sign in _rejecting(service)]


def evidence(service: Service) -> dict[str, object]:
    """Return the numbers of the signs that got worse."""
    signs = {}
    for sign in _rejecting(service):
        first, last = sign.change
        signs[sign.name] = {"at_first": first, "now": last, "chance_at_most": sign.test.error}
    return {"signs": signs} if signs else {}


def describe(finding: Finding, service: Service) -> None:
    """Say what got worse, since when, and how sure that is."""
    sign = service.signs[service.worst]
    first, last = sign.change
    finding.evidence |= {
        "scale": f"{_words(sign.name)} from episode to episode",
        "value_at_first": first,
        "value_now": last,
        "value_ratio": round(last / first if sign.grows else first / max(last, 1e-9), 2),
        "error_spent": sign.test.alpha,
        "chance_at_most": sign.test.error,
        "reported_failed": 0,
        **evidence(service),
    }
    finding.summary = (
        f"{service.name} was recovered {finding.count:,} times, no recovery was reported as "
        f"failed, and it gets worse: {' and '.join(told(service))} (since {clock(sign.first_at)}; "
        f"chance alone does this with a probability of at most {sign.test.error:.1g})."
    )
    finding.next_step = (
        f"Treat it as one failure that recovery postpones: look for what grows in "
        f"{service.name} ({service.condition})."
    )


def _rejecting(service: Service) -> list[Sign]:
    return [sign for sign in service.signs.values() if sign.rejects and sign.changed(1.05)]


def _is_worse(sign: Sign, settings: DegradationSettings) -> bool:
    if not sign.rejects or not sign.changed(settings.least_change):
        return False
    return sign.name != DURATION or sign.change[1] >= LEAST_SECONDS


def _phrase(sign: Sign) -> str:
    first, last = sign.change
    if sign.name == UPTIME:
        return f"it ran {span(first)} before a recovery and now {span(last)}"
    if sign.name == DURATION:
        return f"a recovery took {span(first)} and now {span(last)}"
    return f"{_words(sign.name)} before a recovery was {first:,.4g} and now is {last:,.4g}"


def _words(name: str) -> str:
    return name.replace("_", " ")
